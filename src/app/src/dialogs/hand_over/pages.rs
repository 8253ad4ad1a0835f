//! The widgets of the steps.

use gangway_client::handover::Method;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::method::MethodView;
use super::state::{AlongView, Choices, GoingRow, MachineChoice};
use super::{HandOver, HandOverInput};
use crate::widgets::pill::{Pill, Tone};
use crate::widgets::{focus, rows};

/// A page with a title, its number, and *Continue*.
pub struct StepPage {
    pub page: adw::NavigationPage,
    body: adw::ToolbarView,
    header: adw::HeaderBar,
    next: gtk::Button,
}

/// *Step n of 4*.
pub fn step_line(number: u32) -> String {
    gettext("Step {number} of {count}").replace("{number}", &number.to_string()).replace("{count}", "4")
}

impl StepPage {
    pub fn new(title: &str, number: u32, tag: &str, sender: &ComponentSender<HandOver>) -> Self {
        let header = adw::HeaderBar::builder()
            .title_widget(&adw::WindowTitle::new(title, &step_line(number)))
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        let next = gtk::Button::builder().label(gettext("_Continue")).use_underline(true).build();
        next.add_css_class("suggested-action");
        let input = sender.input_sender().clone();
        next.connect_clicked(move |_| input.emit(HandOverInput::Continue));
        header.pack_end(&next);
        let body = adw::ToolbarView::new();
        body.add_top_bar(&header);
        let page = adw::NavigationPage::builder().title(title).tag(tag).child(&body).build();
        Self { page, body, header, next }
    }

    /// The first page has nothing to go back to.
    pub fn add_cancel(&self, sender: &ComponentSender<HandOver>) {
        let cancel = gtk::Button::builder().label(gettext("_Cancel")).use_underline(true).build();
        let input = sender.input_sender().clone();
        cancel.connect_clicked(move |_| input.emit(HandOverInput::Cancel));
        self.header.pack_start(&cancel);
    }

    pub fn show(&self, body: &impl IsA<gtk::Widget>) {
        focus::never_lost(self.page.upcast_ref(), || self.body.set_content(Some(body)));
    }

    pub fn set_ready(&self, ready: bool) {
        self.next.set_sensitive(ready);
    }

    pub fn is_ready(&self) -> bool {
        self.next.is_sensitive()
    }
}

/// The first step.
pub fn along(view: &AlongView, whole_group: bool, sender: &ComponentSender<HandOver>) -> gtk::ScrolledWindow {
    let (scrolled, column) = rows::column(640);
    column.append(&rows::title(view.icon, &view.name, &view.line));
    if let Some(refusal) = &view.refusal {
        column.append(&notes(&gettext("Not Possible"), std::slice::from_ref(refusal)));
    }
    if let Some(shared) = &view.shared {
        let group = rows::group(&gettext("Shared Group"), "");
        let row = adw::SwitchRow::builder().use_markup(false).active(whole_group).build();
        row.set_title(&shared.title);
        row.set_subtitle(&shared.reason);
        row.set_subtitle_lines(0);
        let input = sender.input_sender().clone();
        row.connect_active_notify(move |row| input.emit(HandOverInput::WholeGroup(row.is_active())));
        group.add(&row);
        column.append(&group);
    }
    if !view.going.is_empty() {
        column.append(&devices(&gettext("Goes Along"), &view.going));
    }
    if !view.notes.is_empty() {
        column.append(&notes(&gettext("Good to Know"), &view.notes));
    }
    if !view.stays.is_empty() {
        column.append(&devices(&gettext("Stays With the Host"), &view.stays));
    }
    scrolled
}

fn notes(title: &str, notes: &[String]) -> adw::PreferencesGroup {
    let group = rows::group(title, "");
    for note in notes {
        let row = rows::with_icon("dialog-warning-symbolic", note, "");
        row.set_title_lines(0);
        group.add(&row);
    }
    group
}

fn devices(title: &str, list: &[GoingRow]) -> adw::PreferencesGroup {
    let group = rows::group(title, "");
    for device in list {
        let row = rows::device(device.icon, &device.name, &device.address, &device.remark);
        row.set_subtitle_lines(0);
        match &device.pill {
            Some(pill) => row.add_suffix(&pill.firm_widget()),
            None => {
                let check = gtk::Image::from_icon_name("object-select-symbolic");
                check.add_css_class("success");
                row.add_suffix(&check);
            }
        }
        group.add(&row);
    }
    group
}

/// The second step.
pub fn machines(
    list: &[MachineChoice],
    choices: &Choices,
    sender: &ComponentSender<HandOver>,
) -> gtk::Widget {
    let chosen = choices.machine.as_ref();
    let (scrolled, column) = rows::column(640);
    let intro = if list.is_empty() {
        gettext(
            "There is none yet: create one first, with virt-manager for example. It appears here when it is made.",
        )
    } else {
        gettext("It gets all functions of the card as one device.")
    };
    let group = rows::group("", &intro);
    // Never seen: a single choice would be a check box without another one in its group.
    let unseen = gtk::CheckButton::new();
    for choice in list {
        let radio = gtk::CheckButton::builder()
            .group(&unseen)
            .active(chosen == Some(&choice.id))
            .sensitive(choice.possible)
            .valign(gtk::Align::Center)
            .build();
        radio.update_property(&[gtk::accessible::Property::Label(&choice.name)]);
        let row = rows::with_icon(choice.icon, &choice.name, &choice.line);
        row.set_subtitle_lines(0);
        row.add_prefix(&radio);
        row.add_suffix(&choice.pill.firm_widget());
        if choice.possible {
            row.set_activatable_widget(Some(&radio));
        }
        let id = choice.id.clone();
        let input = sender.input_sender().clone();
        let leader = unseen.clone();
        radio.connect_toggled(move |radio| {
            // Kept as long as its group.
            let _leader = &leader;
            if radio.is_active() {
                input.emit(HandOverInput::Machine(id.clone()));
            }
        });
        group.add(&row);
    }
    column.append(&group);
    let later = rows::group("", "");
    let title = gettext("None yet");
    let radio = gtk::CheckButton::builder()
        .group(&unseen)
        .active(choices.only_reserve)
        .valign(gtk::Align::Center)
        .build();
    radio.update_property(&[gtk::accessible::Property::Label(&title)]);
    let row = rows::plain(&title, &gettext("Reserve the card only, and choose a machine later."));
    row.set_subtitle_lines(0);
    row.add_prefix(&radio);
    row.set_activatable_widget(Some(&radio));
    let input = sender.input_sender().clone();
    radio.connect_toggled(move |radio| {
        let _leader = &unseen;
        if radio.is_active() {
            input.emit(HandOverInput::NoMachine);
        }
    });
    later.add(&row);
    column.append(&later);
    scrolled.upcast()
}

/// How the host lets go, and why so.
fn method_groups(view: &MethodView, chosen: Option<Method>, sender: &ComponentSender<HandOver>) -> gtk::Box {
    let both = gtk::Box::new(gtk::Orientation::Vertical, 24);
    let group = rows::group("", &gettext("Gangway picks the least intrusive one that is safe here."));
    // Never seen: with nothing chosen yet, the first would be chosen by being alone.
    let unseen = gtk::CheckButton::new();
    for choice in &view.rows {
        let radio = gtk::CheckButton::builder()
            .group(&unseen)
            .active(chosen == Some(choice.method))
            .sensitive(choice.possible)
            .valign(gtk::Align::Center)
            .build();
        radio.update_property(&[gtk::accessible::Property::Label(&choice.title)]);
        let row = rows::plain(&choice.title, &choice.line);
        row.set_subtitle_lines(0);
        row.add_prefix(&radio);
        if let Some(pill) = &choice.pill {
            row.add_suffix(&pill.firm_widget());
        }
        if choice.possible {
            row.set_activatable_widget(Some(&radio));
        }
        let (method, leader) = (choice.method, unseen.clone());
        let input = sender.input_sender().clone();
        radio.connect_toggled(move |radio| {
            let _leader = &leader;
            if radio.is_active() {
                input.emit(HandOverInput::Method(method));
            }
        });
        group.add(&row);
    }
    both.append(&group);
    if !view.why.is_empty() {
        let why = rows::group(&gettext("Why This One"), "");
        for reason in &view.why {
            let row = rows::plain(&reason.title, &reason.line);
            row.set_subtitle_lines(0);
            let icon = gtk::Image::from_icon_name(reason.icon);
            icon.add_css_class(if reason.icon == "object-select-symbolic" { "success" } else { "dim-label" });
            row.add_prefix(&icon);
            why.add(&row);
        }
        both.append(&why);
    }
    both
}

/// The third step.
pub fn options(
    method: Option<&MethodView>,
    choices: &Choices,
    rom: bool,
    sender: &ComponentSender<HandOver>,
) -> gtk::ScrolledWindow {
    let (scrolled, column) = rows::column(640);
    if let Some(method) = method {
        column.append(&method_groups(method, choices.method, sender));
    }
    let group = rows::group(
        &gettext("For the Virtual Machine"),
        &gettext("Each stays as it is until you change it."),
    );
    for (index, choice) in choices.switches.iter().enumerate() {
        let switch = gtk::Switch::builder().active(choice.on).valign(gtk::Align::Center).build();
        switch.update_property(&[gtk::accessible::Property::Label(&choice.title)]);
        let input = sender.input_sender().clone();
        switch.connect_active_notify(move |switch| {
            input.emit(HandOverInput::Switch(index, switch.is_active()));
        });
        let row = rows::plain(&choice.title, &choice.reason);
        row.set_subtitle_lines(0);
        if choice.recommended {
            row.add_suffix(&Pill::plain(gettext("Recommended"), Tone::Machine).firm_widget());
        }
        row.add_suffix(&switch);
        row.set_activatable_widget(Some(&switch));
        group.add(&row);
    }
    if !choices.switches.is_empty() {
        column.append(&group);
    }
    if rom {
        column.append(&rom_group(choices, sender));
    }
    if column.first_child().is_none() {
        column.append(&rows::group("", &gettext("There is nothing to choose for these devices.")));
    }
    scrolled
}

fn rom_group(choices: &Choices, sender: &ComponentSender<HandOver>) -> adw::PreferencesGroup {
    let group = rows::group(&gettext("ROM File"), "");
    let (title, line) = match &choices.rom {
        Some(path) => {
            (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path.display().to_string())
        }
        None => (
            gettext("The card’s own"),
            gettext("A file is needed mainly where the firmware showed its picture on this card."),
        ),
    };
    let row = rows::plain(&title, &line);
    row.set_subtitle_lines(0);
    if choices.rom.is_some() {
        let clear =
            gtk::Button::builder().label(gettext("Use the Card’s Own")).valign(gtk::Align::Center).build();
        clear.add_css_class("flat");
        let input = sender.input_sender().clone();
        clear.connect_clicked(move |_| input.emit(HandOverInput::Rom(None)));
        row.add_suffix(&clear);
    }
    let choose = rows::text_button(&gettext("Choose…"), &gettext("Choose a ROM file"));
    let input = sender.input_sender().clone();
    choose.connect_clicked(move |_| input.emit(HandOverInput::ChooseRom));
    row.add_suffix(&choose);
    group.add(&row);
    group
}
