//! What every page of the dialog has around it: the header with its buttons, a sentence below it, and the bar with the ways to save.

use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::save::Kind;
use super::{Ask, HostChange, HostChangeInput};
use crate::widgets::focus;
use crate::widgets::notice::Notice;

/// The widgets around a page.
pub struct Parts {
    pub title: adw::WindowTitle,
    body: adw::ToolbarView,
    pub toasts: adw::ToastOverlay,
    notice: Notice,
    pub leave: gtk::Button,
    pub apply: gtk::Button,
    pub again: gtk::Button,
    bar: gtk::Box,
    note: gtk::Label,
    save: gtk::Box,
}

impl Parts {
    pub fn new(root: &adw::Dialog, sender: &ComponentSender<HostChange>) -> Self {
        let title = adw::WindowTitle::new("", "");
        let header = adw::HeaderBar::builder()
            .title_widget(&title)
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        let leave = asking("", Ask::Close, sender);
        let apply = asking("", Ask::Apply, sender);
        let again = asking(&gettext("_Review Again"), Ask::Again, sender);
        header.pack_start(&leave);
        header.pack_end(&apply);
        header.pack_end(&again);
        let body = adw::ToolbarView::new();
        body.add_top_bar(&header);
        let notice = Notice::default();
        body.add_top_bar(notice.widget());

        let note = gtk::Label::builder().xalign(0.0).wrap(true).hexpand(true).build();
        note.add_css_class("dim-label");
        note.add_css_class("gw-small");
        let save = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        for (label, kind) in
            [(gettext("Save as _Script…"), Kind::Script), (gettext("Save as _Markdown…"), Kind::Markdown)]
        {
            let button = asking(&label, Ask::Save(kind), sender);
            button.add_css_class("flat");
            save.append(&button);
        }
        let bar = gtk::Box::builder().spacing(6).visible(false).build();
        bar.add_css_class("gw-bar");
        bar.append(&note);
        bar.append(&save);
        body.add_bottom_bar(&bar);
        body.set_bottom_bar_style(adw::ToolbarStyle::RaisedBorder);
        let narrow = adw::Breakpoint::new(adw::BreakpointCondition::new_length(
            adw::BreakpointConditionLengthType::MaxWidth,
            560.0,
            adw::LengthUnit::Sp,
        ));
        for wide in [&bar, &save] {
            narrow.add_setter(wide, "orientation", Some(&gtk::Orientation::Vertical.to_value()));
        }
        root.add_breakpoint(narrow);

        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&body));
        root.set_child(Some(&toasts));
        Self { title, body, toasts, notice, leave, apply, again, bar, note, save }
    }

    pub fn show(&self, content: &impl IsA<gtk::Widget>) {
        focus::never_lost(self.toasts.upcast_ref(), || self.body.set_content(Some(content)));
    }

    /// The buttons of the header: what is done, whether it can be, and how the dialog is left. *Review Again* and the bar
    /// are for those who ask for them after this.
    pub fn buttons(&self, apply: Option<&str>, possible: bool, leave: &str) {
        self.apply.set_visible(apply.is_some());
        self.apply.set_label(apply.unwrap_or_default());
        self.apply.set_sensitive(possible);
        self.apply.add_css_class("suggested-action");
        self.leave.set_visible(!leave.is_empty());
        self.leave.set_label(leave);
        self.again.set_visible(false);
        self.bar.set_visible(false);
    }

    pub fn offer_to_save(&self, note: &str, possible: bool) {
        self.note.set_label(note);
        self.save.set_sensitive(possible);
        self.bar.set_visible(true);
    }

    /// Says something above the body.
    pub fn say(&self, sentence: &str) {
        self.notice.say(sentence);
    }

    pub fn quiet(&self) {
        self.notice.quiet();
    }
}

/// A button that asks for something.
pub fn asking(label: &str, ask: Ask, sender: &ComponentSender<HostChange>) -> gtk::Button {
    let button = gtk::Button::builder().label(label).use_underline(true).build();
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(HostChangeInput::Ask(ask)));
    button
}
