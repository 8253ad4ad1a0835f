//! The dialogs that change a virtual machine: handing over, and taking back or putting back. Both end in the same review, so one
//! component each, and the review shared. And the one that changes the host, of which the window itself has the work done.

pub mod after_restart;
mod flow;
pub mod hand_over;
pub mod host_change;
mod knowing;
mod review;
mod take_back;

use std::sync::Arc;

use gangway_client::hypervisor::{Hypervisor, VirtualMachine, VmId};
use gangway_client::saga::Wish;
use gangway_client::store::Store;
use gangway_client::target::Target;
use gangway_core::devices::Devices;
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use self::after_restart::state::Way;
use self::hand_over::{HandOver, HandOverInit, HandOverInput};
use self::host_change::along::Along;
use self::host_change::{HostChange, HostChangeInit, HostChangeInput};
use self::take_back::{TakeBack, TakeBackInit, TakeBackInput, What};
use crate::job::Job;
use crate::pages::machine::state::Former;
use crate::service::Service;
use crate::sidebar::state::Place;
use crate::situation::Snapshot;
use crate::window::{AfterNews, HostNews, WindowInput};

/// A name in a label with a mnemonic.
fn mnemonic(name: &str) -> String {
    name.replace('_', "__")
}

/// What a dialog is opened for.
#[derive(Debug, Clone)]
pub enum Occasion {
    HandOver(PciAddress),
    TakeBack {
        machine: VmId,
        name: String,
        devices: Vec<PciAddress>,
    },
    PutBack {
        machine: VmId,
        name: String,
        former: Former,
    },
    /// What waited for a restart.
    Give(Box<Wish>),
}

/// What a dialog works with.
#[derive(Clone)]
pub struct Tools {
    pub snapshot: Arc<Snapshot>,
    pub hypervisor: Arc<dyn Hypervisor>,
    pub store: Store,
    /// Where the machine's files are.
    pub target: Target,
}

impl Tools {
    /// What tells the serial numbers of the machine's devices, read now; not on the main thread.
    pub fn serials(&self) -> Option<Devices> {
        let source = self.target.source().ok()?;
        Some(Devices::serials(&source, &self.snapshot.host))
    }
}

/// What changed at libvirt while a dialog is open: it goes on with the connection that stands now.
#[derive(Clone)]
pub struct News {
    pub hypervisor: Arc<dyn Hypervisor>,
    pub machines: Vec<VirtualMachine>,
}

impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("News").field(&self.machines.len()).finish()
    }
}

/// What a dialog tells the window.
#[derive(Debug)]
pub enum DialogOutput {
    /// It was closed.
    Closed,
    /// It makes room for the dialog that takes these devices back.
    TakeBack { machine: VmId, devices: Vec<PciAddress> },
    /// It makes room for the review of a reservation, with what comes along.
    Reserve(Intent, Arc<Along>),
    /// What was reviewed is to be done to the host.
    Begin(Box<Job>),
    /// The page of changes is to be seen.
    Changes,
    /// Packages were installed.
    Installed,
    /// The machine is to be started again.
    Restart,
    /// A virtual machine is to be started.
    Start { machine: VmId, name: String },
}

/// The dialog that is open.
pub struct OpenDialog {
    component: Kind,
}

enum Kind {
    HandOver(Controller<HandOver>),
    TakeBack(Controller<TakeBack>),
    HostChange(Controller<HostChange>),
}

impl OpenDialog {
    /// Opens a dialog over the window.
    pub fn open(
        occasion: Occasion,
        window: &adw::ApplicationWindow,
        tools: Tools,
        machines: &[VirtualMachine],
        input: &relm4::Sender<WindowInput>,
    ) -> Self {
        let component = match occasion {
            Occasion::HandOver(address) => {
                let init = HandOverInit { tools, machines: machines.to_vec(), address };
                let dialog = HandOver::builder().launch(init).forward(input, to_window);
                dialog.widget().present(Some(window));
                Kind::HandOver(dialog)
            }
            Occasion::TakeBack { machine, name, devices } => {
                let init = TakeBackInit { tools, machine, name, what: What::Devices(devices) };
                Kind::TakeBack(take_back(init, window, input))
            }
            Occasion::PutBack { machine, name, former } => {
                let init = TakeBackInit { tools, machine, name, what: What::Former(former) };
                Kind::TakeBack(take_back(init, window, input))
            }
            Occasion::Give(wish) => {
                let (machine, name) = (wish.recipient.id.clone(), wish.recipient.name.clone());
                let init = TakeBackInit { tools, machine, name, what: What::Waited(wish) };
                Kind::TakeBack(take_back(init, window, input))
            }
        };
        Self { component }
    }

    /// Opens the dialog of a change of the host.
    pub fn host_change(
        init: HostChangeInit,
        window: &adw::ApplicationWindow,
        input: &relm4::Sender<WindowInput>,
    ) -> Self {
        let dialog = HostChange::builder().launch(init).forward(input, to_window);
        dialog.widget().present(Some(window));
        Self { component: Kind::HostChange(dialog) }
    }

    /// Tells the dialog of a change of the host how far that is.
    pub fn job(&self, job: Arc<Job>) {
        if let Kind::HostChange(dialog) = &self.component {
            dialog.emit(HostChangeInput::Job(job));
        }
    }

    /// Tells it what is known of the service.
    pub fn service(&self, service: &Service) {
        if let Kind::HostChange(dialog) = &self.component {
            dialog.emit(HostChangeInput::Service(service.clone()));
        }
    }

    /// Tells the dialog that the machine is otherwise now.
    pub fn see(&self, snapshot: Arc<Snapshot>) {
        match &self.component {
            Kind::HandOver(dialog) => dialog.emit(HandOverInput::Seen(snapshot)),
            Kind::TakeBack(dialog) => dialog.emit(TakeBackInput::Seen(snapshot)),
            Kind::HostChange(dialog) => dialog.emit(HostChangeInput::Seen(snapshot)),
        }
    }

    /// Tells the dialog what changed at libvirt.
    pub fn tell(&self, news: News) {
        match &self.component {
            Kind::HandOver(dialog) => dialog.emit(HandOverInput::News(news)),
            Kind::TakeBack(dialog) => dialog.emit(TakeBackInput::News(news)),
            Kind::HostChange(_) => {}
        }
    }
}

fn take_back(
    init: TakeBackInit,
    window: &adw::ApplicationWindow,
    input: &relm4::Sender<WindowInput>,
) -> Controller<TakeBack> {
    let dialog = TakeBack::builder().launch(init).forward(input, to_window);
    dialog.widget().present(Some(window));
    dialog
}

fn to_window(output: DialogOutput) -> WindowInput {
    match output {
        DialogOutput::Closed => WindowInput::DialogClosed,
        DialogOutput::TakeBack { machine, devices } => WindowInput::TakeBack { machine, devices },
        DialogOutput::Reserve(intent, along) => WindowInput::Host(HostNews::Reserve(intent, along)),
        DialogOutput::Begin(job) => WindowInput::Host(HostNews::Begin(job)),
        DialogOutput::Installed => WindowInput::Host(HostNews::Installed),
        DialogOutput::Changes => WindowInput::Open(Place::Changes),
        DialogOutput::Restart => WindowInput::Restart,
        DialogOutput::Start { machine, name } => {
            WindowInput::After(AfterNews::Way(Way::Start { machine, name }))
        }
    }
}
