//! What stands in the way on the machine that is looked at: asked of the full model by a thread of its own once the
//! devices can be seen, and again whenever they were read again. The page is made when it is first looked at.

use std::sync::Arc;

use gangway_client::asked::Asked;
use gangway_client::claims;
use gangway_client::guests::check_guests;
use gangway_client::target::Target;
use gangway_client::text;
use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;
use rustix::process::setpriority_process;

use super::{HostNews, Window, WindowInput};
use crate::dialogs::Occasion;
use crate::pages::devices::DevicesInput;
use crate::pages::devices::known::Known;
use crate::pages::readiness::state::ReadinessView;
use crate::pages::readiness::{ReadinessInput, ReadinessOutput, ReadinessPage};
use crate::sidebar::SidebarInput;
use crate::situation::Snapshot;
use crate::start::NICE;

/// What the checks found, or why the machine could not be read.
pub type Found = Result<Arc<ReadinessView>, String>;

/// What is known of the readiness of the machine that is looked at.
#[derive(Default)]
pub(super) struct Checkup {
    /// For which switch of machines it is being looked at.
    under_way: Option<u32>,
    /// Something changed meanwhile.
    again: bool,
    found: Option<Found>,
    /// The time of the day.
    at: String,
    page: Option<Controller<ReadinessPage>>,
}

impl Window {
    /// Looks for what stands in the way, once what was read of the devices has been painted: nobody waits for this.
    pub(super) fn check_later(&self, sender: &ComponentSender<Self>) {
        if self.measuring.is_some() {
            return;
        }
        let (window, input) = (self.frame.window.clone(), sender.input_sender().clone());
        let generation = self.generation;
        // Not before the page of the devices heard of them, which has the same priority.
        glib::source::idle_add_local_full(glib::Priority::DEFAULT, move || {
            let input = input.clone();
            crate::measure::after_next_frame(window.upcast_ref(), move || {
                // The window may be gone.
                let _closing = input.send(WindowInput::Check(generation));
            });
            glib::ControlFlow::Break
        });
    }

    /// Looks for it now, or when the look that is under way is over.
    pub(super) fn check(&mut self, generation: u32, sender: &ComponentSender<Self>) {
        if generation != self.generation {
            return;
        }
        if self.checkup.under_way == Some(generation) {
            self.checkup.again = true;
            return;
        }
        // Neither the list of names nor the PCI devices are read a second time.
        let Some(snapshot) = self.snapshot.clone() else { return };
        self.checkup.under_way = Some(generation);
        let (target, input) = (self.target.clone(), sender.input_sender().clone());
        let asked = self.asked();
        let work = move || {
            // Its threads are as nice as this one; where the priority cannot be set, that is all that is lost.
            let _as_it_was = setpriority_process(None, NICE);
            let tell = |known| drop(input.send(WindowInput::Known(generation, known)));
            let found = look(&target, &snapshot, &asked, tell);
            let _closing = input.send(WindowInput::Checked(generation, found));
        };
        if let Err(error) = std::thread::Builder::new().name("checks".into()).spawn(work) {
            let reason =
                gettext("The machine cannot be read now: {reason}.").replace("{reason}", &error.to_string());
            sender.input(WindowInput::Checked(generation, Err(reason)));
        }
    }

    /// It was looked for.
    pub(super) fn checked(&mut self, generation: u32, found: Found, sender: &ComponentSender<Self>) {
        if generation != self.generation {
            return;
        }
        self.checkup.under_way = None;
        if let Err(reason) = &found {
            self.devices.emit(DevicesInput::Unknown(reason.clone()));
        }
        self.checkup.found = Some(found);
        self.checkup.at = super::update::now();
        self.tell_readiness();
        self.ask_service_first(sender);
        if std::mem::take(&mut self.checkup.again) {
            self.check(generation, sender);
        }
    }

    /// Another machine is looked at, or the same one cannot be read any more.
    pub(super) fn forget_readiness(&mut self, reason: Option<&str>) {
        self.checkup.under_way = None;
        self.checkup.again = false;
        self.checkup.found = reason.map(|reason| Err(reason.to_owned()));
        self.tell_readiness();
    }

    /// Tells sidebar and page what is known.
    fn tell_readiness(&self) {
        let attention = match &self.checkup.found {
            Some(Ok(view)) => view.attention,
            Some(Err(_)) | None => 0,
        };
        self.sidebar.emit(SidebarInput::Attention(attention));
        let Some(page) = &self.checkup.page else { return };
        page.emit(match &self.checkup.found {
            Some(Ok(view)) => ReadinessInput::Show(view.clone(), self.checkup.at.clone()),
            Some(Err(reason)) => ReadinessInput::Failed(reason.clone()),
            None => ReadinessInput::Reading,
        });
    }

    /// The virtual machines or the room for the page are otherwise.
    pub(super) fn refresh_readiness(&self) {
        if let Some(page) = &self.checkup.page {
            page.emit(ReadinessInput::Machines(self.machines.clone()));
            page.emit(ReadinessInput::Narrow(self.narrow));
        }
    }

    pub(super) fn show_readiness(&mut self, sender: &ComponentSender<Self>) {
        let first = self.checkup.page.is_none();
        let page = self.checkup.page.get_or_insert_with(|| {
            ReadinessPage::builder().launch(()).forward(sender.input_sender(), |output| match output {
                ReadinessOutput::HandOver(address) => WindowInput::HandOver(address),
                ReadinessOutput::Reveal(address) => WindowInput::Reveal(address),
                ReadinessOutput::Review(intent) => WindowInput::Host(HostNews::Review(intent)),
            })
        });
        let widget = page.widget().clone();
        if first {
            self.tell_readiness();
        }
        self.refresh_readiness();
        self.frame.content.set_title(&gettext("Readiness"));
        self.show_child(widget.upcast_ref());
    }

    /// Hands a device over that was chosen by its verdict.
    pub(super) fn hand_over(&mut self, address: PciAddress, sender: &ComponentSender<Self>) {
        if claims::holder(&self.machines, address).is_some() {
            // A virtual machine got it meanwhile: the list says so.
            self.reveal(address, sender);
            return;
        }
        self.selected = Some(address);
        self.devices.emit(DevicesInput::Select(address));
        self.enable_actions();
        self.open_dialog(Occasion::HandOver(address), sender);
    }
}

/// Asks the checks; the page of the devices is told first what was read of them, since that takes no further work.
fn look(target: &Target, snapshot: &Snapshot, asked: &Asked, tell: impl FnOnce(Arc<Known>)) -> Found {
    let source = target.source().map_err(|error| text::target_error(&error))?;
    let model = Model::around(snapshot.host.clone(), &source);
    tell(Known::of(snapshot, model.devices.clone(), &source));
    let guests = check_guests(asked.machines(), &model, &source);
    let view = ReadinessView::of(&model, &snapshot.names);
    Ok(Arc::new(view.with_guests(&guests, &snapshot.device_names())))
}
