//! The sidebar: host switcher and main menu above, the places one can go to below.

pub mod state;

use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::state::{MachineRow, MachinesView, Place};
use crate::pages::changes::state::ChangesView;
use crate::pages::readiness::state::ReadinessView;
use crate::widgets::tooltip;

/// Paints the list of places and says which one was chosen.
pub struct Sidebar {
    view: MachinesView,
    /// How many points need attention, and how many changes wait for a restart.
    attention: Counted,
    waiting: Counted,
    selected: Place,
    /// Where each row of the list leads, from the first one.
    places: Vec<Place>,
    list: gtk::ListBox,
    switcher: gtk::Label,
    host: gtk::MenuButton,
}

/// A number at the end of a row.
struct Counted {
    number: usize,
    badge: gtk::Label,
}

impl Default for Counted {
    fn default() -> Self {
        Self { number: 0, badge: badge() }
    }
}

/// What the sidebar shall show.
#[derive(Debug)]
pub enum SidebarInput {
    Machines(MachinesView),
    Select(Place),
    /// How many points need attention on the page of readiness.
    Attention(usize),
    /// How many changes wait for a restart.
    Waiting(usize),
    Label(String),
    HostMenu(gtk::gio::Menu),
    Row(i32),
}

/// Where the user wants to go.
#[derive(Debug)]
pub enum SidebarOutput {
    Open(Place),
}

/// The menus of the sidebar's header.
pub struct SidebarInit {
    pub host_menu: gtk::gio::Menu,
    pub main_menu: fn() -> gtk::gio::Menu,
}

impl SimpleComponent for Sidebar {
    type Init = SidebarInit;
    type Input = SidebarInput;
    type Output = SidebarOutput;
    type Root = adw::ToolbarView;
    type Widgets = ();

    fn init_root() -> adw::ToolbarView {
        adw::ToolbarView::new()
    }

    fn init(
        init: SidebarInit,
        root: adw::ToolbarView,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let switcher = gtk::Label::builder().ellipsize(gtk::pango::EllipsizeMode::End).build();
        switcher.add_css_class("heading");
        let (header, host) = header(&init, &switcher);
        root.add_top_bar(&header);

        let list = gtk::ListBox::builder().selection_mode(gtk::SelectionMode::Browse).build();
        list.add_css_class("navigation-sidebar");
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Places"))]);
        list.set_header_func(|row, _| {
            // The fourth row is the first one of the virtual machines.
            if row.index() == 3 && row.header().is_none() {
                row.set_header(Some(&heading()));
            }
        });
        let scrolled = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .child(&list)
            .build();
        root.set_content(Some(&scrolled));

        let mut model = Self {
            view: MachinesView::Connecting,
            attention: Counted::default(),
            waiting: Counted::default(),
            selected: Place::Devices,
            places: Vec::new(),
            list,
            switcher,
            host,
        };
        model.fill();
        model.list.connect_row_activated(move |_, row| sender.input(SidebarInput::Row(row.index())));
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: SidebarInput, sender: ComponentSender<Self>) {
        match input {
            SidebarInput::Machines(view) if view == self.view => {}
            SidebarInput::Machines(view) => {
                self.view = view;
                self.fill();
            }
            SidebarInput::Select(place) => {
                self.selected = place;
                self.select();
            }
            SidebarInput::Attention(attention) => {
                self.attention.number = attention;
                self.count();
            }
            SidebarInput::Waiting(waiting) => {
                self.waiting.number = waiting;
                self.count();
            }
            SidebarInput::Label(label) => {
                let spoken = gettext("Machine: {name}").replace("{name}", &label);
                self.host.update_property(&[gtk::accessible::Property::Label(&spoken)]);
                self.switcher.set_label(&label);
            }
            SidebarInput::HostMenu(menu) => pop_up(&self.host, move || menu.clone()),
            SidebarInput::Row(index) => {
                let place = usize::try_from(index).ok().and_then(|index| self.places.get(index));
                if let Some(place) = place.cloned() {
                    self.selected = place.clone();
                    // The window outlives its sidebar; there is nobody else to tell.
                    let _closing = sender.output(SidebarOutput::Open(place));
                }
            }
        }
    }
}

impl Sidebar {
    fn fill(&mut self) {
        let focused = self.list.focus_child().is_some();
        self.list.remove_all();
        self.places = vec![Place::Devices, Place::Readiness, Place::Changes];
        self.list.append(&simple_row("expansion-card-symbolic", &gettext("Devices")));
        self.attention.badge = badge();
        self.list.append(&counted_row("readiness-symbolic", &gettext("Readiness"), &self.attention.badge));
        self.waiting.badge = badge();
        let icon = "document-open-recent-symbolic";
        self.list.append(&counted_row(icon, &gettext("Changes"), &self.waiting.badge));
        self.count();
        match &self.view {
            MachinesView::Connecting => {
                self.places.push(Place::Machines);
                self.list.append(&connecting_row());
            }
            MachinesView::Nothing { icon, label } => {
                self.places.push(Place::Machines);
                self.list.append(&simple_row(icon, label));
            }
            MachinesView::Rows(rows) => {
                for row in rows {
                    self.places.push(Place::Machine(row.id.clone()));
                    self.list.append(&machine_row(row));
                }
            }
        }
        self.select();
        if focused && let Some(row) = self.list.selected_row() {
            row.grab_focus();
        }
    }

    /// Shows how many points need attention and how many changes wait, and says it with the rows' names.
    fn count(&self) {
        let attention = ReadinessView::spoken_attention(self.attention.number);
        let waiting = ChangesView::spoken_waiting(self.waiting.number);
        self.say(&Place::Readiness, gettext("Readiness"), &self.attention, &attention);
        self.say(&Place::Changes, gettext("Changes"), &self.waiting, &waiting);
    }

    fn say(&self, place: &Place, name: String, counted: &Counted, spoken: &str) {
        counted.badge.set_label(&counted.number.to_string());
        counted.badge.set_visible(counted.number > 0);
        let spoken = if counted.number == 0 { name } else { format!("{name}, {spoken}") };
        let place = self.places.iter().position(|each| each == place);
        let index = place.and_then(|index| i32::try_from(index).ok());
        if let Some(row) = index.and_then(|index| self.list.row_at_index(index)) {
            row.update_property(&[gtk::accessible::Property::Label(&spoken)]);
        }
    }

    fn select(&self) {
        let find = |wanted: &Place| self.places.iter().position(|place| place == wanted);
        // A virtual machine that cannot be seen now is behind the row that says why.
        let index = find(&self.selected).or_else(|| find(&Place::Machines));
        let row =
            index.and_then(|index| i32::try_from(index).ok()).and_then(|index| self.list.row_at_index(index));
        self.list.select_row(row.as_ref());
    }
}

fn header(init: &SidebarInit, switcher: &gtk::Label) -> (adw::HeaderBar, gtk::MenuButton) {
    let content = gtk::Box::new(gtk::Orientation::Horizontal, 6);
    content.append(switcher);
    content.append(&gtk::Image::from_icon_name("pan-down-symbolic"));
    let host = gtk::MenuButton::builder().child(&content).build();
    tooltip::set(&host, &gettext("Choose the Machine"));
    host.add_css_class("flat");
    host.update_property(&[gtk::accessible::Property::Label(&gettext("Choose the machine"))]);
    let menu = gtk::MenuButton::builder().icon_name("open-menu-symbolic").primary(true).build();
    tooltip::set(&menu, &gettext("Main Menu"));
    menu.update_property(&[gtk::accessible::Property::Label(&gettext("Main menu"))]);
    let host_menu = init.host_menu.clone();
    pop_up(&host, move || host_menu.clone());
    pop_up(&menu, init.main_menu);
    let header = adw::HeaderBar::builder().title_widget(&host).build();
    header.pack_end(&menu);
    (header, host)
}

/// Gives a button a menu that is made when it is opened: the first frame need not wait for it.
fn pop_up(button: &gtk::MenuButton, menu: impl Fn() -> gtk::gio::Menu + 'static) {
    button.set_create_popup_func(move |button| {
        let popover = gtk::PopoverMenu::from_model(Some(&menu()));
        button.set_popover(Some(&popover));
    });
}

fn heading() -> gtk::Label {
    let label = gtk::Label::builder()
        .label(gettext("Virtual Machines"))
        .xalign(0.0)
        .margin_start(12)
        .margin_top(14)
        .margin_bottom(6)
        .build();
    label.add_css_class("heading");
    label.add_css_class("dim-label");
    label.add_css_class("gw-small");
    label
}

fn simple_row(icon: &str, text: &str) -> gtk::ListBoxRow {
    named(&simple_line(icon, text), text)
}

/// The same with a count at its end.
fn counted_row(icon: &str, text: &str, badge: &gtk::Label) -> gtk::ListBoxRow {
    let line = simple_line(icon, text);
    line.append(badge);
    named(&line, text)
}

fn badge() -> gtk::Label {
    let badge = gtk::Label::builder()
        .hexpand(true)
        .halign(gtk::Align::End)
        .valign(gtk::Align::Center)
        .visible(false)
        .build();
    badge.add_css_class("gw-badge");
    badge
}

fn simple_line(icon: &str, text: &str) -> gtk::Box {
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    line.append(&gtk::Image::from_icon_name(icon));
    let label =
        gtk::Label::builder().label(text).xalign(0.0).ellipsize(gtk::pango::EllipsizeMode::End).build();
    line.append(&label);
    line
}

fn connecting_row() -> gtk::ListBoxRow {
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    line.append(&gtk::Spinner::builder().spinning(true).build());
    let text = gettext("Connecting…");
    line.append(&gtk::Label::new(Some(&text)));
    named(&line, &text)
}

fn machine_row(row: &MachineRow) -> gtk::ListBoxRow {
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    line.append(&gtk::Image::from_icon_name(if row.running { "vm-symbolic" } else { "vm-off-symbolic" }));
    let name =
        gtk::Label::builder().label(&row.name).xalign(0.0).ellipsize(gtk::pango::EllipsizeMode::End).build();
    let state =
        gtk::Label::builder().label(&row.state).xalign(0.0).ellipsize(gtk::pango::EllipsizeMode::End).build();
    state.add_css_class("gw-small");
    state.add_css_class(if row.running { "success" } else { "dim-label" });
    let texts = gtk::Box::new(gtk::Orientation::Vertical, 0);
    texts.append(&name);
    texts.append(&state);
    line.append(&texts);
    line.set_margin_top(4);
    line.set_margin_bottom(4);
    named(&line, &format!("{}, {}", row.name, row.state))
}

fn named(child: &gtk::Box, name: &str) -> gtk::ListBoxRow {
    let row = gtk::ListBoxRow::builder().child(child).build();
    row.update_property(&[gtk::accessible::Property::Label(name)]);
    row
}
