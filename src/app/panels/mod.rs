//! Panels around the view: menu, tabs, notices, keys, status. They know the session through a context, and not each other.

pub(super) mod key_list;
pub(super) mod notices;
pub(super) mod status_bar;
pub(super) mod tabs;
pub(super) mod top_bar;
