//! What the user is to be told: short texts with a level, until dismissed.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Best effort was made; something is missing.
    Warning,
    /// What was asked for could not be done.
    Error,
}

/// One notice of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoticeId(u64);

/// A text shown until it is dismissed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// For dismissing it.
    pub id: NoticeId,
    /// How bad it is.
    pub level: NoticeLevel,
    /// Cause first, path last.
    pub text: String,
}

/// All notices that are shown, oldest first. Identical ones are there once; the number is bounded.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    next_id: u64,
}

impl Notices {
    /// More than this would bury the picture; the oldest that is no error goes first.
    const MAX: usize = 6;

    /// Tells the user, unless the same is being told already.
    pub fn tell(&mut self, level: NoticeLevel, text: impl Into<String>) {
        let text = text.into();
        if self
            .shown
            .iter()
            .any(|notice| notice.level == level && notice.text == text)
        {
            return;
        }
        let id = NoticeId(self.next_id);
        self.next_id += 1;
        self.shown.push(Notice { id, level, text });
        if self.shown.len() > Self::MAX {
            let oldest = self
                .shown
                .iter()
                .position(|notice| notice.level < NoticeLevel::Error);
            self.shown.remove(oldest.unwrap_or(0));
        }
    }

    /// Takes a text away that is true no more, whoever told it.
    pub fn withdraw(&mut self, text: &str) {
        self.shown.retain(|notice| notice.text != text);
    }

    /// Takes one away.
    pub fn dismiss(&mut self, id: NoticeId) {
        self.shown.retain(|notice| notice.id != id);
    }

    /// What is shown, oldest first.
    pub fn shown(&self) -> &[Notice] {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identical_notices_are_told_once() {
        let mut notices = Notices::default();
        notices.tell(NoticeLevel::Error, "gone");
        notices.tell(NoticeLevel::Error, "gone");
        assert_eq!(notices.shown().len(), 1);
        notices.dismiss(notices.shown()[0].id);
        assert!(notices.shown().is_empty());
        notices.tell(NoticeLevel::Error, "gone");
        assert_eq!(notices.shown().len(), 1);
    }

    #[test]
    fn errors_outlive_the_rest() {
        let mut notices = Notices::default();
        notices.tell(NoticeLevel::Error, "error");
        for number in 0..20 {
            notices.tell(NoticeLevel::Info, format!("info {number}"));
        }
        assert_eq!(notices.shown().len(), Notices::MAX);
        assert_eq!(notices.shown()[0].text, "error");
    }
}
