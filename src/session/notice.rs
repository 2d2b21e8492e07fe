//! What the user is to be told: short texts with a level, until dismissed. One about a file is shown with that file.

use super::document::DocumentId;

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
    /// The file that it is about: it is shown with that.
    document: Option<DocumentId>,
}

/// All notices. Identical ones are there once; the number is bounded for each file.
#[derive(Debug, Default)]
pub struct Notices {
    /// Oldest first.
    all: Vec<Notice>,
    /// Those about no file, or about the one that is shown.
    shown: Vec<Notice>,
    active: Option<DocumentId>,
    next_id: u64,
}

impl Notices {
    /// More than this, for one file, nobody reads; the oldest that is no error goes first.
    const MAX: usize = 6;

    /// Tells the user something that is about no file, unless the same is being told already.
    pub fn tell(&mut self, level: NoticeLevel, text: impl Into<String>) {
        self.add(None, level, text.into());
    }

    /// The same about a file.
    pub fn tell_of(&mut self, document: DocumentId, level: NoticeLevel, text: impl Into<String>) {
        self.add(Some(document), level, text.into());
    }

    fn add(&mut self, document: Option<DocumentId>, level: NoticeLevel, text: String) {
        let is_same = |notice: &&Notice| notice.document == document;
        let mut same = self.all.iter().filter(is_same);
        if same.any(|notice| notice.level == level && notice.text == text) {
            return;
        }
        let id = NoticeId(self.next_id);
        self.next_id += 1;
        self.all.push(Notice {
            id,
            level,
            text,
            document,
        });
        if self.all.iter().filter(is_same).count() > Self::MAX {
            let of_file = |notice: &Notice| notice.document == document;
            let is_minor = |notice: &Notice| of_file(notice) && notice.level < NoticeLevel::Error;
            let oldest = self.all.iter().position(is_minor);
            let oldest = oldest.or_else(|| self.all.iter().position(of_file));
            self.all.remove(oldest.unwrap_or(0));
        }
        self.update();
    }

    /// Takes a text away that is true no more, whoever told it.
    pub fn withdraw(&mut self, text: &str) {
        self.all.retain(|notice| notice.text != text);
        self.update();
    }

    /// Takes one away.
    pub fn dismiss(&mut self, id: NoticeId) {
        self.all.retain(|notice| notice.id != id);
        self.update();
    }

    /// A file is closed.
    pub(super) fn forget(&mut self, document: DocumentId) {
        self.all.retain(|notice| notice.document != Some(document));
        self.update();
    }

    /// Which file is shown.
    pub(super) fn set_active(&mut self, document: Option<DocumentId>) {
        if self.active != document {
            self.active = document;
            self.update();
        }
    }

    fn update(&mut self) {
        let is_shown =
            |notice: &&Notice| notice.document.is_none() || notice.document == self.active;
        self.shown = self.all.iter().filter(is_shown).cloned().collect();
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

    #[test]
    fn a_notice_is_shown_with_its_file() {
        let [one, other] = [1, 2].map(DocumentId);
        let mut notices = Notices::default();
        notices.tell(NoticeLevel::Info, "of no file");
        notices.tell_of(one, NoticeLevel::Error, "of one");
        notices.tell_of(other, NoticeLevel::Error, "of the other");
        let texts = |notices: &Notices| {
            let shown = notices.shown().iter();
            shown.map(|notice| notice.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(texts(&notices), ["of no file"]);
        notices.set_active(Some(one));
        assert_eq!(texts(&notices), ["of no file", "of one"]);
        // Those of one file do not crowd out those of another.
        for number in 0..20 {
            notices.tell_of(other, NoticeLevel::Error, format!("error {number}"));
        }
        notices.set_active(Some(other));
        assert_eq!(notices.shown().len(), 1 + Notices::MAX);
        notices.forget(other);
        notices.set_active(Some(one));
        assert_eq!(texts(&notices), ["of no file", "of one"]);
    }
}
