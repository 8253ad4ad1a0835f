//! The map: the PCI tree as a drawing, to look at, to walk through, and to put into a bug report. What is drawn comes
//! from `gangway_client::map`; this file connects it with the window. Made when it is first looked at.

mod boxes;
mod controls;
pub mod export;
mod input;
mod node;
pub mod paint;
pub mod scene;
pub mod view;
pub mod zoom;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use gangway_client::claims::{Owners, owners};
use gangway_client::hypervisor::VirtualMachine;
use gangway_client::target::Target;
use gangway_core::host::Link;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::export::Format;
use self::scene::{Parts, Scene};
use self::view::{MapView, Told};
use super::devices::empty;
use crate::situation::Snapshot;
use crate::widgets::{rows, views};

type Links = Arc<BTreeMap<PciAddress, Link>>;

/// The page.
pub struct MapPage {
    snapshot: Option<Arc<Snapshot>>,
    target: Option<Target>,
    links: Option<Links>,
    owners: Owners,
    /// Counts what was shown; links of an earlier machine come too late.
    generation: u32,
    frame: adw::ToolbarView,
    header: Header,
    map: gtk::Box,
    view: MapView,
    legend: gtk::DrawingArea,
    bar: gtk::Box,
}

/// What happens to the page.
#[derive(Debug)]
pub enum MapInput {
    /// A machine is being read.
    Reading,
    /// It was read, as the files of this target.
    Show {
        snapshot: Arc<Snapshot>,
        target: Target,
    },
    /// It could not be read, for this reason.
    Failed(String),
    /// The virtual machines are now these.
    Machines(Vec<VirtualMachine>),
    /// The links were read.
    Links(u32, Links),
    /// There is room for little.
    Narrow(bool),
    Told(Told),
    Zoom(Zoom),
    Export(Format),
    /// Go to this device.
    Select(PciAddress),
    /// The keyboard goes to the map.
    Focus,
}

/// What keys and buttons do to the zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
    Whole,
    Plain,
}

/// What the page tells the window.
#[derive(Debug)]
pub enum MapOutput {
    /// This device was come to.
    Selected(Option<PciAddress>),
    /// Show this device in the list.
    Open(PciAddress),
    /// Say this in passing.
    Say(String),
}

/// The actions of the page, with their keys.
const ZOOMS: [(&str, Zoom, &[&str]); 4] = [
    ("zoom-in", Zoom::In, &["<Control>plus", "<Control>equal", "<Control>KP_Add"]),
    ("zoom-out", Zoom::Out, &["<Control>minus", "<Control>KP_Subtract"]),
    ("zoom-plain", Zoom::Plain, &["<Control>0", "<Control>KP_0"]),
    ("zoom-fit", Zoom::Whole, &["<Control>9"]),
];

impl Component for MapPage {
    type Init = ();
    type Input = MapInput;
    type Output = MapOutput;
    type CommandOutput = ();
    type Root = adw::ToolbarView;
    type Widgets = gtk::Label;

    fn init_root() -> adw::ToolbarView {
        adw::ToolbarView::new()
    }

    fn init((): (), frame: adw::ToolbarView, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let view = MapView::default();
        view.update_property(&[
            gtk::accessible::Property::Label(&gettext("Map of the PCI tree")),
            gtk::accessible::Property::Description(&gettext(
                "Arrows go from device to device, Enter shows it in the list.",
            )),
        ]);
        let input = sender.input_sender().clone();
        view.connect_told(move |told| input.emit(MapInput::Told(told)));
        let scrolled = gtk::ScrolledWindow::builder().hexpand(true).vexpand(true).child(&view).build();
        let (bar, label) = controls::zoom_bar();
        let legend = controls::legend(view.fonts());
        let map = gtk::Box::new(gtk::Orientation::Vertical, 0);
        map.append(&scrolled);
        let below = gtk::Box::new(gtk::Orientation::Horizontal, 0);
        below.append(&legend);
        below.append(&bar);
        map.append(&below);
        let header = Header::new();
        frame.add_top_bar(&header.bar);
        add_actions(&frame, &sender);
        let redraw = (view.downgrade(), legend.downgrade());
        adw::StyleManager::default().connect_dark_notify(move |_| {
            if let (Some(view), Some(legend)) = (redraw.0.upgrade(), redraw.1.upgrade()) {
                view.queue_draw();
                legend.queue_draw();
            }
        });
        let model = Self {
            snapshot: None,
            target: None,
            links: None,
            owners: Owners::new(),
            generation: 0,
            frame,
            header,
            map,
            view,
            legend,
            bar,
        };
        ComponentParts { model, widgets: label }
    }

    fn update_with_view(
        &mut self,
        label: &mut gtk::Label,
        input: MapInput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match input {
            MapInput::Reading => self.replace(&empty::reading()),
            MapInput::Failed(reason) => self.replace(&empty::unreadable(&reason)),
            MapInput::Show { snapshot, target } => self.show(snapshot, target, &sender),
            MapInput::Machines(machines) => {
                let owners = owners(&machines);
                if owners != self.owners {
                    self.owners = owners;
                    self.draw(true);
                }
            }
            MapInput::Links(generation, links) if generation == self.generation => {
                let changed = self.links.as_ref() != Some(&links);
                self.links = Some(links);
                if changed {
                    self.draw(true);
                }
            }
            MapInput::Links(..) => {}
            MapInput::Narrow(narrow) => {
                self.legend.set_visible(!narrow);
                self.bar.set_hexpand(narrow);
                self.header.set_narrow(narrow);
            }
            MapInput::Told(Told::Open(address)) => {
                // The window may be closing.
                let _closing = sender.output(MapOutput::Open(address));
            }
            MapInput::Told(Told::Selected) => self.tell_selected(&sender),
            MapInput::Told(Told::Zoomed) => {
                let percent = (self.view.zoom() * 100.0).round();
                label.set_label(&gettext("{percent} %").replace("{percent}", &percent.to_string()));
            }
            MapInput::Zoom(how) => self.zoom(how),
            MapInput::Export(format) => self.export(format, &sender),
            MapInput::Select(address) => {
                if let Some(node) = self.view.scene().and_then(|scene| scene.map.node_of(address)) {
                    self.view.go_to(node);
                }
            }
            MapInput::Focus => {
                self.view.grab_focus();
            }
        }
    }
}

impl MapPage {
    fn show(&mut self, snapshot: Arc<Snapshot>, target: Target, sender: &ComponentSender<Self>) {
        let same_machine = self.snapshot.is_some() && self.target.as_ref() == Some(&target);
        if snapshot.host.functions.is_empty() {
            self.replace(&empty::no_devices());
            return;
        }
        let known = |before: &Arc<Snapshot>| Arc::ptr_eq(before, &snapshot);
        if same_machine && self.snapshot.as_ref().is_some_and(known) {
            return;
        }
        self.generation += 1;
        if !same_machine {
            self.links = None;
        }
        let unchanged =
            same_machine && self.snapshot.as_ref().is_some_and(|before| before.host == snapshot.host);
        self.snapshot = Some(snapshot.clone());
        self.target = Some(target.clone());
        if self.frame.content().as_ref() != Some(self.map.upcast_ref()) {
            self.frame.set_content(Some(&self.map));
        }
        if !unchanged {
            self.draw(same_machine);
        }
        let (generation, input) = (self.generation, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let read = move || Some(snapshot.host.links(&target.source().ok()?));
            if let Ok(Some(links)) = gio::spawn_blocking(read).await {
                // The page may be gone.
                let _closing = input.send(MapInput::Links(generation, Arc::new(links)));
            }
        });
    }

    fn tell_selected(&self, sender: &ComponentSender<Self>) {
        // The window may be closing.
        let _closing = sender.output(MapOutput::Selected(self.view.selected()));
    }

    fn draw(&self, same_machine: bool) {
        let Some(snapshot) = self.snapshot.clone() else { return };
        let parts = Parts { snapshot, links: self.links.clone(), owners: self.owners.clone() };
        self.view.show(&Rc::new(Scene::new(parts, &*self.view.fonts())), same_machine);
    }

    /// Puts a whole page where the map is.
    fn replace(&mut self, page: &impl IsA<gtk::Widget>) {
        self.snapshot = None;
        self.links = None;
        self.generation += 1;
        self.view.clear();
        self.frame.set_content(Some(page));
    }

    fn zoom(&self, how: Zoom) {
        let now = self.view.zoom();
        match how {
            Zoom::In => self.view.set_zoom(zoom::closer(now), None),
            Zoom::Out => self.view.set_zoom(zoom::further(now), None),
            Zoom::Plain => self.view.set_zoom(1.0, None),
            Zoom::Whole => self.view.fit(),
        }
    }

    fn export(&self, format: Format, sender: &ComponentSender<Self>) {
        let Some(scene) = self.view.scene() else { return };
        let window = self.frame.root().and_downcast::<gtk::Window>();
        let output = sender.output_sender().clone();
        export::ask(
            window.as_ref(),
            &scene,
            &self.view.fonts(),
            MapView::palette(),
            format,
            move |sentence| output.emit(MapOutput::Say(sentence)),
        );
    }
}

/// The header of the page.
struct Header {
    bar: adw::HeaderBar,
    switch: gtk::Box,
    export: gtk::MenuButton,
}

impl Header {
    fn new() -> Self {
        let refresh = rows::icon_button("view-refresh-symbolic", &gettext("Scan Again"));
        refresh.set_action_name(Some("win.scan"));
        let menu = gio::Menu::new();
        menu.append(Some(&gettext("As _SVG Drawing…")), Some("map.export-svg"));
        menu.append(Some(&gettext("As _PNG Picture…")), Some("map.export-png"));
        let export = gtk::MenuButton::builder().menu_model(&menu).build();
        export.update_property(&[gtk::accessible::Property::Label(&gettext("Export"))]);
        let switch = views::switch();
        let bar = adw::HeaderBar::builder().title_widget(&switch).build();
        bar.pack_start(&refresh);
        bar.pack_end(&export);
        let header = Self { bar, switch, export };
        header.set_narrow(false);
        header
    }

    fn set_narrow(&self, narrow: bool) {
        views::set_narrow(&self.switch, narrow);
        if narrow {
            self.export.set_icon_name("external-link-symbolic");
        } else {
            self.export.set_label(&gettext("Export"));
        }
    }
}

fn add_actions(frame: &adw::ToolbarView, sender: &ComponentSender<MapPage>) {
    let group = gio::SimpleActionGroup::new();
    let keys = gtk::ShortcutController::new();
    // Wherever the keyboard is in the window, while this page is in it.
    keys.set_scope(gtk::ShortcutScope::Managed);
    let add = |name: &str, accelerators: &[&str], message: fn() -> MapInput| {
        let action = gio::SimpleAction::new(name, None);
        let input = sender.input_sender().clone();
        action.connect_activate(move |_, _| input.emit(message()));
        group.add_action(&action);
        for accelerator in accelerators {
            let trigger = gtk::ShortcutTrigger::parse_string(accelerator);
            let action = gtk::NamedAction::new(&format!("map.{name}"));
            keys.add_shortcut(gtk::Shortcut::new(trigger, Some(action)));
        }
    };
    for (name, zoom, accelerators) in ZOOMS {
        let message = match zoom {
            Zoom::In => || MapInput::Zoom(Zoom::In),
            Zoom::Out => || MapInput::Zoom(Zoom::Out),
            Zoom::Whole => || MapInput::Zoom(Zoom::Whole),
            Zoom::Plain => || MapInput::Zoom(Zoom::Plain),
        };
        add(name, accelerators, message);
    }
    add("export-svg", &["<Control>e"], || MapInput::Export(Format::Svg));
    add("export-png", &[], || MapInput::Export(Format::Png));
    frame.insert_action_group("map", Some(&group));
    frame.add_controller(keys);
}
