//! What a screen reader is told of the window: its title, and nothing with the character NUL, which takes a program off the bus of accessibility.
//!
//! Keys and values of a file may hold it anywhere. It becomes a space, which is as long, so that positions in a text stay
//! right.

use eframe::egui;
use egui::accesskit::Node;
use egui::{Context, FullOutput};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Of the window.
    pub(super) title: String,
}

impl egui::Plugin for Spoken {
    fn debug_name(&self) -> &'static str {
        "what is spoken"
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        if let Some(update) = &mut output.platform_output.accesskit_update {
            let root = update.tree.as_ref().map(|tree| tree.root);
            for (id, node) in &mut update.nodes {
                mend(node);
                if Some(*id) == root {
                    node.set_label(self.title.as_str());
                }
            }
        }
    }
}

fn mend(node: &mut Node) {
    let mended = |text: Option<&str>| {
        let text = text.filter(|text| text.contains('\0'))?;
        Some(text.replace('\0', " "))
    };
    if let Some(text) = mended(node.label()) {
        node.set_label(text);
    }
    if let Some(text) = mended(node.value()) {
        node.set_value(text);
    }
    if let Some(text) = mended(node.description()) {
        node.set_description(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_never_told() {
        let mut node = Node::new(egui::accesskit::Role::TextInput);
        node.set_label("a\0b");
        node.set_value("\0");
        node.set_description("c");
        mend(&mut node);
        assert_eq!(node.label(), Some("a b"));
        assert_eq!(node.value(), Some(" "));
        assert_eq!(node.description(), Some("c"));
    }
}
