//! The devices: a list by IOMMU group, PCIe topology or USB port with search and class filters, and the details of what
//! is selected. What is listed is decided in `state`, `topology` and `usb`, what the details say in `inspector`; this
//! file connects them with widgets.

mod bound;
pub mod claims;
mod details;
pub mod empty;
mod face;
mod filters;
mod heading;
pub mod inspector;
pub mod key;
mod keys;
pub mod known;
mod list;
mod live;
mod look;
mod model;
pub mod now;
mod row;
mod said;
pub mod state;
pub mod topology;
pub mod tree;
pub mod usb;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use gangway_client::claims::{Owner, usb_owners};
use gangway_client::hypervisor::VirtualMachine;
use gangway_core::devices::usb::UsbDevice;
use gangway_core::host::{HostChange, IommuState};
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::claims::Claims;
use self::inspector::{DetailsView, Offered, PartId, Sources, ToggledParts};
use self::key::Key;
use self::known::Known;
use self::list::List;
use self::look::Look;
use self::said::Lately;
use self::state::Held;
use crate::gone::Gone;
use crate::situation::Snapshot;
use crate::widgets::drawn::Inks;
use crate::widgets::views::View;
use crate::widgets::{rows, status, tooltip, views};
use crate::words::Chip;

/// How many rows the first frame with rows gets: what a usual window shows. The others come with the next frame.
const FIRST_ROWS: usize = 11;

/// The page and what it shows.
pub struct DevicesPage {
    snapshot: Option<Arc<Snapshot>>,
    /// The full model, once it was read.
    known: Option<Arc<Known>>,
    /// Why it could not be.
    unknown: Option<String>,
    machines: Vec<VirtualMachine>,
    shared: Rc<Shared>,
    look: Look,
    search: String,
    chip: Chip,
    selected: Option<Key>,
    /// The parts of the details that the user folded or unfolded.
    toggled_parts: ToggledParts,
    /// The selected device, once it left the computer.
    gone: Option<Gone>,
    /// The same of a USB device: where it was, and how it was seen last.
    unplugged: Option<(String, UsbDevice)>,
    /// Shown although the IOMMU is off.
    show_anyway: bool,
    painted: bool,
    widgets: Parts,
}

/// What rows look at while they are bound.
#[derive(Default)]
pub struct Shared {
    pub held: RefCell<Held>,
    /// By the full model, once it was read.
    pub claims: RefCell<Option<Claims>>,
    pub narrow: Cell<bool>,
    /// What rows draw with.
    pub inks: Rc<Inks>,
    /// What those say that were in sight lately.
    pub lately: Lately,
    /// Where a row says that it was folded.
    pub input: RefCell<Option<relm4::Sender<DevicesInput>>>,
    /// The items that have a row now; a list does not bind an item again that it shows already.
    pub items: RefCell<Vec<gtk::glib::WeakRef<gtk::ListItem>>>,
}

/// What happens to the page.
#[derive(Debug)]
pub enum DevicesInput {
    /// A machine is being read.
    Reading,
    /// It was read.
    Show(Arc<Snapshot>),
    /// It was read again, and is otherwise than before.
    Changed(Arc<Snapshot>, HostChange),
    /// The full model of it was read in the background.
    Known(Arc<Known>),
    /// It could not be, for this reason.
    Unknown(String),
    /// Look at the devices in this way.
    Look(View),
    /// Show or hide what is below a row.
    Fold(Key),
    /// A part of the details was shown or hidden.
    PartToggled(PartId),
    /// Put the details on the clipboard, as text.
    CopyDetails,
    /// Nothing is noticed of devices that come or go, for this reason.
    Deaf(Option<String>),
    /// It could not be read, for this reason.
    Failed(String),
    /// The virtual machines are now these.
    Machines(Vec<VirtualMachine>),
    Search(String),
    Filter(Chip),
    /// A row of the list was selected, by its place.
    Selected(u32),
    /// A row was clicked: where the details lie over the list, show them.
    Clicked,
    /// A row was activated: show the details.
    Activated,
    /// The first frame with rows was painted.
    Painted,
    /// Select this device, if the list has it.
    Select(PciAddress),
    /// The same, whatever the search leaves, and show its details.
    Reveal(PciAddress),
    FocusSearch,
    ToggleDetails,
    CloseDetails,
    ShowAnyway,
    Narrow(bool),
    /// The details lie over the list instead of beside it.
    Overlaid(bool),
}

/// What the page tells the window.
#[derive(Debug)]
pub enum DevicesOutput {
    /// The selected device, if any.
    Selected(Option<PciAddress>),
}

struct Parts {
    split: adw::OverlaySplitView,
    content: adw::ToolbarView,
    toggle: gtk::ToggleButton,
    list: Option<List>,
    details: adw::ToolbarView,
    /// Made with the first details: the first frame need not wait for it.
    details_header: Option<adw::HeaderBar>,
    copy: Option<gtk::Button>,
    input: relm4::Sender<DevicesInput>,
    /// The bar below the details, and what it offers.
    details_bar: Option<(Offered, gtk::Box)>,
    /// Its title is the switch between views, from the first frame with rows on.
    header: adw::HeaderBar,
    /// What the details show now.
    shown: Option<Pane>,
    /// What moves them up and down.
    details_scrolled: Option<gtk::ScrolledWindow>,
    /// Says that nothing is noticed, where that is so.
    banner: Option<adw::Banner>,
}

/// What the details are about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pane {
    Device(DetailsView),
    Gone(Gone),
    Unplugged { name: String, port: String },
}

impl Component for DevicesPage {
    type Init = Option<Arc<Snapshot>>;
    type Input = DevicesInput;
    type Output = DevicesOutput;
    type CommandOutput = ();
    type Root = adw::OverlaySplitView;
    type Widgets = ();

    fn init_root() -> adw::OverlaySplitView {
        adw::OverlaySplitView::builder()
            .sidebar_position(gtk::PackType::End)
            .min_sidebar_width(320.0)
            .max_sidebar_width(340.0)
            .build()
    }

    fn init(
        snapshot: Option<Arc<Snapshot>>,
        root: adw::OverlaySplitView,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let widgets = Parts::new(root, &sender);
        let mut model = Self {
            snapshot: None,
            known: None,
            unknown: None,
            machines: Vec::new(),
            shared: Rc::default(),
            look: Look::default(),
            search: String::new(),
            chip: Chip::All,
            selected: None,
            toggled_parts: ToggledParts::default(),
            gone: None,
            unplugged: None,
            show_anyway: false,
            painted: false,
            widgets,
        };
        bound::follow_colors(&model.shared);
        // Otherwise nothing yet, not even that it is being read: a small machine is read with the first frame.
        if let Some(snapshot) = snapshot {
            model.show(&snapshot, &sender);
        }
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: DevicesInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            DevicesInput::Reading => {
                self.forget_machine();
                self.show_anyway = false;
                self.show_reading();
                self.show_details();
            }
            DevicesInput::Failed(reason) => {
                self.forget_machine();
                self.replace_list(&empty::unreadable(&reason));
                self.widgets.split.set_show_sidebar(false);
                self.show_details();
            }
            DevicesInput::Show(snapshot) => self.show(&snapshot, &sender),
            DevicesInput::Changed(snapshot, change) => {
                self.look_after_selected(&snapshot, &change);
                self.show(&snapshot, &sender);
            }
            DevicesInput::Known(known) => {
                self.unknown = None;
                self.learn(known);
                self.hold();
            }
            DevicesInput::Unknown(reason) => {
                self.unknown = Some(reason);
                if self.look.view == View::Usb && self.known.is_none() {
                    self.relist();
                }
            }
            DevicesInput::Look(view) => self.look(view),
            DevicesInput::Fold(key) => self.fold(key),
            DevicesInput::PartToggled(part) => {
                if !self.toggled_parts.remove(&part) {
                    self.toggled_parts.insert(part);
                }
            }
            DevicesInput::CopyDetails => self.copy_details(),
            DevicesInput::Deaf(reason) => self.widgets.say_deaf(reason.as_deref()),
            DevicesInput::Machines(machines) => self.set_machines(machines),
            DevicesInput::Search(text) => {
                self.search = text;
                self.relist();
            }
            DevicesInput::Filter(chip) => {
                self.chip = chip;
                self.relist();
            }
            DevicesInput::Selected(position) => self.select(position),
            DevicesInput::Clicked if !self.widgets.split.is_collapsed() => {}
            DevicesInput::Clicked | DevicesInput::Activated => {
                self.show_details();
                self.widgets.split.set_show_sidebar(true);
            }
            DevicesInput::Painted => self.after_first_paint(&sender),
            DevicesInput::Select(address) => self.select_address(address),
            DevicesInput::Reveal(address) => {
                self.reveal(address);
                self.show_details();
                self.widgets.split.set_show_sidebar(true);
            }
            DevicesInput::FocusSearch => {
                if let Some(list) = &self.widgets.list {
                    list.focus_search();
                }
            }
            DevicesInput::ToggleDetails => {
                self.widgets.split.set_show_sidebar(!self.widgets.split.shows_sidebar());
            }
            DevicesInput::CloseDetails => self.widgets.split.set_show_sidebar(false),
            DevicesInput::ShowAnyway => {
                self.show_anyway = true;
                if let Some(snapshot) = self.snapshot.clone() {
                    self.show(&snapshot, &sender);
                }
            }
            DevicesInput::Narrow(narrow) => {
                if self.shared.narrow.replace(narrow) != narrow
                    && let Some(list) = &self.widgets.list
                {
                    list.set_narrow(narrow);
                    self.shared.inks.forget_least();
                    bound::repaint(&self.shared);
                }
                self.widgets.set_switch_narrow(narrow);
            }
            DevicesInput::Overlaid(overlaid) => {
                self.widgets.toggle.set_visible(!overlaid);
                self.select_first();
            }
        }
        // The window may be closing.
        let _closing = sender.output(DevicesOutput::Selected(self.selected.as_ref().and_then(Key::function)));
    }
}

impl DevicesPage {
    fn show(&mut self, snapshot: &Arc<Snapshot>, sender: &ComponentSender<Self>) {
        let no_groups = matches!(snapshot.host.iommu, IommuState::Off { .. });
        let before = self.snapshot.replace(snapshot.clone());
        self.forget_view();
        self.selected
            .take_if(|key| key.function().is_some_and(|address| snapshot.host.function(address).is_none()));
        if snapshot.host.functions.is_empty() {
            self.replace_list(&empty::no_devices());
            return;
        }
        if no_groups && !self.show_anyway {
            let said = |before: &Snapshot| {
                !before.host.functions.is_empty() && before.host.iommu == snapshot.host.iommu
            };
            if self.widgets.list.is_some() || !before.as_deref().is_some_and(said) {
                self.replace_list(&status::page(&empty::iommu_off(&snapshot.host.iommu)));
                self.widgets.add_switch(self.shared.narrow.get());
                self.widgets.split.set_show_sidebar(false);
            }
            return;
        }
        if self.widgets.list.is_some() {
            if before.is_none_or(|before| before.devices != snapshot.devices) {
                self.relist_in_place();
            }
            self.show_details();
            return;
        }
        let list = List::new(&self.shared, sender);
        list.set_label(self.look.view);
        list.set_narrow(self.shared.narrow.get());
        self.widgets.content.add_top_bar(&list.filters);
        self.widgets.content.set_content(Some(&list.stack));
        self.widgets.list = Some(list);
        self.widgets.toggle.set_sensitive(true);
        if !self.widgets.split.is_collapsed() {
            self.widgets.split.set_show_sidebar(true);
        }
        self.relist();
        if !self.painted {
            self.painted = true;
            let sender = sender.clone();
            crate::measure::after_first_frame(self.widgets.split.upcast_ref(), move || {
                sender.input(DevicesInput::Painted);
            });
        } else {
            self.after_first_paint(sender);
        }
    }

    /// What the first frame need not wait for.
    fn after_first_paint(&mut self, sender: &ComponentSender<Self>) {
        self.widgets.add_switch(self.shared.narrow.get());
        if let Some(list) = &self.widgets.list {
            list.add_filters(sender);
            list.model.show_all();
        }
        self.select_first();
        if let Some(list) = &self.widgets.list {
            list.scroll_to_top();
        }
        self.show_details();
    }

    fn set_machines(&mut self, machines: Vec<VirtualMachine>) {
        self.machines = machines;
        self.hold();
        self.show_details();
    }

    /// Marks what virtual machines have.
    fn hold(&mut self) {
        let owners = self.known.as_ref().map(|known| usb_owners(&self.machines, &known.devices.usb));
        let first = |(port, owners): (String, Vec<Owner>)| Some((port, owners.into_iter().next()?.vm));
        let held = Held {
            functions: crate::owners(&self.machines),
            saved: crate::holders(&self.machines),
            usb: owners.into_iter().flatten().filter_map(first).collect(),
        };
        if *self.shared.held.borrow() == held {
            return;
        }
        self.shared.held.replace(held);
        self.forget_view();
        if self.widgets.list.is_some() {
            if self.look.view == View::Topology {
                self.relist_in_place();
            }
            bound::repaint(&self.shared);
        }
    }

    /// Another machine, or none.
    fn forget_machine(&mut self) {
        self.snapshot = None;
        self.known = None;
        self.unknown = None;
        self.selected = None;
        self.gone = None;
        self.unplugged = None;
        self.shared.claims.replace(None);
        self.forget_look();
    }

    fn show_reading(&mut self) {
        self.replace_list(&empty::reading());
    }

    /// Puts a whole page where the list is; there is nothing to see details of then.
    fn replace_list(&mut self, page: &impl IsA<gtk::Widget>) {
        self.widgets.toggle.set_sensitive(false);
        if let Some(list) = self.widgets.list.take() {
            self.widgets.content.remove(&list.filters);
        }
        self.shared.lately.forget();
        // They went with their widgets: the next list begins with empty ones.
        self.search.clear();
        self.chip = Chip::All;
        self.widgets.content.set_content(Some(page));
    }

    fn show_details(&mut self) {
        let pane = self.pane();
        self.widgets.show_details(pane, &self.toggled_parts);
    }

    fn pane(&mut self) -> Option<Pane> {
        let view = self.rows();
        let snapshot = self.snapshot.as_ref()?;
        if let Some((port, device)) = &self.unplugged {
            return Some(Pane::Unplugged { name: device.name(), port: port.clone() });
        }
        match (&self.selected, &self.gone) {
            (Some(key), _) => {
                let sources = Sources {
                    snapshot,
                    known: self.known.as_deref(),
                    machines: &self.machines,
                    held: &self.shared.held.borrow(),
                    view: view.as_deref().unwrap_or(&snapshot.devices),
                };
                DetailsView::new(&sources, key).map(Pane::Device)
            }
            (None, Some(gone)) => Some(Pane::Gone(gone.clone())),
            (None, None) => None,
        }
    }

    fn copy_details(&self) {
        if let Some(Pane::Device(view)) = &self.widgets.shown {
            self.widgets.split.clipboard().set_text(&view.as_text());
            let said = gettext("The details were copied.");
            let split: &gtk::Widget = self.widgets.split.upcast_ref();
            split.announce(&said, gtk::AccessibleAnnouncementPriority::Medium);
        }
    }
}

impl Parts {
    fn new(split: adw::OverlaySplitView, sender: &ComponentSender<DevicesPage>) -> Self {
        let refresh = rows::icon_button("view-refresh-symbolic", &gettext("Scan Again"));
        refresh.set_action_name(Some("win.scan"));
        let toggle =
            gtk::ToggleButton::builder().icon_name("sidebar-show-right-symbolic").active(true).build();
        toggle.update_property(&[gtk::accessible::Property::Label(&gettext("Details"))]);
        tooltip::set(&toggle, &gettext("Details"));
        split.bind_property("show-sidebar", &toggle, "active").bidirectional().sync_create().build();
        let header = adw::HeaderBar::new();
        header.pack_start(&refresh);
        header.pack_end(&toggle);
        let content = adw::ToolbarView::new();
        content.add_top_bar(&header);

        let details = adw::ToolbarView::new();
        details.set_bottom_bar_style(adw::ToolbarStyle::RaisedBorder);

        split.set_content(Some(&content));
        split.set_sidebar(Some(&details));
        details::leave_with_pane(&split, &details);
        let input = sender.input_sender().clone();
        split.connect_collapsed_notify(move |split| input.emit(DevicesInput::Overlaid(split.is_collapsed())));
        let input = sender.input_sender().clone();
        Self {
            split,
            content,
            toggle,
            list: None,
            details,
            details_header: None,
            copy: None,
            input,
            details_bar: None,
            header,
            shown: None,
            details_scrolled: None,
            banner: None,
        }
    }

    /// Puts the switch between views where the title is; the first frame need not wait for it.
    fn add_switch(&self, narrow: bool) {
        if self.header.title_widget().is_none() {
            self.header.set_title_widget(Some(&views::switch()));
            self.set_switch_narrow(narrow);
        }
    }

    fn set_switch_narrow(&self, narrow: bool) {
        if let Some(switch) = self.header.title_widget().and_downcast::<gtk::Box>() {
            views::set_narrow(&switch, narrow);
        }
    }
}
