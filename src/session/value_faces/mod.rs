//! Values as more than a tree: a list of steps as a timeline, a dict as a table, a dict beside those of other scans.
//!
//! What a value looks like is made once, in a job, as rows of short texts: a face draws those it shows. However large,
//! shared or recursive a value is, rows, texts and time are bounded. Which face is shown first is decided here, too; one
//! that is not the tree only where the shape leaves no doubt. Nothing is edited in them.

mod compare;
mod record;
mod timeline;

pub use compare::{Comparison, ComparisonRow};
pub use record::{Field, Record};
pub use timeline::{Detail, Timeline, TimelineStep};

use super::Session;
use super::Slot;
use super::cut::Subject;
use super::document::{Document, DocumentId, Snapshot};
use super::editing::ValueEdit;
use super::jobs::Lane;
use super::spectrum::WholeSpec;
use super::take_in::{Output, Product};
use super::tasks::{Reading, checked};
use crate::dataset::foreign_call;
use crate::pickle::{Blob, Budget, Node, NodeId, Value, text};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Characters of a text in a row.
const MAX_TEXT: usize = 200;

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ValueFace {
    /// All of it, to be unfolded.
    Tree,
    /// Steps one below the other.
    Timeline,
    /// Names and values, beside those of other scans.
    Table,
}

/// What a value can be shown as, besides the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueFaces {
    /// It is a list of steps.
    pub timeline: Option<Timeline>,
    /// It is a dict.
    pub record: Option<Record>,
    /// What loading it in Python would call, where that is not known to be harmless.
    pub calls: Option<String>,
}

impl ValueFaces {
    /// Of a value that stands under a key. Takes time with the value's size.
    #[must_use]
    pub fn of(value: &Value, key: &str) -> Self {
        let budget = Budget::of(value);
        Self {
            timeline: Timeline::of(value, key, &budget),
            record: Record::of(value, key, &budget),
            calls: foreign_call(value),
        }
    }

    /// In the order to show them; the tree is always there.
    #[must_use]
    pub fn all(&self) -> Vec<ValueFace> {
        let timeline = self.timeline.as_ref().map(|_| ValueFace::Timeline);
        let table = self.record.as_ref().map(|_| ValueFace::Table);
        [timeline, table, Some(ValueFace::Tree)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The one to show, if nobody chose another one.
    #[must_use]
    pub fn first(&self) -> ValueFace {
        let is_timeline = self.timeline.as_ref().is_some_and(|found| found.is_certain);
        let is_record = self.record.as_ref().is_some_and(|found| found.is_certain);
        match (is_timeline, is_record) {
            (true, _) => ValueFace::Timeline,
            (false, true) => ValueFace::Table,
            (false, false) => ValueFace::Tree,
        }
    }
}

impl Document {
    /// How the selected value is shown: as the user chose, where the value has that face. Where it can be edited, as a tree
    /// unless another face was chosen; what is changed and not written is in the tree only.
    pub fn value_face(&self) -> ValueFace {
        let Some(faces) = self.feeds.faces.shown() else {
            return ValueFace::Tree;
        };
        if self.value_edit().is_some_and(ValueEdit::is_changed) {
            return ValueFace::Tree;
        }
        let chosen = self.view().and_then(|view| view.value_face);
        let chosen = chosen.filter(|chosen| faces.all().contains(chosen));
        chosen.unwrap_or_else(|| match self.editing.is_on() {
            true => ValueFace::Tree,
            false => faces.first(),
        })
    }
}

impl Session {
    /// Asks for the faces of the value that is shown, and for what is compared with it.
    pub(super) fn request_wanted_faces(&mut self, id: DocumentId, snapshot: &Snapshot) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let known = document.feeds.value.shown_with_spec();
        let known = known.filter(|(spec, _)| spec.0.revision == snapshot.revision);
        let value = known.map(|(spec, value)| (spec.clone(), Arc::clone(value)));
        let is_waiting = document.feeds.value.is_waiting();
        // While a value is read anew, the faces that it had stay.
        let spec = match &value {
            None if is_waiting => document.feeds.faces.wanted().cloned(),
            _ => value.as_ref().map(|(spec, _)| spec.clone()),
        };
        let faces = document.feeds.faces.want(spec.clone());
        let is_table = document.value_face() == ValueFace::Table;
        let comparison = document.feeds.comparison.want(spec.filter(|_| is_table));
        for (slot, is_idle) in [
            (Slot::Faces(id), !document.feeds.faces.is_waiting()),
            (
                Slot::Comparison(id),
                !document.feeds.comparison.is_waiting(),
            ),
        ] {
            if is_idle {
                self.jobs.cancel_slot(slot);
            }
        }
        if let Some((spec, (_, value))) = faces.zip(value) {
            self.request_faces(id, spec, value);
        }
        if let Some(spec) = comparison {
            self.request_comparison(id, snapshot, spec);
        }
    }

    fn request_faces(&mut self, id: DocumentId, spec: WholeSpec, value: Arc<Value>) {
        let Subject { key, .. } = spec.0.clone();
        let (name, slot) = (format!("Reading {key}"), Slot::Faces(id));
        self.jobs.submit(Lane::Whole, slot, name, move |_| {
            let faces = ValueFaces::of(&value, &key);
            let product = Product::Faces(spec, Ok(Box::new(faces)));
            Ok(Output::Product(id, Box::new(product)))
        });
    }

    fn request_comparison(&mut self, id: DocumentId, snapshot: &Snapshot, spec: WholeSpec) {
        let dataset = Arc::clone(&snapshot.dataset);
        let Subject { key, .. } = spec.0.clone();
        let (name, slot) = (format!("Comparing {key} with others"), Slot::Comparison(id));
        self.jobs.submit(Lane::Whole, slot, name, move |progress| {
            let read = |_: &Reading<'_>| Comparison::of(&dataset, &key, progress);
            let result = checked(&dataset, None, read)?;
            let product = Product::Comparison(spec, result);
            Ok(Output::Product(id, Box::new(product)))
        });
    }
}

// --- what faces have in common ---------------------------------------------------------------------

/// The pairs of a dict, or of what is made like one.
fn pairs(value: &Value, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
    match value.node(id) {
        Node::Dict(pairs) => Some(pairs),
        Node::Call(_) => {
            let ("collections", "OrderedDict" | "defaultdict", _) = value.call(id)? else {
                return None;
            };
            Some(&value.extras(id)?.dict_items)
        }
        _ => None,
    }
}

/// Bytes of a text that are looked at for a row.
const HEAD: usize = 4 * MAX_TEXT + 4;

/// A name as it is, anything else as Python writes it.
fn name_text(value: &Value, id: NodeId, budget: &Budget) -> String {
    match value.str_head(id, HEAD) {
        Some(text) => paid(shortened(text), budget),
        None => value_text(value, id, budget),
    }
}

/// One line about a value: text without quotes, dates as people write them.
fn value_text(value: &Value, id: NodeId, budget: &Budget) -> String {
    if let Some(text) = when_text(value, id, budget) {
        return text;
    }
    match value.str_head(id, HEAD) {
        Some(text) => paid(shortened(text.lines().next().unwrap_or_default()), budget),
        None => value.line_within(id, MAX_TEXT, budget),
    }
}

/// A text for which something is left.
fn paid(text: String, budget: &Budget) -> String {
    match budget.take(1, text.len() as u64) {
        true => text,
        false => "…".to_owned(),
    }
}

fn shortened(text: &str) -> String {
    text::shortened(text, MAX_TEXT).into_owned()
}

/// Whether a value is told by one line: a number, a date, a short text, a few numbers.
fn is_short(value: &Value, id: NodeId, budget: &Budget) -> bool {
    const FEW: usize = 60;
    match value.node(id) {
        Node::Str(Blob::Loaded(bytes)) => bytes.len() <= MAX_TEXT && !bytes.contains(&b'\n'),
        Node::Str(Blob::InFile(_)) => false,
        _ if value.child_count_within(id, budget) == 0 => true,
        _ => {
            let line = value.line_within(id, FEW, budget);
            !line.ends_with('…')
        }
    }
}

/// A date or time of the module datetime, as `2018-05-01 12:00:03`.
fn when_text(value: &Value, id: NodeId, budget: &Budget) -> Option<String> {
    let ("datetime", kind @ ("datetime" | "date" | "time"), _) = value.call(id)? else {
        return None;
    };
    let line = value.line_within(id, 120, budget);
    let inside = line
        .strip_prefix(&format!("datetime.{kind}("))?
        .strip_suffix(')')?;
    // Numbers, then maybe a zone and a fold.
    let (numbers, rest) = match inside.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => inside.split_at_checked(at)?,
        None => (inside, ""),
    };
    let numbers: Vec<u32> = numbers
        .split(',')
        .map(str::trim)
        .filter(|number| !number.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let zone = match rest {
        "" => String::new(),
        "tzinfo=datetime.timezone.utc" => " UTC".to_owned(),
        rest => format!(" {rest}"),
    };
    let clock = |parts: &[u32]| {
        let part = |at: usize| parts.get(at).copied().unwrap_or(0);
        let fraction = match part(3) {
            0 => String::new(),
            micro => format!(".{micro:06}"),
        };
        format!("{:02}:{:02}:{:02}{fraction}", part(0), part(1), part(2))
    };
    Some(match (kind, numbers.as_slice()) {
        ("time", parts) => format!("{}{zone}", clock(parts)),
        ("date", [year, month, day]) => format!("{year:04}-{month:02}-{day:02}"),
        ("datetime", [year, month, day, rest @ ..]) => {
            format!("{year:04}-{month:02}-{day:02} {}{zone}", clock(rest))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::parse_literal;

    pub(super) fn value(literal: &str) -> Value {
        parse_literal(literal).unwrap()
    }

    fn first(literal: &str, key: &str) -> ValueFace {
        ValueFaces::of(&value(literal), key).first()
    }

    #[test]
    fn another_face_is_first_only_where_there_is_no_doubt() {
        let steps = "[('crop', None, {'y': (6, 86)}), ('mask', b'a1', {})]";
        assert_eq!(first(steps, "processing_steps"), ValueFace::Timeline);
        assert_eq!(first("{'a': 1, 'b': 'two'}", "any"), ValueFace::Table);
        let nested = "{'a': 1, 'b': {'c': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]}}";
        assert_eq!(first(nested, "any"), ValueFace::Tree);
        assert_eq!(first(nested, "scan-00001-p"), ValueFace::Table);
        for tree in ["[1, 2, 3]", "'text'", "{}", "[]", "{1: 2}", "[('a', 'b')]"] {
            assert_eq!(first(tree, "any"), ValueFace::Tree, "{tree}");
        }
        let faces = ValueFaces::of(&value("[{'name': 'crop'}]"), "any");
        assert_eq!(faces.all(), [ValueFace::Timeline, ValueFace::Tree]);
        assert_eq!(faces.first(), ValueFace::Tree);
    }

    #[test]
    fn dates_are_written_as_people_do() {
        for (literal, text) in [
            (
                "datetime.datetime(1992, 6, 12, 0, 0)",
                "1992-06-12 00:00:00",
            ),
            (
                "datetime.datetime(2018, 5, 1, 12, 3, 4, 500)",
                "2018-05-01 12:03:04.000500",
            ),
            (
                "datetime.datetime(2018, 5, 1, 12, 0, tzinfo=datetime.timezone.utc)",
                "2018-05-01 12:00:00 UTC",
            ),
            ("datetime.date(2018, 5, 1)", "2018-05-01"),
            ("datetime.time(12, 30)", "12:30:00"),
        ] {
            let value = value(literal);
            assert_eq!(
                when_text(&value, value.root(), &Budget::of(&value)).as_deref(),
                Some(text)
            );
        }
        let other = value("datetime.timedelta(days=1)");
        assert_eq!(when_text(&other, other.root(), &Budget::of(&other)), None);
    }
}
