//! One thing that is wanted on the screen, and what has come of it so far.
//!
//! State says what is *wanted*; a job is asked for only when that differs from what was wanted before. What arrives is taken
//! by its content, not by its age: a result is *current* if it answers exactly what is wanted now, may *stand in* if it is
//! near enough to be better than nothing (and is then marked as such), and is dropped otherwise. What comes in parts stands in
//! for itself until it is whole.

/// Why there is nothing, where the user cancelled it.
pub const CANCELLED: &str = "Reading was cancelled";

/// A full description of a result: whatever changes the result is part of it.
pub trait Spec: Clone + PartialEq {
    /// Whether a result for `self` may be shown, marked as old, until the one for `wanted` is there.
    fn may_stand_in(&self, wanted: &Self) -> bool;
}

/// See the module.
#[derive(Debug)]
pub struct Feed<K, T> {
    wanted: Option<K>,
    shown: Option<Shown<K, T>>,
    failed: Option<(K, String)>,
}

#[derive(Debug)]
struct Shown<K, T> {
    spec: K,
    value: T,
    /// The whole of it is still to come.
    is_part: bool,
}

impl<K: PartialEq, T> Shown<K, T> {
    fn is_all_of(&self, wanted: &K) -> bool {
        !self.is_part && self.spec == *wanted
    }
}

impl<K, T> Default for Feed<K, T> {
    fn default() -> Self {
        Self {
            wanted: None,
            shown: None,
            failed: None,
        }
    }
}

impl<K: Spec, T> Feed<K, T> {
    /// States what is wanted now. Gives it back when it has to be asked for.
    pub fn want(&mut self, wanted: Option<K>) -> Option<K> {
        if self.wanted == wanted {
            return None;
        }
        self.wanted = wanted;
        self.failed = None;
        let Some(wanted) = &self.wanted else {
            self.shown = None;
            return None;
        };
        if self
            .shown
            .as_ref()
            .is_some_and(|shown| !shown.spec.may_stand_in(wanted))
        {
            self.shown = None;
        }
        let has_it = self
            .shown
            .as_ref()
            .is_some_and(|shown| shown.is_all_of(wanted));
        (!has_it).then(|| wanted.clone())
    }

    /// Takes a result. Returns whether it is shown.
    pub fn arrive(&mut self, spec: K, result: Result<T, String>) -> bool {
        let Some(wanted) = &self.wanted else {
            return false;
        };
        // A stand-in that comes late must not take the place of what is wanted: nothing would bring that back.
        let is_welcome = spec == *wanted || (!self.is_current() && spec.may_stand_in(wanted));
        match result {
            Ok(value) if is_welcome => {
                self.shown = Some(Shown {
                    spec,
                    value,
                    is_part: false,
                });
                true
            }
            Err(why) if spec == *wanted => {
                self.failed = Some((spec, why));
                true
            }
            Ok(_) | Err(_) => false,
        }
    }

    /// Takes what there is so far of a result that is still to come. Returns whether it is shown.
    pub fn arrive_part(&mut self, spec: K, value: T) -> bool {
        let is_welcome = !self.is_current()
            && self.failed.is_none()
            && (self.wanted.as_ref()).is_some_and(|wanted| spec.may_stand_in(wanted));
        // A part of what was wanted before is worse than what is wanted now, even where that is a part, too.
        let is_older = (self.shown.as_ref().zip(self.wanted.as_ref()))
            .is_some_and(|(shown, wanted)| shown.spec == *wanted && spec != *wanted);
        let is_shown = is_welcome && !is_older;
        if is_shown {
            self.shown = Some(Shown {
                spec,
                value,
                is_part: true,
            });
        }
        is_shown
    }

    /// What was wanted is not going to come: its job was cancelled or panicked.
    pub fn give_up(&mut self, why: &str) {
        if !self.is_current()
            && let Some(wanted) = &self.wanted
        {
            self.failed = Some((wanted.clone(), why.to_owned()));
        }
    }

    /// Whether the user cancelled what was wanted: no error, and it can be asked for again.
    pub fn is_cancelled(&self) -> bool {
        self.error() == Some(CANCELLED)
    }

    /// Lets the next [`Feed::want`] ask again for what failed.
    pub fn forget_failure(&mut self) {
        if self.failed.take().is_some() {
            self.wanted = None;
        }
    }

    /// What is wanted now.
    pub fn wanted(&self) -> Option<&K> {
        self.wanted.as_ref()
    }

    /// What there is to show; see [`Feed::is_current`].
    pub fn shown(&self) -> Option<&T> {
        self.shown.as_ref().map(|shown| &shown.value)
    }

    /// The same, unless it is a part only.
    pub fn shown_whole(&self) -> Option<&T> {
        let shown = self.shown.as_ref().filter(|shown| !shown.is_part)?;
        Some(&shown.value)
    }

    /// Whether the whole of what is shown is still to come.
    pub fn is_part(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.is_part)
    }

    /// What there is to show, with its description.
    pub fn shown_with_spec(&self) -> Option<(&K, &T)> {
        let shown = self.shown.as_ref()?;
        Some((&shown.spec, &shown.value))
    }

    /// Why there is nothing.
    pub fn error(&self) -> Option<&str> {
        self.failed.as_ref().map(|(_, why)| why.as_str())
    }

    /// Whether what is shown is what is wanted.
    pub fn is_current(&self) -> bool {
        match (&self.wanted, &self.shown) {
            (Some(wanted), Some(shown)) => shown.is_all_of(wanted),
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    /// Whether a result is still to come.
    pub fn is_waiting(&self) -> bool {
        !self.is_current() && self.failed.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results with equal tens stand in for each other.
    impl Spec for u32 {
        fn may_stand_in(&self, wanted: &Self) -> bool {
            self / 10 == wanted / 10
        }
    }

    #[test]
    fn asks_only_for_what_is_new() {
        let mut feed = Feed::<u32, &str>::default();
        assert_eq!(feed.want(Some(11)), Some(11));
        assert_eq!(feed.want(Some(11)), None);
        assert!(feed.arrive(11, Ok("eleven")));
        assert!(feed.is_current());
        assert_eq!(feed.want(Some(12)), Some(12));
        assert_eq!(feed.shown(), Some(&"eleven"));
        assert!(feed.is_waiting());
        assert_eq!(feed.want(Some(11)), None, "it is still there");
        assert!(feed.is_current());
    }

    #[test]
    fn a_result_of_something_else_is_never_shown() {
        let mut feed = Feed::<u32, &str>::default();
        feed.want(Some(11));
        assert!(!feed.arrive(21, Ok("other")));
        assert!(feed.arrive(12, Ok("near")));
        assert!(feed.is_waiting());
        feed.want(Some(30));
        assert_eq!(feed.shown(), None);
        feed.want(None);
        assert!(!feed.arrive(30, Ok("late")));
    }

    #[test]
    fn a_late_stand_in_does_not_replace_what_is_wanted() {
        let mut feed = Feed::<u32, &str>::default();
        feed.want(Some(11));
        feed.arrive(11, Ok("eleven"));
        feed.want(Some(12));
        assert_eq!(feed.want(Some(11)), None);
        assert!(!feed.arrive(12, Ok("twelve")));
        assert_eq!(feed.shown(), Some(&"eleven"));
        assert!(feed.is_current());
    }

    #[test]
    fn a_failure_is_not_asked_for_again_unless_told() {
        let mut feed = Feed::<u32, &str>::default();
        feed.want(Some(1));
        assert!(feed.arrive(1, Err("broken".to_owned())));
        assert_eq!(feed.error(), Some("broken"));
        assert!(!feed.is_waiting());
        assert_eq!(feed.want(Some(1)), None);
        feed.forget_failure();
        assert_eq!(feed.want(Some(1)), Some(1));
        feed.give_up("cancelled");
        assert_eq!(feed.error(), Some("cancelled"));
    }

    #[test]
    fn a_part_is_shown_until_the_whole_is_there() {
        let mut feed = Feed::<u32, &str>::default();
        feed.want(Some(11));
        assert!(feed.arrive_part(11, "half"));
        assert_eq!((feed.shown(), feed.shown_whole()), (Some(&"half"), None));
        assert!(feed.is_waiting());
        assert!(!feed.arrive_part(12, "half of another"));
        assert!(feed.arrive(11, Ok("whole")));
        assert_eq!(feed.shown_whole(), Some(&"whole"));
        assert!(!feed.arrive_part(11, "late half"));
        feed.want(Some(12));
        assert!(feed.arrive_part(12, "half"));
        assert_eq!(feed.want(Some(11)), Some(11), "only a part of 12 is there");
        feed.give_up("cancelled");
        assert_eq!((feed.shown(), feed.is_waiting()), (Some(&"half"), false));
    }
}
