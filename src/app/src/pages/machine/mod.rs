//! The page of one virtual machine: what it has of the host, a few facts, its definition.

pub mod state;

use std::sync::Arc;

use gangway_client::hypervisor::{Definition, Hypervisor, VirtualMachine, VmId};
use gangway_client::store::Store;
use gangway_client::text;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::state::{Former, HeldCard, MachineView};
use crate::situation::Snapshot;
use crate::widgets::{difference, focus, rows};
use crate::words;

/// The page and the machine that it shows.
pub struct MachinePage {
    shown: Option<VmId>,
    view: Option<MachineView>,
    definition: Option<Definition>,
    /// What was kept, or why it cannot be read.
    former: Result<Vec<Former>, String>,
    snapshot: Option<Arc<Snapshot>>,
    title: adw::WindowTitle,
    root: adw::ToolbarView,
}

/// What the page shall show.
pub struct Shown {
    pub machine: VirtualMachine,
    pub snapshot: Option<Arc<Snapshot>>,
    pub hypervisor: Option<Arc<dyn Hypervisor>>,
    pub store: Option<Store>,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Shown").field(&self.machine.name).finish()
    }
}

/// What happens to the page.
#[derive(Debug)]
pub enum MachineInput {
    Show(Box<Shown>),
    TakeBack(Vec<PciAddress>),
    PutBack(Former),
    ShowDefinition,
}

/// What the page asks of the window.
#[derive(Debug)]
pub enum MachineOutput {
    TakeBack { machine: VmId, devices: Vec<PciAddress> },
    PutBack { machine: VmId, former: Former },
}

/// The definition and the former ones, read in a worker; the sentence where they could not be.
#[derive(Debug)]
pub struct Loaded {
    machine: VmId,
    definition: Result<Definition, String>,
    former: Result<Vec<Former>, String>,
}

impl Component for MachinePage {
    type Init = ();
    type Input = MachineInput;
    type Output = MachineOutput;
    type CommandOutput = Loaded;
    type Root = adw::ToolbarView;
    type Widgets = ();

    fn init_root() -> adw::ToolbarView {
        adw::ToolbarView::new()
    }

    fn init(_init: (), root: adw::ToolbarView, _sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let title = adw::WindowTitle::new("", "");
        root.add_top_bar(&adw::HeaderBar::builder().title_widget(&title).build());
        let model = Self {
            shown: None,
            view: None,
            definition: None,
            former: Ok(Vec::new()),
            snapshot: None,
            title,
            root,
        };
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: MachineInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            MachineInput::Show(shown) => self.show(*shown, &sender),
            MachineInput::TakeBack(devices) => {
                if let Some(machine) = self.shown.clone() {
                    // The window may be closing.
                    let _closing = sender.output(MachineOutput::TakeBack { machine, devices });
                }
            }
            MachineInput::PutBack(former) => {
                if let Some(machine) = self.shown.clone() {
                    // As above.
                    let _closing = sender.output(MachineOutput::PutBack { machine, former });
                }
            }
            MachineInput::ShowDefinition => self.show_definition(),
        }
    }

    fn update_cmd(&mut self, loaded: Loaded, sender: ComponentSender<Self>, _root: &Self::Root) {
        if self.shown.as_ref() != Some(&loaded.machine) {
            return;
        }
        let former = std::mem::replace(&mut self.former, loaded.former);
        match loaded.definition {
            Ok(definition) => {
                let same = self.definition.as_ref() == Some(&definition) && self.former == former;
                self.definition = Some(definition);
                if same {
                    return;
                }
            }
            Err(reason) => {
                self.definition = None;
                if let Some(view) = &mut self.view {
                    view.trouble = Some(reason);
                }
            }
        }
        self.paint(&sender);
    }
}

impl MachinePage {
    fn show(&mut self, shown: Shown, sender: &ComponentSender<Self>) {
        let view = MachineView::new(&shown.machine, shown.snapshot.as_deref());
        let id = shown.machine.id;
        if self.shown.as_ref() != Some(&id) {
            self.definition = None;
            self.former = Ok(Vec::new());
        }
        self.snapshot = shown.snapshot.clone();
        let changed = self.view.as_ref() != Some(&view) || self.shown.as_ref() != Some(&id);
        self.shown = Some(id.clone());
        self.view = Some(view);
        if changed {
            self.paint(sender);
        }
        if let Some(hypervisor) = shown.hypervisor {
            let store = shown.store;
            sender.spawn_oneshot_command(move || Loaded {
                definition: hypervisor.definition(&id).map_err(|error| text::hypervisor_error(&error)),
                former: store
                    .map_or(Ok(Vec::new()), |store| Former::of(&store, &id))
                    .map_err(|error| text::store_error(&error)),
                machine: id,
            });
        }
    }

    fn paint(&self, sender: &ComponentSender<Self>) {
        let Some(view) = &self.view else { return };
        self.title.set_title(&view.name);
        self.title.set_subtitle(&view.line);
        let (scrolled, column) = rows::column(720);
        if let Some(trouble) = &view.trouble {
            let group = rows::group(&gettext("Not Understood"), "");
            let row = rows::with_icon("dialog-warning-symbolic", trouble, "");
            row.set_title_lines(0);
            group.add(&row);
            column.append(&group);
        }
        column.append(&devices(view, sender));
        column.append(&self.facts(view, sender));
        focus::kept(self.root.upcast_ref(), || self.root.set_content(Some(&scrolled)));
    }

    fn facts(&self, view: &MachineView, sender: &ComponentSender<Self>) -> adw::PreferencesGroup {
        let group = rows::group(&gettext("This Virtual Machine"), "");
        let more = self.definition.as_ref().map(state::definition_facts).unwrap_or_default();
        for (label, value) in view.facts.iter().chain(&more) {
            group.add(&rows::property(label, value, false));
        }
        if self.definition.is_some() {
            let row =
                rows::plain(&gettext("Definition"), &gettext("As libvirt has saved it, passwords hidden"));
            row.set_activatable(true);
            row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
            let input = sender.input_sender().clone();
            row.connect_activated(move |_| input.emit(MachineInput::ShowDefinition));
            group.add(&row);
        }
        if self.former.as_ref().map_or(true, |former| !former.is_empty()) {
            group.add(&self.former(sender));
        }
        group
    }

    fn former(&self, sender: &ComponentSender<Self>) -> adw::ExpanderRow {
        let row = adw::ExpanderRow::builder().use_markup(false).title(gettext("Former Definitions")).build();
        let former = match &self.former {
            Ok(former) => former,
            Err(reason) => {
                row.set_subtitle(reason);
                row.set_enable_expansion(false);
                return row;
            }
        };
        row.set_subtitle(&gettext("As they were before a change by Gangway, the last one first"));
        for each in former {
            let time = words::moment(each.kept.seconds);
            let line = rows::plain(&time, &each.line(self.snapshot.as_deref()));
            let name = gettext("Put back the definition of {time}").replace("{time}", &time);
            let button = rows::text_button(&gettext("Put Back…"), &name);
            let (input, each) = (sender.input_sender().clone(), each.clone());
            button.connect_clicked(move |_| input.emit(MachineInput::PutBack(each.clone())));
            line.add_suffix(&button);
            row.add_row(&line);
        }
        row
    }

    fn show_definition(&self) {
        let (Some(definition), Some(view)) = (&self.definition, &self.view) else { return };
        let text = gangway_domain::redact(definition.text());
        let name = gettext("Definition of “{name}”").replace("{name}", &view.name);
        let toolbar = adw::ToolbarView::new();
        toolbar.add_top_bar(
            &adw::HeaderBar::builder()
                .title_widget(&adw::WindowTitle::new(&gettext("Definition"), &view.name))
                .build(),
        );
        toolbar.set_content(Some(&difference::plain(&text, &name)));
        let dialog = adw::Dialog::builder()
            .title(&name)
            .content_width(720)
            .content_height(690)
            .child(&toolbar)
            .build();
        dialog.present(Some(&self.root));
    }
}

fn devices(view: &MachineView, sender: &ComponentSender<MachinePage>) -> adw::PreferencesGroup {
    let group = rows::group(&gettext("From the Host"), "");
    if view.devices.is_empty() {
        group.set_description(Some(&gtk::glib::markup_escape_text(&view.none)));
    }
    for card in &view.devices {
        group.add(&held_row(card, sender));
        if let Some(other) = &card.other {
            let row = rows::with_icon("dialog-warning-symbolic", other, "");
            row.set_title_lines(0);
            group.add(&row);
        }
    }
    group
}

fn held_row(card: &HeldCard, sender: &ComponentSender<MachinePage>) -> adw::ActionRow {
    let row = rows::device(card.icon, &card.name, &card.address, &card.remark);
    row.set_subtitle_lines(0);
    if !card.saved {
        // Its definition, which is what we change, does not have it: it goes when the machine stops.
        return row;
    }
    let button = rows::text_button(
        &gettext("Take Back…"),
        &gettext("Take back {device}").replace("{device}", &card.name),
    );
    let functions = card.functions.clone();
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(MachineInput::TakeBack(functions.clone())));
    row.add_suffix(&button);
    row
}
