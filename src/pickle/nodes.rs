//! Reading nodes, of a value or of one that is being built.

use super::value::{Blob, Extras, Node, NodeId, Value};

/// Nodes by number.
pub(super) trait Nodes {
    /// A node of them.
    fn node(&self, id: NodeId) -> Option<&Node>;

    /// What is done to an object after it is made.
    fn extras(&self, id: NodeId) -> Option<&Extras>;

    /// Whether it is an object of a class that is equal to nothing, as far as that was noted.
    fn is_nan(&self, _: NodeId) -> bool {
        false
    }

    /// Module and name, if the node is a global, in the module that has its class today.
    fn class(&self, id: NodeId) -> Option<(&str, &str)> {
        match self.node(id) {
            Some(Node::Global(global)) => Some((home(&global.module), &global.name)),
            _ => None,
        }
    }

    /// Items of a list or tuple.
    fn listed(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.node(id) {
            Some(Node::List(items) | Node::Tuple(items)) => Some(items),
            _ => None,
        }
    }

    /// Callee and positional arguments of a call.
    fn called(&self, id: NodeId) -> Option<(&str, &str, &[NodeId])> {
        let Some(Node::Call(call)) = self.node(id) else {
            return None;
        };
        let (module, name) = self.class(call.func)?;
        Some((module, name, self.listed(call.args)?))
    }

    /// The text of a str that is in memory and has no lone surrogate.
    fn text(&self, id: NodeId) -> Option<&str> {
        match self.node(id) {
            Some(Node::Str(blob)) => std::str::from_utf8(blob.loaded()?).ok(),
            _ => None,
        }
    }

    /// An int or a bool that fits 64 bits.
    fn small_int(&self, id: NodeId) -> Option<i64> {
        match self.node(id) {
            Some(Node::Int(int)) => Some(*int),
            Some(Node::Bool(flag)) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    /// What an object was given by `BUILD`.
    fn state(&self, id: NodeId) -> &[NodeId] {
        self.extras(id).map_or(&[], |extras| &extras.state)
    }

    /// Length of bytes, or of the text that old protocols have for them.
    fn bytes_len(&self, id: NodeId) -> Option<u64> {
        match self.node(id) {
            Some(Node::Bytes(blob) | Node::ByteArray(blob) | Node::Py2Str(blob)) => {
                Some(blob.len())
            }
            Some(Node::Str(Blob::Loaded(text))) => std::str::from_utf8(text)
                .ok()
                .map(|text| text.chars().count() as u64),
            Some(Node::Call(_)) => match self.called(id)? {
                ("_codecs", "encode", [text, ..]) => match self.node(*text) {
                    Some(Node::Str(_)) => self.bytes_len(*text),
                    _ => None,
                },
                ("builtins", "bytes" | "bytearray", []) => Some(0),
                ("builtins", "bytearray", [inner]) => match self.node(*inner) {
                    Some(Node::Bytes(blob)) => Some(blob.len()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}

/// The module under which a class is known here.
fn home(module: &str) -> &str {
    match module {
        "__builtin__" | "exceptions" => "builtins",
        "copy_reg" => "copyreg",
        "_decimal" | "_pydecimal" => "decimal",
        "pathlib._local" => "pathlib",
        "zoneinfo._zoneinfo" => "zoneinfo",
        "numpy._core.multiarray" => "numpy.core.multiarray",
        "numpy._core.numeric" => "numpy.core.numeric",
        "numpy._core.fromnumeric" => "numpy.core.fromnumeric",
        other => other,
    }
}

impl Nodes for Value {
    fn node(&self, id: NodeId) -> Option<&Node> {
        Some(self.node(id))
    }

    fn extras(&self, id: NodeId) -> Option<&Extras> {
        self.extras(id)
    }
}
