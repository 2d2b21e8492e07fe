//! What the walk knows of the objects on the stack, and how deep and how large they are when unfolded.
//!
//! Objects are numbers; what is in them is a list of edges. So a walk over a large value needs a few bytes for each of
//! its containers and nothing for the numbers in them.

use crate::pickle::Span;

/// Objects that the account is kept for; values with more are walked without it.
const MAX_OBJECTS: usize = 4_000_000;
/// Edges, likewise.
const MAX_EDGES: usize = 16_000_000;

/// One object on the stack or in the memo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Thing {
    /// It was not made by the value that is walked.
    Unknown,
    /// None, a bool, a number, bytes: nothing that can be changed. With its size.
    Atom(u64),
    /// A str, where it lies, and how it is to be read.
    Text(Span, Letters),
    /// A container.
    Container(Kind, ObjectId),
    /// A class or function, by its number in the list of names.
    Name(u32),
    /// What a call made.
    Made(Make, ObjectId),
}

/// How the letters of a str are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// As UTF-8.
    Plain,
    /// As Latin-1 with `\u` escapes: `UNICODE`.
    Escaped,
    /// In quotes, with the escapes of Python 2: `STRING`.
    Quoted,
}

/// Kinds of containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Dict,
    Set,
    FrozenSet,
    /// With whether everything in it can be a key.
    Tuple(bool),
    ByteArray,
}

/// What calls make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Make {
    /// Plain data, which cannot be called.
    Data,
    /// An instance of somebody's class; who knows.
    Instance,
    /// A function, or anything.
    Function,
}

/// Number of an object in [`Objects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ObjectId(u32);

impl Thing {
    /// Whether it can be the key of a dict. What a call made may be.
    pub(super) fn is_hashable(self) -> bool {
        match self {
            Self::Container(kind, _) => matches!(kind, Kind::FrozenSet | Kind::Tuple(true)),
            _ => true,
        }
    }

    /// As a reader would call it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Unknown => "something",
            Self::Atom(_) => "a number or the like",
            Self::Text(..) => "a str",
            Self::Container(kind, _) => match kind {
                Kind::List => "a list",
                Kind::Dict => "a dict",
                Kind::Set => "a set",
                Kind::FrozenSet => "a frozenset",
                Kind::Tuple(_) => "a tuple",
                Kind::ByteArray => "a bytearray",
            },
            Self::Name(_) => "a class or function",
            Self::Made(..) => "an object",
        }
    }

    fn id(self) -> Option<ObjectId> {
        match self {
            Self::Container(_, id) | Self::Made(_, id) => Some(id),
            _ => None,
        }
    }
}

/// The account of all objects.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Size of what is directly in each object and is no object.
    own: Vec<u64>,
    edges: Vec<(u32, u32)>,
    is_full: bool,
}

/// How much comes of the deepest and of the largest object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unfolded {
    pub(super) depth: u32,
    pub(super) size: f64,
}

impl Objects {
    pub(super) fn add(&mut self) -> ObjectId {
        if self.own.len() >= MAX_OBJECTS {
            self.is_full = true;
            return ObjectId(0);
        }
        self.own.push(1);
        ObjectId(u32::try_from(self.own.len() - 1).unwrap_or_default())
    }

    /// Notes that `thing` is in the object `parent`.
    pub(super) fn put(&mut self, parent: ObjectId, thing: Thing) {
        if self.is_full {
            return;
        }
        let size = match thing {
            Thing::Atom(size) => size,
            Thing::Text(span, _) => span.len,
            _ => 0,
        };
        if let Some(own) = self.own.get_mut(parent.0 as usize) {
            *own = own.saturating_add(size).saturating_add(1);
        }
        if let Some(child) = thing.id() {
            self.is_full = self.edges.len() >= MAX_EDGES;
            self.edges.push((parent.0, child.0));
        }
    }

    /// Works out depth and size; `None` where there were too many objects. An object inside of itself ends there.
    pub(super) fn unfolded(&mut self) -> Option<Unfolded> {
        if self.is_full {
            return None;
        }
        // Children of each object side by side.
        self.edges.sort_unstable_by_key(|(parent, _)| *parent);
        let count = self.own.len();
        let mut first = vec![0_u32; count + 1];
        for (parent, _) in &self.edges {
            if let Some(next) = first.get_mut(*parent as usize + 1) {
                *next += 1;
            }
        }
        let mut sum = 0;
        for start in &mut first {
            sum += *start;
            *start = sum;
        }
        let mut known: Vec<Option<Unfolded>> = vec![None; count];
        let mut is_open = vec![false; count];
        let mut most = Unfolded {
            depth: 0,
            size: 0.0,
        };
        let range = |object: u32| {
            let at = object as usize;
            let start = first.get(at).copied().unwrap_or_default();
            (start, first.get(at + 1).copied().unwrap_or(start))
        };
        let mut todo: Vec<(u32, u32, Unfolded)> = Vec::new();
        for root in 0..u32::try_from(count).unwrap_or_default() {
            if known.get(root as usize).is_some_and(Option::is_some) {
                continue;
            }
            todo.push(self.begin(root, range(root).0, &mut is_open));
            while let Some((object, edge, sum)) = todo.last_mut() {
                if *edge >= range(*object).1 {
                    let (object, sum) = (*object, *sum);
                    todo.pop();
                    if let Some(slot) = known.get_mut(object as usize) {
                        *slot = Some(sum);
                    }
                    if let Some(open) = is_open.get_mut(object as usize) {
                        *open = false;
                    }
                    most.depth = most.depth.max(sum.depth);
                    most.size = most.size.max(sum.size);
                    if let Some((_, _, parent)) = todo.last_mut() {
                        add(parent, sum);
                    }
                    continue;
                }
                let child = self
                    .edges
                    .get(*edge as usize)
                    .map_or(0, |(_, child)| *child);
                *edge += 1;
                match known.get(child as usize).copied().flatten() {
                    Some(done) => add(sum, done),
                    None if is_open.get(child as usize) == Some(&true) => {}
                    None => todo.push(self.begin(child, range(child).0, &mut is_open)),
                }
            }
        }
        Some(most)
    }

    fn begin(&self, object: u32, edge: u32, is_open: &mut [bool]) -> (u32, u32, Unfolded) {
        if let Some(open) = is_open.get_mut(object as usize) {
            *open = true;
        }
        let size = self.own.get(object as usize).copied().unwrap_or_default() as f64;
        (object, edge, Unfolded { depth: 1, size })
    }
}

fn add(parent: &mut Unfolded, child: Unfolded) {
    parent.depth = parent.depth.max(child.depth.saturating_add(1));
    parent.size += child.size;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(id: ObjectId) -> Thing {
        Thing::Container(Kind::List, id)
    }

    #[test]
    fn shared_objects_count_as_often_as_they_are_met() {
        let mut objects = Objects::default();
        let mut last = objects.add();
        objects.put(last, Thing::Atom(0));
        for _ in 0..30 {
            let next = objects.add();
            for _ in 0..10 {
                objects.put(next, container(last));
            }
            last = next;
        }
        let unfolded = objects.unfolded().unwrap();
        assert_eq!(unfolded.depth, 31);
        assert!(unfolded.size > 1e30);
    }

    #[test]
    fn filling_from_the_top_hides_nothing() {
        let mut objects = Objects::default();
        let ids: Vec<ObjectId> = (0..20_000).map(|_| objects.add()).collect();
        for pair in ids.windows(2) {
            objects.put(pair[0], container(pair[1]));
        }
        assert_eq!(objects.unfolded().unwrap().depth, 20_000);
    }

    #[test]
    fn what_contains_itself_ends() {
        let mut objects = Objects::default();
        let (a, b) = (objects.add(), objects.add());
        objects.put(a, container(b));
        objects.put(b, container(a));
        objects.put(b, container(b));
        assert_eq!(objects.unfolded().unwrap().depth, 2);
    }
}
