//! What makes the window show devices that come, go and change by itself: it hears of them from udev, has the machine
//! read again by a worker, and shows what is otherwise. Nothing here looks by the clock.

use std::sync::Arc;
use std::time::Instant;

use gangway_client::target::HostChoice;
use gangway_client::text;
use gangway_client::udev::{Deaf, Notice, Socket, Watch};
use gangway_core::host::HostChange;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use relm4::prelude::*;

use super::{Window, WindowInput};
use crate::pages::devices::DevicesInput;
use crate::sidebar::SidebarInput;
use crate::situation::Snapshot;

/// What is heard of this computer's devices.
pub(super) struct Events {
    watch: Option<Watch>,
    /// Why nothing is heard.
    deaf: Option<Deaf>,
    /// What came with a machine that was in the first frame already: nobody listens before that is painted.
    waiting: Option<Result<Socket, Deaf>>,
    /// Whether the time from each event to the frame that shows it is printed.
    measure: bool,
}

impl Events {
    pub(super) fn new(measure: bool, waiting: Option<Result<Socket, Deaf>>) -> Self {
        Self { watch: None, deaf: None, waiting, measure }
    }
}

impl Window {
    /// Listens to this computer's events from now on; what arrived since the socket was opened is not lost.
    pub(super) fn listen(&mut self, events: Result<Socket, Deaf>, sender: &ComponentSender<Self>) {
        let input = sender.input_sender().clone();
        // The window may be gone when the thread hears of something.
        let tell = move |notice| drop(input.send(WindowInput::Noticed(notice)));
        let watch = events.and_then(|socket| Watch::start(socket, tell));
        match watch {
            Ok(watch) => self.events.watch = Some(watch),
            Err(deaf) => self.events.deaf = Some(deaf),
        }
        self.say_deaf();
    }

    /// The first frame is painted: now to what came with it.
    pub(super) fn listen_to_waiting(&mut self, sender: &ComponentSender<Self>) {
        if let Some(events) = self.events.waiting.take() {
            self.listen(events, sender);
        }
    }

    /// Something was heard.
    pub(super) fn noticed(&mut self, notice: Notice) {
        match notice {
            Notice::Changed { since } if self.target.host == HostChoice::Live => {
                self.read_again(Some(since));
            }
            Notice::Changed { .. } => {}
            Notice::Deaf(deaf) => {
                self.events.deaf = Some(deaf);
                self.say_deaf();
            }
        }
    }

    /// Whether it is heard when devices of the machine that is looked at come or go.
    pub(super) fn hears_of_devices(&self) -> bool {
        self.target.host == HostChoice::Live && self.events.watch.is_some() && self.events.deaf.is_none()
    }

    /// Has the machine read again by a worker.
    pub(super) fn read_again(&self, since: Option<Instant>) {
        self.scanner.read_again(&self.target, self.generation, self.snapshot.clone(), since);
    }

    /// Says on the page of the devices that nothing is heard, where that matters.
    pub(super) fn say_deaf(&self) {
        let deaf = self.events.deaf.as_ref().filter(|_| self.target.host == HostChoice::Live);
        self.devices.emit(DevicesInput::Deaf(deaf.map(text::deaf)));
    }

    /// Shows a picture of the machine; where it is not the first one, only what is otherwise is touched.
    pub(super) fn show(
        &mut self,
        snapshot: Arc<Snapshot>,
        change: Option<HostChange>,
        since: Option<Instant>,
    ) {
        if change.as_ref().is_some_and(HostChange::is_empty) && self.snapshot.is_some() {
            return;
        }
        self.sidebar.emit(SidebarInput::Label(snapshot.label.clone()));
        self.snapshot = Some(snapshot.clone());
        self.selected = self.selected.filter(|address| snapshot.host.function(*address).is_some());
        if let Some(dialog) = &self.dialog {
            dialog.see(snapshot.clone());
        }
        match change {
            Some(change) => self.devices.emit(DevicesInput::Changed(snapshot, change)),
            None => self.devices.emit(DevicesInput::Show(snapshot)),
        }
        self.refresh_map();
        if let Some(since) = since.filter(|_| self.events.measure) {
            self.measure_change(since);
        }
    }

    /// Prints how long it took from the first event until the change is painted.
    fn measure_change(&self, since: Instant) {
        let window = self.frame.window.clone();
        // Not before the page heard of it, which has the same priority, and not after the frame.
        glib::source::idle_add_local_full(glib::Priority::DEFAULT, move || {
            crate::measure::after_next_frame(window.upcast_ref(), move || print_change(since));
            glib::ControlFlow::Break
        });
    }
}

#[expect(clippy::print_stdout, reason = "printing the figures is what was asked for")]
fn print_change(since: Instant) {
    println!("change {:.1}", since.elapsed().as_secs_f64() * 1000.0);
}
