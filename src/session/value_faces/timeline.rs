//! Steps one after the other, of whatever looks like that: tuples or dicts in a list, or a dict by date.
//!
//! The recorder's own shape is (module, revision, dict of parameters). Others are taken as far as their parts have the names
//! that people give them.

use super::{HEAD, name_text, pairs, value_text, when_text};
use crate::pickle::{Budget, Node, NodeId, Value};

/// Steps of a longer list are not shown.
const MAX_STEPS: usize = 10_000;
/// Parameters of one step.
const MAX_DETAILS: usize = 100;
/// Names that are known are not longer.
const MAX_NAME: usize = 32;
/// Of all steps together.
const MAX_ALL_DETAILS: usize = 50_000;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// In their order.
    pub steps: Vec<TimelineStep>,
    /// Steps in the value; more than there are here, if very many.
    pub all: usize,
    /// There is no doubt that these are steps.
    pub is_certain: bool,
}

/// One step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimelineStep {
    /// What was done.
    pub title: String,
    /// When, if that is said.
    pub when: Option<String>,
    /// By which version of the program, if that is said.
    pub version: Option<String>,
    /// With which parameters.
    pub details: Vec<Detail>,
    /// Parameters that are not in the list.
    pub more: usize,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Its name.
    pub name: String,
    /// Its value on one line.
    pub text: String,
}

/// Names of the entry that says what was done, the clearest first.
const TITLES: [&str; 14] = [
    "name",
    "step",
    "module",
    "operation",
    "action",
    "process",
    "processing",
    "function",
    "command",
    "program",
    "tool",
    "method",
    "title",
    "what",
];
/// Of the entry that says when.
const WHENS: [&str; 9] = [
    "when",
    "date",
    "datetime",
    "time",
    "timestamp",
    "started",
    "start",
    "created",
    "at",
];
/// Of the entry with the version.
const VERSIONS: [&str; 6] = [
    "version",
    "revision",
    "rev",
    "commit",
    "git",
    "git_revision",
];
/// Of the entry with the parameters.
const PARAMETERS: [&str; 8] = [
    "parameters",
    "params",
    "arguments",
    "args",
    "kwargs",
    "options",
    "settings",
    "config",
];

impl Timeline {
    /// `None` where the value is no list of steps. A list under `processing_steps` is one, if its items can be read so.
    #[must_use]
    pub fn of(value: &Value, key: &str, budget: &Budget) -> Option<Self> {
        let root = value.root();
        let mut reading = Reading {
            value,
            budget,
            left: MAX_ALL_DETAILS,
        };
        match value.items(root) {
            Some(items) => reading.of_list(items, key.contains("processing_steps")),
            None => reading.of_dict(pairs(value, root)?),
        }
    }
}

struct Reading<'v> {
    value: &'v Value,
    budget: &'v Budget,
    /// Parameters that may still be listed.
    left: usize,
}

impl Reading<'_> {
    fn of_list(&mut self, items: &[NodeId], is_named: bool) -> Option<Timeline> {
        let mut steps = Vec::new();
        let mut is_certain = !items.is_empty();
        for &item in items.iter().take(MAX_STEPS) {
            let (step, certain) = self.step(item)?;
            is_certain &= certain || is_named;
            steps.push(step);
        }
        (!steps.is_empty()).then_some(Timeline {
            steps,
            all: items.len(),
            is_certain,
        })
    }

    /// By date; or by name, if each says when.
    fn of_dict(&mut self, pairs: &[(NodeId, NodeId)]) -> Option<Timeline> {
        let mut steps = Vec::new();
        for &(key, item) in pairs.iter().take(MAX_STEPS) {
            steps.push(match when_text(self.value, key, self.budget) {
                Some(when) => self.at(when, item),
                None => self.named(self.value.str_head(key, HEAD)?, item)?,
            });
        }
        steps.sort_by(|a, b| a.when.cmp(&b.when));
        (!steps.is_empty()).then_some(Timeline {
            steps,
            all: pairs.len(),
            is_certain: false,
        })
    }

    /// A step, and whether it is one for certain.
    fn step(&mut self, id: NodeId) -> Option<(TimelineStep, bool)> {
        match self.value.items(id) {
            Some(parts) => self.of_parts(parts),
            None => self.of_pairs(pairs(self.value, id)?),
        }
    }

    /// `(module, revision, {parameters})`, or a name with dates and parameters in any order.
    fn of_parts(&mut self, parts: &[NodeId]) -> Option<(TimelineStep, bool)> {
        let (&first, others) = parts.split_first()?;
        let mut step = TimelineStep {
            title: self.text(first)?,
            ..TimelineStep::default()
        };
        if !(1..=4).contains(&others.len()) {
            return None;
        }
        let mut has_more = false;
        for &part in others {
            if let Some(when) = when_text(self.value, part, self.budget) {
                step.when = Some(when);
                has_more = true;
            } else if let Some(pairs) = pairs(self.value, part) {
                self.details(&mut step, pairs);
                has_more = true;
            } else {
                match self.value.node(part) {
                    Node::None => {}
                    Node::Str(_) | Node::Bytes(_) if step.version.is_none() => {
                        step.version = Some(self.version(part));
                    }
                    _ => self.detail(&mut step, String::new(), part),
                }
            }
        }
        // Texts beside each other may be anything.
        let is_certain = others.len() == 2
            && matches!(others, [_, last] if pairs(self.value, *last).is_some())
            && step.details.iter().all(|detail| !detail.name.is_empty());
        has_more.then_some((step, is_certain))
    }

    fn of_pairs(&mut self, all: &[(NodeId, NodeId)]) -> Option<(TimelineStep, bool)> {
        let find = |names: &[&str]| {
            names.iter().find_map(|wanted| {
                let is_it = |(key, _): &&(NodeId, NodeId)| {
                    let name = self.value.short_str(*key, MAX_NAME);
                    name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
                };
                // Steps have few entries.
                all.iter().take(MAX_DETAILS).find(is_it).copied()
            })
        };
        let title = find(&TITLES).and_then(|(key, id)| Some((key, self.text(id)?)));
        let (when, version) = (find(&WHENS), find(&VERSIONS));
        let parameters =
            find(&PARAMETERS).and_then(|(key, id)| Some((key, pairs(self.value, id)?)));
        let (title_key, title) = title?;
        let mut step = TimelineStep {
            title,
            when: when.map(|(_, id)| value_text(self.value, id, self.budget)),
            version: version.map(|(_, id)| self.version(id)),
            ..TimelineStep::default()
        };
        let taken = [
            Some(title_key),
            when.map(|(key, _)| key),
            version.map(|(key, _)| key),
            parameters.map(|(key, _)| key),
        ];
        let others: Vec<(NodeId, NodeId)> = all
            .iter()
            .filter(|(key, _)| !taken.contains(&Some(*key)))
            .copied()
            .collect();
        self.details(&mut step, &others);
        if let Some((_, parameters)) = parameters {
            self.details(&mut step, parameters);
        }
        Some((step, when.is_some() || parameters.is_some()))
    }

    /// What is known of a moment.
    fn at(&mut self, when: String, id: NodeId) -> TimelineStep {
        let mut step = TimelineStep {
            when: Some(when),
            ..TimelineStep::default()
        };
        match pairs(self.value, id) {
            Some(pairs) => self.details(&mut step, pairs),
            None => step.title = value_text(self.value, id, self.budget),
        }
        step
    }

    /// A step whose name is outside of it.
    fn named(&mut self, name: &str, id: NodeId) -> Option<TimelineStep> {
        let all = pairs(self.value, id)?;
        let mut step = TimelineStep {
            title: super::shortened(name),
            ..TimelineStep::default()
        };
        let is_when = |(key, _): &&(NodeId, NodeId)| {
            let name = self.value.short_str(*key, MAX_NAME);
            name.is_some_and(|name| WHENS.iter().any(|when| name.eq_ignore_ascii_case(when)))
        };
        let &(when_key, when) = all.iter().take(MAX_DETAILS).find(is_when)?;
        step.when = Some(value_text(self.value, when, self.budget));
        let others: Vec<(NodeId, NodeId)> = all
            .iter()
            .filter(|(key, _)| *key != when_key)
            .copied()
            .collect();
        self.details(&mut step, &others);
        Some(step)
    }

    fn details(&mut self, step: &mut TimelineStep, pairs: &[(NodeId, NodeId)]) {
        for (number, &(key, id)) in pairs.iter().enumerate() {
            if step.details.len() >= MAX_DETAILS || self.left == 0 {
                step.more += pairs.len() - number;
                break;
            }
            self.detail(step, name_text(self.value, key, self.budget), id);
        }
    }

    fn detail(&mut self, step: &mut TimelineStep, name: String, id: NodeId) {
        if self.left == 0 {
            step.more += 1;
            return;
        }
        self.left -= 1;
        let text = value_text(self.value, id, self.budget);
        step.details.push(Detail { name, text });
    }

    /// Revisions are kept as bytes.
    fn version(&self, id: NodeId) -> String {
        let bytes = match self.value.node(id) {
            Node::Bytes(blob) | Node::Py2Str(blob) => blob.loaded(),
            _ => None,
        };
        // Longer ones are no revisions.
        let bytes = bytes.filter(|bytes| bytes.len() <= HEAD);
        match bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            Some(text) => super::shortened(text.trim()),
            None => value_text(self.value, id, self.budget),
        }
    }

    /// A str as the name of something.
    fn text(&self, id: NodeId) -> Option<String> {
        self.value.str_head(id, HEAD)?;
        Some(name_text(self.value, id, self.budget))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::value;
    use super::*;

    fn timeline(literal: &str) -> Option<Timeline> {
        let value = value(literal);
        Timeline::of(&value, "any", &Budget::of(&value))
    }

    fn detail(name: &str, text: &str) -> Detail {
        Detail {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn steps_of_the_recorder() {
        let steps = timeline(
            "[('crop', None, {'y': (6, 86), 'x': (22, 110)}), ('hics.normalize', b'3f2a91c\\n', {'percentile': 99.5})]",
        )
        .unwrap();
        assert!(steps.is_certain && steps.all == 2);
        let [crop, normalize] = &steps.steps[..] else {
            panic!()
        };
        assert_eq!((crop.title.as_str(), &crop.version), ("crop", &None));
        assert_eq!(
            crop.details,
            [detail("y", "(6, 86)"), detail("x", "(22, 110)")]
        );
        assert_eq!(normalize.version.as_deref(), Some("3f2a91c"));
        assert_eq!(normalize.details, [detail("percentile", "99.5")]);
    }

    #[test]
    fn steps_of_others() {
        let steps = timeline(
            "[{'Tool': 'dark', 'date': datetime.datetime(2018, 5, 1, 12, 0), 'params': {'n': 3}, 'user': 'ada'}, {'tool': 'white', 'date': '2018-05-02'}]",
        )
        .unwrap();
        assert!(steps.is_certain);
        assert_eq!(steps.steps[0].title, "dark");
        assert_eq!(steps.steps[0].when.as_deref(), Some("2018-05-01 12:00:00"));
        assert_eq!(
            steps.steps[0].details,
            [detail("user", "ada"), detail("n", "3")]
        );
        assert_eq!(steps.steps[1].when.as_deref(), Some("2018-05-02"));
        let moments = "{datetime.datetime(2018, 5, 1, 12, 1): (2, True), datetime.datetime(2018, 5, 1, 12, 0): (1, False)}";
        let steps = timeline(moments).unwrap();
        assert!(!steps.is_certain);
        let texts: Vec<&str> = steps.steps.iter().map(|step| step.title.as_str()).collect();
        assert_eq!(texts, ["(1, False)", "(2, True)"], "by time");
        let named = "{'dark': {'when': '2018-05-02'}, 'white': {'when': '2018-05-01', 'n': 1}}";
        assert_eq!(timeline(named).unwrap().steps[0].title, "white");
    }

    #[test]
    fn what_is_no_list_of_steps() {
        for other in [
            "[]",
            "{}",
            "[1, 2]",
            "['a', 'b']",
            "[('a', 'b')]",
            "[('crop', None, {}), 3]",
            "{'a': 1}",
            "{'a': {'b': 1}}",
            "[{'a': 1}]",
            "[(1, None, {})]",
        ] {
            assert_eq!(timeline(other), None, "{other}");
        }
    }

    #[test]
    fn much_is_cut() {
        let step = "('a', None, {1: 2})";
        let many = format!("[{}]", vec![step; MAX_STEPS + 5].join(", "));
        let steps = timeline(&many).unwrap();
        assert_eq!((steps.steps.len(), steps.all), (MAX_STEPS, MAX_STEPS + 5));
        let pairs: Vec<String> = (0..MAX_DETAILS + 7).map(|n| format!("{n}: {n}")).collect();
        let wide = format!("[('{}', None, {{{}}})]", "n".repeat(5000), pairs.join(", "));
        let steps = timeline(&wide).unwrap();
        assert_eq!(steps.steps[0].more, 7);
        assert!(steps.steps[0].title.chars().count() <= 201);
    }
}
