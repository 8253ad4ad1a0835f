//! Taking devices back, or putting a former definition back: one review of the change, then what came of it.

use std::sync::Arc;

use gangway_client::handover::{plan, plan_put_back, plan_take_back_on};
use gangway_client::hypervisor::VmId;
use gangway_client::saga::Wish;
use gangway_core::host::HostChange;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use super::flow::{Flow, FlowAsk, FlowNews};
use super::review::Way;
use super::{DialogOutput, News, Tools};
use crate::gone::Gone;
use crate::pages::machine::state::Former;
use crate::situation::Snapshot;

/// The dialog.
pub struct TakeBack {
    tools: Tools,
    machine: VmId,
    what: What,
    flow: Flow,
}

/// What shall be as it was.
#[derive(Clone)]
pub enum What {
    Devices(Vec<PciAddress>),
    Former(Former),
    /// What waited for a restart, which gives devices instead.
    Waited(Box<Wish>),
}

/// What is to be as it was, and where.
pub struct TakeBackInit {
    pub tools: Tools,
    pub machine: VmId,
    pub name: String,
    pub what: What,
}

/// What happens in the dialog.
#[derive(Debug)]
pub enum TakeBackInput {
    Ask(FlowAsk),
    /// The connection or the virtual machines are others now.
    News(News),
    /// The machine is otherwise now.
    Seen(Arc<Snapshot>),
}

impl Component for TakeBack {
    type Init = TakeBackInit;
    type Input = TakeBackInput;
    type Output = DialogOutput;
    type CommandOutput = FlowNews;
    type Root = adw::Dialog;
    type Widgets = ();

    fn init_root() -> adw::Dialog {
        adw::Dialog::builder().content_width(720).content_height(690).build()
    }

    fn init(init: TakeBackInit, root: adw::Dialog, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let navigation = adw::NavigationView::new();
        let input = sender.input_sender().clone();
        let (way, title, subtitle) = match &init.what {
            What::Devices(_) => (Way::TakeBack, gettext("Take Back"), gettext("Take back from “{name}”")),
            What::Waited(_) => (Way::HandOver, gettext("Hand Over"), gettext("Hand over to “{name}”")),
            What::Former(_) => {
                (Way::PutBack, gettext("Put Back Definition"), gettext("Former definition of “{name}”"))
            }
        };
        root.set_title(&title);
        let mut flow = Flow::new(
            way,
            init.tools.clone(),
            &root,
            &navigation,
            &subtitle.replace("{name}", &init.name),
            true,
            move |ask| input.emit(TakeBackInput::Ask(ask)),
        );
        navigation.push(flow.page());
        root.set_child(Some(&navigation));
        let output = sender.output_sender().clone();
        root.connect_closed(move |_| {
            // The window may be gone.
            let _closing = output.send(DialogOutput::Closed);
        });
        if matches!(init.what, What::Waited(_)) {
            flow.offer_start();
        }
        flow.planning();
        let model = Self { tools: init.tools, machine: init.machine, what: init.what, flow };
        model.plan(&sender);
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: TakeBackInput, sender: ComponentSender<Self>, root: &Self::Root) {
        let ask = match input {
            TakeBackInput::Ask(ask) => ask,
            TakeBackInput::News(news) => {
                self.flow.connect(&news.hypervisor);
                self.tools.hypervisor = news.hypervisor;
                return;
            }
            TakeBackInput::Seen(snapshot) => return self.see(&snapshot),
        };
        match ask {
            FlowAsk::Apply => {
                if let Some(work) = self.flow.applying() {
                    sender.spawn_oneshot_command(work);
                }
            }
            FlowAsk::Again => {
                self.flow.planning();
                self.plan(&sender);
            }
            FlowAsk::TakeBack => {
                root.close();
                if let What::Waited(wish) = &self.what {
                    let (machine, devices) = (self.machine.clone(), wish.addresses());
                    // The window may be closing.
                    let _closing = sender.output(DialogOutput::TakeBack { machine, devices });
                }
            }
            FlowAsk::Start => {
                root.close();
                if let What::Waited(wish) = &self.what {
                    let (machine, name) = (self.machine.clone(), wish.recipient.name.clone());
                    // The window may be closing.
                    let _closing = sender.output(DialogOutput::Start { machine, name });
                }
            }
            FlowAsk::Close => {
                root.close();
            }
        }
    }

    fn update_cmd(&mut self, news: FlowNews, sender: ComponentSender<Self>, _root: &Self::Root) {
        let input = sender.input_sender().clone();
        self.flow.news(news, move |ask| input.emit(TakeBackInput::Ask(ask)));
    }
}

impl TakeBack {
    /// A device that left the computer still is in the definition, and can be taken out of it: it keeps the name that
    /// it had.
    fn see(&mut self, after: &Arc<Snapshot>) {
        let change = HostChange::between(&self.tools.snapshot.host, &after.host);
        let devices = match &self.what {
            What::Devices(devices) => devices.as_slice(),
            What::Former(_) | What::Waited(_) => &[],
        };
        let gone = devices.iter().find_map(|address| Gone::new(&self.tools.snapshot, *address, &change));
        match gone {
            Some(gone) => {
                let still = gettext("The definition still has it.");
                self.flow.say_above(&format!("{} {still}", gone.sentence()));
            }
            None => {
                self.tools.snapshot = after.clone();
                self.flow.see(after);
            }
        }
    }

    fn plan(&self, sender: &ComponentSender<Self>) {
        let tools = self.tools.clone();
        let (machine, what) = (self.machine.clone(), self.what.clone());
        sender.spawn_oneshot_command(move || {
            let (host, hypervisor) = (&tools.snapshot.host, tools.hypervisor.as_ref());
            let change = match &what {
                What::Devices(devices) => {
                    let known = tools.serials();
                    plan_take_back_on(host, known.as_ref(), hypervisor, machine.as_str(), devices)
                }
                What::Waited(wish) => {
                    let mut request = wish.request();
                    request.known = tools.serials().map(Arc::new);
                    plan(host, hypervisor, &request)
                }
                What::Former(former) => {
                    plan_put_back(host, hypervisor, machine.as_str(), &former.kept, &former.definition)
                }
            };
            FlowNews::Planned(change.map(Box::new))
        });
    }
}
