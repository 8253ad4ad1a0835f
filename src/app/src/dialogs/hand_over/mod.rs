//! Handing over, step by step: what goes along, to which virtual machine, with which options, then the review.
//! What each step says is in `state`, its widgets in `pages`, the end in the shared flow.

pub mod method;
mod pages;
pub mod state;

use std::path::PathBuf;
use std::sync::Arc;

use gangway_client::handover::{self, Method, Methods, reservable, without_reset};
use gangway_client::hypervisor::{Definition, VirtualMachine, VmId};
use gangway_client::saga;
use gangway_client::text;
use gangway_core::host::HostChange;
use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::gio;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::method::{MethodView, Offer};
use self::pages::StepPage;
use self::state::{AlongView, Choices, MachineChoice};
use super::flow::{DONE, Flow, FlowAsk, FlowNews, GONE, REVIEW};
use super::host_change::along::{Along, Guest};
use super::knowing::Knowing;
use super::review::Way;
use super::{DialogOutput, News, Tools};
use crate::gone::Gone;
use crate::situation::Snapshot;
use crate::widgets::status;

/// The dialog.
pub struct HandOver {
    tools: Tools,
    machines: Vec<VirtualMachine>,
    /// What the second step shows, once it does.
    listed: Option<Vec<MachineChoice>>,
    choices: Choices,
    /// How the host can let go, once that is known.
    offer: Option<Offer>,
    navigation: adw::NavigationView,
    along: StepPage,
    machine: StepPage,
    options: StepPage,
    flow: Flow,
    /// The machine as it became while something was written.
    late: Option<Arc<Snapshot>>,
}

/// What is to be handed over, and to whom it could go.
pub struct HandOverInit {
    pub tools: Tools,
    pub machines: Vec<VirtualMachine>,
    pub address: PciAddress,
}

/// What happens in the dialog.
#[derive(Debug)]
pub enum HandOverInput {
    /// *Continue* of the page that is seen.
    Continue,
    Cancel,
    WholeGroup(bool),
    Machine(VmId),
    /// No virtual machine: the card is reserved only.
    NoMachine,
    Method(Method),
    Switch(usize, bool),
    ChooseRom,
    Rom(Option<PathBuf>),
    Ask(FlowAsk),
    /// The connection or the virtual machines are others now.
    News(News),
    /// The machine is otherwise now.
    Seen(Arc<Snapshot>),
    /// A page was gone back from.
    Returned,
}

/// What a worker brings.
#[derive(Debug)]
pub enum HandOverNews {
    /// How the host can let go, and the definition of the chosen machine, or why that cannot be had.
    Known(Option<VmId>, Box<Known>),
    Flow(FlowNews),
    /// What comes along with a reservation, or why that cannot be.
    Along(Result<Along, String>),
}

/// What the third step needs to know.
#[derive(Debug)]
pub struct Known {
    /// None where the devices cannot leave at all, which the review says.
    offer: Option<Offer>,
    /// None where no machine was chosen.
    definition: Option<Result<Definition, String>>,
}

const ALONG: &str = "along";
const MACHINE: &str = "machine";
const OPTIONS: &str = "options";

impl Component for HandOver {
    type Init = HandOverInit;
    type Input = HandOverInput;
    type Output = DialogOutput;
    type CommandOutput = HandOverNews;
    type Root = adw::Dialog;
    type Widgets = ();

    fn init_root() -> adw::Dialog {
        adw::Dialog::builder().title(gettext("Hand Over")).content_width(720).content_height(690).build()
    }

    fn init(init: HandOverInit, root: adw::Dialog, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let navigation = adw::NavigationView::new();
        let step = |title: String, number: u32, tag: &str| StepPage::new(&title, number, tag, &sender);
        let along = step(gettext("What Goes Along"), 1, ALONG);
        let machine = step(gettext("Virtual Machine"), 2, MACHINE);
        let options = step(gettext("Method"), 3, OPTIONS);
        let input = sender.input_sender().clone();
        let flow = Flow::new(
            Way::HandOver,
            init.tools.clone(),
            &root,
            &navigation,
            &pages::step_line(4),
            false,
            move |ask| input.emit(HandOverInput::Ask(ask)),
        );
        along.add_cancel(&sender);
        let input = sender.input_sender().clone();
        navigation.connect_popped(move |_, _| input.emit(HandOverInput::Returned));
        navigation.push(&along.page);
        root.set_child(Some(&navigation));
        root.add_controller(continue_key(&sender));
        let output = sender.output_sender().clone();
        root.connect_closed(move |_| {
            // The window may be gone.
            let _closing = output.send(DialogOutput::Closed);
        });
        let model = Self {
            tools: init.tools,
            machines: init.machines,
            listed: None,
            choices: Choices::new(init.address),
            offer: None,
            navigation,
            along,
            machine,
            options,
            flow,
            late: None,
        };
        model.paint_along(&sender);
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: HandOverInput, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            HandOverInput::Continue => self.go_on(&sender),
            HandOverInput::Cancel => {
                root.close();
            }
            HandOverInput::WholeGroup(whole) => {
                self.choices.whole_group = whole;
                self.paint_along(&sender);
            }
            HandOverInput::Machine(id) => {
                self.choices.machine = Some(id);
                self.choices.only_reserve = false;
                self.machine.set_ready(true);
            }
            HandOverInput::NoMachine => {
                self.choices.machine = None;
                self.choices.only_reserve = true;
                self.machine.set_ready(true);
            }
            HandOverInput::Method(method) => {
                if self.choices.method != Some(method) {
                    self.choices.method = Some(method);
                    self.paint_options(&sender);
                }
            }
            HandOverInput::Switch(index, on) => {
                if let Some(switch) = self.choices.switches.get_mut(index) {
                    switch.on = on;
                }
            }
            HandOverInput::ChooseRom => choose_rom(root, &sender),
            HandOverInput::Rom(path) => {
                self.choices.rom = path;
                self.paint_options(&sender);
            }
            HandOverInput::Ask(ask) => self.ask(ask, &sender, root),
            HandOverInput::News(news) => {
                self.flow.connect(&news.hypervisor);
                self.tools.hypervisor = news.hypervisor;
                self.machines = news.machines;
                self.repaint_machines(&sender);
            }
            HandOverInput::Seen(snapshot) => self.see(snapshot, &sender),
            HandOverInput::Returned => self.repaint_machines(&sender),
        }
    }

    fn update_cmd(&mut self, news: HandOverNews, sender: ComponentSender<Self>, root: &Self::Root) {
        match news {
            HandOverNews::Known(id, known) if self.choices.machine == id => self.know(*known, &sender),
            HandOverNews::Known(..) => {}
            HandOverNews::Along(Ok(along)) => {
                let device = self.choices.address;
                let intent = Intent::Reserve { device, whole_group: self.choices.whole_group };
                root.close();
                // The window may be closing.
                let _closing = sender.output(DialogOutput::Reserve(intent, Arc::new(along)));
            }
            HandOverNews::Along(Err(sentence)) => {
                self.options.show(&status::failed(&gettext("This Cannot Be Done"), &sentence));
            }
            HandOverNews::Flow(news) => {
                let input = sender.input_sender().clone();
                self.flow.news(news, move |ask| input.emit(HandOverInput::Ask(ask)));
                if let Some(snapshot) = self.late.take() {
                    self.see(snapshot, &sender);
                }
            }
        }
    }
}

impl HandOver {
    /// Takes the next step, if the present one is complete. Never applies.
    fn go_on(&mut self, sender: &ComponentSender<Self>) {
        match self.tag().as_deref() {
            Some(ALONG) if self.along.is_ready() => {
                self.paint_machines(sender);
                self.navigation.push(&self.machine.page);
            }
            Some(MACHINE) if self.machine.is_ready() => {
                self.read_known(sender);
                self.navigation.push(&self.options.page);
            }
            Some(OPTIONS) if self.options.is_ready() && self.choices.method == Some(Method::Reserved) => {
                self.plan_along(sender);
            }
            Some(OPTIONS) if self.options.is_ready() => {
                self.navigation.push(self.flow.page());
                self.plan(sender);
            }
            _ => {}
        }
    }

    /// The machine is otherwise now: what was decided of it is shown anew, and reviewed anew. What is written is not
    /// disturbed, and what was written stays as it was said.
    fn see(&mut self, after: Arc<Snapshot>, sender: &ComponentSender<Self>) {
        if self.flow.is_writing() {
            self.late = Some(after);
            return;
        }
        let tag = self.tag();
        if matches!(tag.as_deref(), Some(DONE | GONE)) {
            return;
        }
        let before = std::mem::replace(&mut self.tools.snapshot, after);
        let after = self.tools.snapshot.clone();
        let change = HostChange::between(&before.host, &after.host);
        if let Some(gone) = Gone::new(&before, self.choices.address, &change) {
            let input = sender.input_sender().clone();
            self.flow.gone(&gone, move |ask| input.emit(HandOverInput::Ask(ask)));
            return;
        }
        self.flow.see(&after);
        if AlongView::new(&before, &self.choices) != AlongView::new(&after, &self.choices) {
            self.paint_along(sender);
        }
        if self.choices.going(&before) != self.choices.going(&after) {
            match tag.as_deref() {
                Some(MACHINE) => self.paint_machines(sender),
                Some(OPTIONS) if self.options.is_ready() => self.paint_options(sender),
                Some(REVIEW) => self.plan(sender),
                _ => {}
            }
        }
    }

    fn tag(&self) -> Option<gtk::glib::GString> {
        self.navigation.visible_page().and_then(|page| page.tag())
    }

    fn paint_along(&self, sender: &ComponentSender<Self>) {
        let view = AlongView::new(&self.tools.snapshot, &self.choices);
        self.along.set_ready(view.can_continue(&self.choices));
        self.along.show(&pages::along(&view, self.choices.whole_group, sender));
    }

    fn paint_machines(&mut self, sender: &ComponentSender<Self>) {
        let list = state::machine_choices(&self.tools.snapshot, &self.choices, &self.machines);
        if self.listed.as_ref() == Some(&list) {
            return;
        }
        let possible = |id: &VmId| list.iter().any(|choice| choice.possible && choice.id == *id);
        if self.listed.is_none() {
            self.choices.machine = list.iter().find(|choice| choice.possible).map(|choice| choice.id.clone());
        } else {
            // Where the chosen one is gone, nobody but the user says which one takes its place.
            self.choices.machine = self.choices.machine.take().filter(possible);
        }
        self.machine.set_ready(self.choices.machine.is_some() || self.choices.only_reserve);
        self.machine.show(&pages::machines(&list, &self.choices, sender));
        self.listed = Some(list);
    }

    /// The second step with what is known now, if it is seen: what was chosen there stays for the later ones.
    fn repaint_machines(&mut self, sender: &ComponentSender<Self>) {
        if self.tag().as_deref() == Some(MACHINE) {
            self.paint_machines(sender);
        }
    }

    /// Has a worker read what the third step needs.
    fn read_known(&mut self, sender: &ComponentSender<Self>) {
        let id = self.choices.machine.clone();
        self.options.set_ready(false);
        self.options.show(&status::waiting(&gettext("Looking how the host can let go…")));
        let tools = self.tools.clone();
        let (going, whole_group) = (self.choices.going(&tools.snapshot).ok(), self.choices.whole_group);
        let address = self.choices.address;
        sender.spawn_oneshot_command(move || {
            let definition = id
                .as_ref()
                .map(|id| tools.hypervisor.definition(id).map_err(|error| text::hypervisor_error(&error)));
            let offer = going.map(|going| Offer {
                methods: Methods::of(
                    &tools.snapshot.host,
                    &going,
                    reservable(&tools.target, &[address], whole_group),
                ),
                dangers: tools
                    .target
                    .source()
                    .map(|source| without_reset(&Model::read(&source), &going.functions))
                    .unwrap_or_default(),
                for_machine: id.is_some(),
            });
            HandOverNews::Known(id, Box::new(Known { offer, definition }))
        });
    }

    fn know(&mut self, known: Known, sender: &ComponentSender<Self>) {
        let definition = match known.definition.transpose() {
            Ok(definition) => definition,
            Err(reason) => {
                return self.options.show(&status::failed(&gettext("This Cannot Be Done"), &reason));
            }
        };
        let going = self.choices.going(&self.tools.snapshot).ok();
        self.choices.switches = definition
            .zip(going)
            .map(|(definition, going)| state::switches(&self.tools.snapshot, &going, &definition))
            .unwrap_or_default();
        let possible = |method: &Method| known.offer.as_ref().is_none_or(|offer| offer.is_possible(*method));
        self.choices.method = self.choices.method.filter(possible);
        if self.choices.method.is_none() {
            self.choices.method = known.offer.as_ref().and_then(Offer::first);
        }
        self.offer = known.offer;
        self.paint_options(sender);
    }

    fn paint_options(&self, sender: &ComponentSender<Self>) {
        let snapshot = &self.tools.snapshot;
        let going = self.choices.going(snapshot).ok();
        let names = snapshot.device_names();
        let view =
            self.offer.as_ref().zip(going.as_ref()).map(|(offer, going)| {
                MethodView::new(offer, self.choices.method, &snapshot.host, going, &names)
            });
        let rom =
            self.choices.machine.is_some() && going.is_some_and(|going| state::takes_rom(snapshot, &going));
        self.options.set_ready(self.offer.is_none() || self.choices.method.is_some());
        self.options.show(&pages::options(view.as_ref(), &self.choices, rom, sender));
    }

    /// What the review says besides the change.
    fn knowing(&self) -> Knowing {
        let going = self.choices.going(&self.tools.snapshot).ok();
        let functions = going.map(|going| going.functions).unwrap_or_default();
        let dangers = match (&self.offer, self.choices.method) {
            (Some(offer), Some(method)) => offer.dangers(method),
            _ => Vec::new(),
        };
        let name = self.choices.machine.as_ref().and_then(|id| self.machines.iter().find(|vm| vm.id == *id));
        let name = name.map(|vm| vm.name.clone()).unwrap_or_default();
        Knowing::new(&self.tools.snapshot, &functions, &dangers, &name)
    }

    /// Has a worker plan what a virtual machine gets once the card is reserved.
    fn plan_along(&mut self, sender: &ComponentSender<Self>) {
        self.options.set_ready(false);
        self.options.show(&status::waiting(&gettext("Working out the change…")));
        let (tools, knowing) = (self.tools.clone(), self.knowing());
        let mut request = self.choices.machine.is_some().then(|| self.choices.request());
        let address = self.choices.address;
        sender.spawn_oneshot_command(move || {
            let names = tools.snapshot.device_names();
            let host = &tools.snapshot.host;
            let guest = request.as_mut().map(|request| {
                request.known = tools.serials().map(Arc::new);
                let change = handover::plan(host, tools.hypervisor.as_ref(), request)
                    .map_err(|error| text::plan_error(&error, &names))?;
                let known = request.known.as_deref();
                let wish = saga::Wish::new(host, known, request, &change.vm, tools.hypervisor.as_ref())
                    .map_err(|refusal| text::stays(&refusal, &names))?;
                Ok(Guest { wish, change: Box::new(change) })
            });
            let title = |guest: &Option<Guest>| match guest {
                Some(guest) => text::wish_title(&guest.wish, &names),
                None => names.of(address),
            };
            let along = guest.transpose().map(|guest| Along { title: title(&guest), guest, knowing });
            HandOverNews::Along(along)
        });
    }

    fn plan(&mut self, sender: &ComponentSender<Self>) {
        self.flow.know(self.knowing());
        self.flow.planning();
        let tools = self.tools.clone();
        let mut request = self.choices.request();
        sender.spawn_oneshot_command(move || {
            request.known = tools.serials().map(Arc::new);
            let change = handover::plan(&tools.snapshot.host, tools.hypervisor.as_ref(), &request);
            HandOverNews::Flow(FlowNews::Planned(change.map(Box::new)))
        });
    }

    fn ask(&mut self, ask: FlowAsk, sender: &ComponentSender<Self>, root: &adw::Dialog) {
        match ask {
            FlowAsk::Apply => {
                if let Some(work) = self.flow.applying() {
                    sender.spawn_oneshot_command(move || HandOverNews::Flow(work()));
                }
            }
            FlowAsk::Again => self.plan(sender),
            // Starting is offered after a restart alone.
            FlowAsk::Close | FlowAsk::Start => {
                root.close();
            }
            FlowAsk::TakeBack => {
                let (Some(machine), Some(devices)) = (self.choices.machine.clone(), self.flow.added()) else {
                    return;
                };
                root.close();
                // The window may be closing.
                let _closing = sender.output(DialogOutput::TakeBack { machine, devices });
            }
        }
    }
}

/// Ctrl+Return continues, and never applies.
fn continue_key(sender: &ComponentSender<HandOver>) -> gtk::ShortcutController {
    let controller = gtk::ShortcutController::new();
    controller.set_scope(gtk::ShortcutScope::Managed);
    let input = sender.input_sender().clone();
    controller.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("<Control>Return"),
        Some(gtk::CallbackAction::new(move |_, _| {
            input.emit(HandOverInput::Continue);
            gtk::glib::Propagation::Stop
        })),
    ));
    controller
}

fn choose_rom(root: &adw::Dialog, sender: &ComponentSender<HandOver>) {
    let window = root.root().and_downcast::<gtk::Window>();
    let dialog = gtk::FileDialog::builder().title(gettext("Choose a ROM File")).build();
    let input = sender.input_sender().clone();
    dialog.open(window.as_ref(), gio::Cancellable::NONE, move |chosen| {
        if let Some(path) = chosen.ok().and_then(|file| file.path()) {
            let _closing = input.send(HandOverInput::Rom(Some(path)));
        }
    });
}
