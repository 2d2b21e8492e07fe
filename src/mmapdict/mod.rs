//! The mmappickle container.
