//! The window: knows the machine that is looked at and the connection to libvirt, and routes between sidebar,
//! pages and dialogs. It paints nothing itself but the frame around them.

mod about;
mod actions;
mod after;
mod carry_out;
mod content;
mod follow;
mod host;
mod live;
mod map;
mod menus;
mod readiness;
mod report;
mod update;

use std::path::PathBuf;
use std::sync::Arc;

use gangway_client::connection::{Keeper, Update};
use gangway_client::hypervisor::{VirtualMachine, VmId};
use gangway_client::restart::RestartError;
use gangway_client::target::{HostChoice, Target};
use gangway_client::text::DeviceNames;
use gangway_client::udev::Notice;
use gangway_core::pci::PciAddress;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use self::actions::Act;
use self::after::After;
pub use self::after::AfterNews;
use self::host::HostChanges;
pub use self::host::HostNews;
use self::live::Events;
use self::readiness::{Checkup, Found};
use crate::attempt::Attempt;
use crate::connection::Connection;
use crate::dialogs::OpenDialog;
use crate::measure::ProcessStart;
use crate::pages::devices::known::Known;
use crate::pages::devices::{DevicesInput, DevicesOutput, DevicesPage};
use crate::pages::machine::MachinePage;
use crate::pages::machine::state::Former;
use crate::pages::map::MapPage;
use crate::sidebar::state::{MachinesView, Place};
use crate::sidebar::{Sidebar, SidebarInit, SidebarInput, SidebarOutput};
use crate::situation::Snapshot;
use crate::start::{Reading, Scanner};
use crate::widgets::status::StatusView;
use crate::widgets::views::View;

/// The whole application.
pub struct Window {
    target: Target,
    /// Counts the machines that were switched to; what belongs to an earlier one is dropped.
    generation: u32,
    snapshot: Option<Arc<Snapshot>>,
    connection: Connection,
    attempt: Attempt,
    machines: Vec<VirtualMachine>,
    place: Place,
    /// How the devices are looked at.
    view: View,
    selected: Option<PciAddress>,
    narrow: bool,
    keeper: Option<Keeper>,
    scanner: Scanner,
    sidebar: Controller<Sidebar>,
    devices: Controller<DevicesPage>,
    machine: Option<Controller<MachinePage>>,
    /// The page that says why there are no virtual machines, and what it says.
    no_machines: Option<(StatusView, adw::ToolbarView)>,
    map: Option<Controller<MapPage>>,
    checkup: Checkup,
    /// Changes of the host.
    host: HostChanges,
    dialog: Option<OpenDialog>,
    /// What is known after the restart of a reservation.
    after: After,
    frame: Frame,
    measuring: Option<Measuring>,
    /// What is heard of devices that come and go, once the first picture of this computer is there.
    events: Events,
    /// The first frame shows the machine, or why it could not be read.
    read_at_once: bool,
}

/// What the window starts with.
pub struct WindowInit {
    pub target: Target,
    /// The scan that is under way already.
    pub scanner: Scanner,
    /// Print how long the start took, and end.
    pub measure: Option<ProcessStart>,
    /// Print how long each change of the devices took to appear.
    pub measure_changes: bool,
    /// Walk through the demo and save pictures in this folder.
    pub walk: Option<PathBuf>,
}

/// What happens in and to the window.
#[derive(Debug)]
pub enum WindowInput {
    /// A machine was read.
    Read(Reading),
    /// Devices of this computer came, went or changed.
    Noticed(Notice),
    /// News of the connection that belongs to this generation.
    Connection(u32, ConnectionNews),
    Open(Place),
    /// A device was selected in the list.
    DeviceSelected(Option<PciAddress>),
    /// A device was come to on the map.
    MapSelected(Option<PciAddress>),
    /// A device of the map is to be shown in the list.
    Reveal(PciAddress),
    /// A device is to be handed over.
    HandOver(PciAddress),
    /// The machine of this generation can be looked at as a whole.
    Check(u32),
    /// It was, for this generation.
    Checked(u32, Found),
    /// What happens to changes of the host.
    Host(HostNews),
    /// News of what comes after the restart of a reservation.
    After(AfterNews),
    /// The devices of the full model, for this generation.
    Known(u32, Arc<Known>),
    TakeBack {
        machine: VmId,
        devices: Vec<PciAddress>,
    },
    PutBack {
        machine: VmId,
        former: Former,
    },
    Act(Act),
    Switch(HostChoice),
    /// The first frame was painted, so many milliseconds after the start where that is measured.
    Painted(Option<f64>),
    /// The attempt of this generation to connect was seen long enough.
    AttemptSeen(u32),
    Narrow(bool),
    Toast(String),
    DialogClosed,
    /// The machine is to be started again.
    Restart,
    /// What came of that, for this generation.
    Restarted(u32, Result<(), RestartError>),
}

/// News of the connection.
pub struct ConnectionNews(pub Update);

impl std::fmt::Debug for ConnectionNews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConnectionNews")
    }
}

/// The widgets of the frame.
struct Frame {
    window: adw::ApplicationWindow,
    toasts: adw::ToastOverlay,
    split: adw::NavigationSplitView,
    content: adw::NavigationPage,
    actions: actions::Actions,
}

/// What `--measure-start` waits for.
#[derive(Clone, Copy)]
struct Measuring {
    start: ProcessStart,
    first_frame: Option<f64>,
}

impl SimpleComponent for Window {
    type Init = WindowInit;
    type Input = WindowInput;
    type Output = ();
    type Root = adw::ApplicationWindow;
    type Widgets = ();

    fn init_root() -> adw::ApplicationWindow {
        adw::ApplicationWindow::builder()
            .title("Gangway")
            .default_width(1280)
            .default_height(800)
            .width_request(360)
            .height_request(294)
            .build()
    }

    fn init(
        init: WindowInit,
        root: adw::ApplicationWindow,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let in_demo = matches!(init.target.host, HostChoice::Demo(_));
        let sidebar = Sidebar::builder()
            .launch(SidebarInit { host_menu: menus::host(in_demo), main_menu: menus::main })
            .forward(sender.input_sender(), |SidebarOutput::Open(place)| WindowInput::Open(place));
        // A small machine was read while the style sheets were: its devices are in the first frame.
        let mut read = init.scanner.first();
        let waiting = read.as_mut().and_then(|reading| {
            init.scanner.arrived(reading);
            reading.events.take()
        });
        let read = read.map(|reading| reading.result);
        let snapshot = read.as_ref().and_then(|read| read.as_ref().ok()).cloned();
        let devices = DevicesPage::builder()
            .launch(snapshot.clone())
            .forward(sender.input_sender(), |DevicesOutput::Selected(address)| {
                WindowInput::DeviceSelected(address)
            });
        let frame = Frame::new(&root, sidebar.widget(), &init.target, &sender);
        let measuring = init.measure.map(|start| Measuring { start, first_frame: None });
        let mut model = Self {
            target: init.target,
            generation: 0,
            snapshot,
            connection: Connection::Connecting,
            attempt: Attempt::None,
            machines: Vec::new(),
            place: Place::Devices,
            view: View::default(),
            selected: None,
            narrow: false,
            keeper: None,
            scanner: init.scanner,
            sidebar,
            devices,
            machine: None,
            no_machines: None,
            map: None,
            checkup: Checkup::default(),
            host: HostChanges::default(),
            dialog: None,
            after: After::default(),
            frame,
            measuring,
            events: Events::new(init.measure_changes, waiting),
            read_at_once: read.is_some(),
        };
        model.frame.adapt(&model.details_split(), &sender);
        model.frame.content.set_child(Some(&model.details_split()));
        let label = match &model.snapshot {
            Some(snapshot) => snapshot.label.clone(),
            None => crate::words::machine_label(&model.target.host, ""),
        };
        model.sidebar.emit(SidebarInput::Label(label));
        if let Some(Err(reason)) = read {
            model.forget_readiness(Some(&reason));
            model.devices.emit(DevicesInput::Failed(reason));
        }
        model.enable_actions();
        let input = sender.input_sender().clone();
        crate::measure::after_first_frame(root.upcast_ref(), move || {
            input.emit(WindowInput::Painted(init.measure.map(ProcessStart::elapsed_ms)));
        });
        if let Some(folder) = init.walk {
            crate::walk::start(folder, &root, sender.input_sender());
        }
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: WindowInput, sender: ComponentSender<Self>) {
        match input {
            WindowInput::Read(reading) => self.read(reading, &sender),
            WindowInput::Noticed(notice) => self.noticed(notice),
            WindowInput::Connection(generation, news) if generation == self.generation => {
                self.connection_news(news.0, &sender);
            }
            WindowInput::Connection(..) => {}
            WindowInput::Open(place) => self.open(place, &sender),
            // On the map its own device is the selected one, whatever the list behind it does.
            WindowInput::DeviceSelected(_) if self.is_on_map() => {}
            WindowInput::DeviceSelected(address) | WindowInput::MapSelected(address) => {
                self.selected = address;
                self.enable_actions();
            }
            WindowInput::Reveal(address) => self.reveal(address, &sender),
            WindowInput::HandOver(address) => self.hand_over(address, &sender),
            WindowInput::Check(generation) => self.check(generation, &sender),
            WindowInput::Checked(generation, found) => self.checked(generation, found, &sender),
            WindowInput::Host(news) => self.host_news(news, &sender),
            WindowInput::After(news) => self.after_news(news, &sender),
            WindowInput::Known(generation, known) if generation == self.generation => {
                self.devices.emit(DevicesInput::Known(known));
            }
            WindowInput::Known(..) => {}
            WindowInput::TakeBack { machine, devices } => self.take_back(&machine, devices, &sender),
            WindowInput::PutBack { machine, former } => self.put_back(&machine, former, &sender),
            WindowInput::Act(act) => self.act(act, &sender),
            WindowInput::Switch(host) => self.switch(Target { host, connect: None }, &sender),
            WindowInput::Painted(after) => self.painted(after, &sender),
            WindowInput::AttemptSeen(generation) if generation == self.generation => {
                self.attempt_seen(&sender);
            }
            WindowInput::AttemptSeen(_) => {}
            WindowInput::Narrow(narrow) => self.set_narrow(narrow),
            WindowInput::Toast(text) => self.frame.say(&text),
            WindowInput::Restart => self.restart(&sender),
            WindowInput::Restarted(generation, outcome) if generation == self.generation => {
                self.restarted(outcome, &sender);
            }
            WindowInput::Restarted(..) => {}
            WindowInput::DialogClosed => {
                self.dialog = None;
                self.host_dialog_closed();
            }
        }
    }
}

impl Frame {
    fn new(
        window: &adw::ApplicationWindow,
        sidebar: &adw::ToolbarView,
        target: &Target,
        sender: &ComponentSender<Window>,
    ) -> Self {
        let sidebar = adw::NavigationPage::builder().title("Gangway").child(sidebar).build();
        let content = adw::NavigationPage::builder().title(gettextrs::gettext("Devices")).build();
        let split = adw::NavigationSplitView::builder()
            .sidebar(&sidebar)
            .content(&content)
            .min_sidebar_width(236.0)
            .max_sidebar_width(248.0)
            .show_content(true)
            .build();
        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&split));
        AdwApplicationWindowExt::set_content(window, Some(&toasts));
        // libadwaita before 1.6 has paler colours on tinted ground.
        if (adw::major_version(), adw::minor_version()) < (1, 6) {
            window.add_css_class("gw-pale");
        }
        let actions = actions::Actions::new(window, target, sender);
        Self { window: window.clone(), toasts, split, content, actions }
    }

    /// Says something in passing. Texts hold the names of files and machines, which are no markup.
    fn say(&self, text: &str) {
        self.toasts.add_toast(adw::Toast::builder().use_markup(false).title(text).build());
    }

    /// Below 1000sp the details lie over the list, below 600sp there is one page at a time.
    fn adapt(&self, details: &adw::OverlaySplitView, sender: &ComponentSender<Window>) {
        let condition = |sp: f64| {
            adw::BreakpointCondition::new_length(
                adw::BreakpointConditionLengthType::MaxWidth,
                sp,
                adw::LengthUnit::Sp,
            )
        };
        let medium = adw::Breakpoint::new(condition(1000.0));
        medium.add_setter(details, "collapsed", Some(&true.to_value()));
        medium.add_setter(details, "show-sidebar", Some(&false.to_value()));
        self.window.add_breakpoint(medium);
        let narrow = adw::Breakpoint::new(condition(600.0));
        narrow.add_setter(details, "collapsed", Some(&true.to_value()));
        narrow.add_setter(details, "show-sidebar", Some(&false.to_value()));
        narrow.add_setter(details, "max-sidebar-width", Some(&600.0.to_value()));
        narrow.add_setter(details, "sidebar-width-fraction", Some(&1.0.to_value()));
        narrow.add_setter(&self.split, "collapsed", Some(&true.to_value()));
        let input = sender.input_sender().clone();
        narrow.connect_apply(move |_| input.emit(WindowInput::Narrow(true)));
        let input = sender.input_sender().clone();
        narrow.connect_unapply(move |_| input.emit(WindowInput::Narrow(false)));
        self.window.add_breakpoint(narrow);
    }
}

impl Window {
    fn details_split(&self) -> adw::OverlaySplitView {
        self.devices.widget().clone()
    }

    /// What devices are called: by their addresses until the machine was read.
    fn names(&self) -> DeviceNames<'_> {
        match &self.snapshot {
            Some(snapshot) => snapshot.device_names(),
            None => DeviceNames::addresses(),
        }
    }

    /// What the sidebar shows now.
    fn refresh_sidebar(&self) {
        let connection = if self.attempt.is_trying() { &Connection::Connecting } else { &self.connection };
        let view = MachinesView::new(connection, &self.machines, self.snapshot.as_deref());
        self.sidebar.emit(SidebarInput::Machines(view));
        self.sidebar.emit(SidebarInput::Select(self.place.clone()));
    }
}
