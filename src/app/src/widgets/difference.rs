//! A difference of two texts in colours: read-only, with the signs kept so that a copy is a patch.

use gangway_core::difference::{Difference, LineKind};
use relm4::adw;
use relm4::gtk;
use relm4::gtk::gdk;
use relm4::gtk::prelude::*;

/// The view of a difference; it follows light and dark.
pub fn view(difference: &Difference, name: &str) -> gtk::ScrolledWindow {
    let buffer = gtk::TextBuffer::new(None);
    let tags = Tags::new(&buffer);
    fill(&buffer, difference);
    tags.paint(adw::StyleManager::default().is_dark());

    let view = gtk::TextView::builder()
        .buffer(&buffer)
        .editable(false)
        .cursor_visible(false)
        .monospace(true)
        .top_margin(6)
        .bottom_margin(6)
        .left_margin(10)
        .right_margin(10)
        .accepts_tab(false)
        .build();
    view.add_css_class("gw-diff");
    view.update_property(&[gtk::accessible::Property::Label(name)]);
    let follow =
        adw::StyleManager::default().connect_dark_notify(move |manager| tags.paint(manager.is_dark()));
    view.connect_destroy({
        let follow = std::cell::Cell::new(Some(follow));
        move |_| {
            if let Some(follow) = follow.take() {
                adw::StyleManager::default().disconnect(follow);
            }
        }
    });
    gtk::ScrolledWindow::builder()
        .vscrollbar_policy(gtk::PolicyType::Never)
        .hscrollbar_policy(gtk::PolicyType::Automatic)
        .child(&view)
        .build()
}

/// Read-only text in monospace: a whole definition.
pub fn plain(text: &str, name: &str) -> gtk::ScrolledWindow {
    let buffer = gtk::TextBuffer::builder().text(text).build();
    let view = gtk::TextView::builder()
        .buffer(&buffer)
        .editable(false)
        .cursor_visible(false)
        .monospace(true)
        .top_margin(12)
        .bottom_margin(12)
        .left_margin(12)
        .right_margin(12)
        .accepts_tab(false)
        .build();
    view.add_css_class("gw-diff");
    view.update_property(&[gtk::accessible::Property::Label(name)]);
    gtk::ScrolledWindow::builder().vexpand(true).child(&view).build()
}

const HUNK: &str = "hunk";
const CONTEXT: &str = "context";
const ADDED: &str = "added";
const REMOVED: &str = "removed";

struct Tags {
    hunk: gtk::TextTag,
    context: gtk::TextTag,
    added: gtk::TextTag,
    removed: gtk::TextTag,
}

impl Tags {
    fn new(buffer: &gtk::TextBuffer) -> Self {
        let tag = |name| {
            let tag = gtk::TextTag::new(Some(name));
            buffer.tag_table().add(&tag);
            tag
        };
        Self { hunk: tag(HUNK), context: tag(CONTEXT), added: tag(ADDED), removed: tag(REMOVED) }
    }

    fn paint(&self, dark: bool) {
        let pick = |light: &'static str, on_dark: &'static str| if dark { on_dark } else { light };
        let text = |tag: &gtk::TextTag, colour: &str| {
            tag.set_foreground_rgba(gdk::RGBA::parse(colour).ok().as_ref());
        };
        let ground = |tag: &gtk::TextTag, colour: &str| {
            tag.set_paragraph_background_rgba(gdk::RGBA::parse(colour).ok().as_ref());
        };
        text(&self.hunk, pick("#1a5fb4", "#99c1f1"));
        text(&self.context, pick("#5e5c64", "#9a9996"));
        text(&self.added, pick("#12613a", "#8ff0a4"));
        text(&self.removed, pick("#a51d2d", "#ff938c"));
        ground(&self.added, "rgba(46,194,126,0.16)");
        ground(&self.removed, "rgba(224,27,36,0.13)");
    }
}

fn fill(buffer: &gtk::TextBuffer, difference: &Difference) {
    let mut end = buffer.end_iter();
    let mut first = true;
    let mut put = |text: &str, tag: &str| {
        if !first {
            buffer.insert(&mut end, "\n");
        }
        first = false;
        buffer.insert_with_tags_by_name(&mut end, text, &[tag]);
    };
    for hunk in &difference.hunks {
        put(hunk.header.trim_end(), HUNK);
        for line in &hunk.lines {
            let tag = match line.kind {
                LineKind::Context => CONTEXT,
                LineKind::Added => ADDED,
                LineKind::Removed => REMOVED,
            };
            put(&format!("{}{}", line.kind.sign(), line.text.trim_end_matches('\r')), tag);
        }
    }
}
