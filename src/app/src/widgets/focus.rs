//! Where the keyboard is: giving a widget the focus once it can have it, and keeping the place while what had it is
//! replaced. A dialog in which nothing has the focus does not even hear Escape.

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

/// Gives a widget the focus once it can be seen.
pub fn soon(widget: &gtk::Widget) {
    let widget = widget.clone();
    glib::idle_add_local_once(move || {
        widget.grab_focus();
    });
}

/// Runs `replace`, which puts new widgets into `parent`; where one of the old ones has the focus, what stands in its
/// place gets it.
pub fn kept(parent: &gtk::Widget, replace: impl FnOnce()) {
    if focused_below(parent).is_some() {
        never_lost(parent, replace);
    } else {
        replace();
    }
}

/// The same, and `parent` has the focus afterwards in any case, if it can be seen: for what lies over all else.
pub fn never_lost(parent: &gtk::Widget, replace: impl FnOnce()) {
    let path = focused_below(parent).map(|focused| path(parent, &focused));
    if path.is_some()
        && let Some(root) = parent.root()
    {
        // Else the window goes on to send its keys to what is no longer in it.
        root.set_focus(gtk::Widget::NONE);
    }
    replace();
    let parent = parent.downgrade();
    // Only when the new widgets have their places can they have the focus.
    glib::idle_add_local_once(move || {
        let Some(parent) = parent.upgrade().filter(WidgetExt::is_mapped) else { return };
        if focused_below(&parent).is_some() {
            return;
        }
        let same = path.and_then(|path| follow(&parent, &path));
        if !same.is_some_and(|widget| widget.grab_focus()) {
            parent.child_focus(gtk::DirectionType::TabForward);
        }
    });
}

fn focused_below(parent: &gtk::Widget) -> Option<gtk::Widget> {
    parent.root().and_then(|root| root.focus()).filter(|focused| focused.is_ancestor(parent))
}

/// Which child of which child it is, from `parent` down.
fn path(parent: &gtk::Widget, widget: &gtk::Widget) -> Vec<usize> {
    let mut path = Vec::new();
    let mut at = widget.clone();
    while at != *parent {
        path.push(std::iter::successors(at.prev_sibling(), WidgetExt::prev_sibling).count());
        let Some(above) = at.parent() else { break };
        at = above;
    }
    path.reverse();
    path
}

fn follow(parent: &gtk::Widget, path: &[usize]) -> Option<gtk::Widget> {
    path.iter().try_fold(parent.clone(), |at, index| {
        std::iter::successors(at.first_child(), WidgetExt::next_sibling).nth(*index)
    })
}
