//! What is known of a long piece of work before it is done.

/// What is known before all is done: it is of the first `done` of `total` cells, in an order that suits the file.
pub struct Part<'a, T> {
    /// Cells that were looked at.
    pub done: u64,
    /// All cells.
    pub total: u64,
    make: &'a dyn Fn() -> T,
}

impl<'a, T> Part<'a, T> {
    pub(crate) fn new(done: u64, total: u64, make: &'a dyn Fn() -> T) -> Self {
        Self { done, total, make }
    }

    /// The result as far as it goes. Takes time only when it is asked for.
    #[must_use]
    pub fn value(&self) -> T {
        (self.make)()
    }

    /// The same work, as something else.
    pub(crate) fn map<'b, U>(&self, make: &'b dyn Fn() -> U) -> Part<'b, U> {
        Part::new(self.done, self.total, make)
    }

    /// 0..=1
    #[must_use]
    pub fn share(&self) -> f64 {
        self.done as f64 / self.total.max(1) as f64
    }
}
