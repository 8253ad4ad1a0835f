//! How far the change is that the window has the service do, and how it ended.

use gangway_client::helper::HelperError;
use gangway_client::target::HostChoice;
use gangway_client::text;
use gangway_core::plan::Effect;
use gangway_core::trial;
use gangway_protocol::ErrorName;
use gangway_protocol::wire::Ending;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::prelude::*;

use super::parts::asking;
use super::progress::Progress;
use super::{Ask, HostChange, Wish, pages};
use crate::job::{Job, Order};
use crate::widgets::focus;

impl HostChange {
    /// Shows how far the change is; where it was not begun, what stands in the way of it is reviewed again.
    pub(super) fn show_job(&mut self, job: &Job, sender: &ComponentSender<Self>) {
        if let Some(why) = job.nothing_came_of_it() {
            self.progress = None;
            return self.not_applied(why);
        }
        match &job.ended {
            Some(Ok(Ending::Done { record })) => return self.done(job, record, sender),
            Some(Ok(Ending::NotBegun { error, .. })) => {
                let sentence = job.ended.as_ref().and_then(|ended| ended.as_ref().ok()).map(text::ending);
                return self.not_begun(*error, &sentence.unwrap_or_default(), sender);
            }
            Some(Err(error)) => return self.not_asked(error, sender),
            Some(Ok(_)) | None => {}
        }
        match &self.progress {
            Some(progress) => progress.show(job),
            None => {
                let progress = Progress::new(job);
                self.parts.title.set_title(&if job.is_undo() {
                    gettext("Undoing")
                } else {
                    gettext("Applying")
                });
                self.parts.show(progress.widget());
                self.parts.buttons(None, false, &gettext("_Close"));
                focus::soon(self.parts.leave.upcast_ref());
                self.progress = Some(progress);
            }
        }
        if job.ended.is_some() {
            self.parts.title.set_title(&self.heading());
            self.parts.again.set_visible(true);
        }
    }

    /// The service did not begin: the reason above what is reviewed, anew where it is otherwise by now.
    fn not_begun(&mut self, error: ErrorName, sentence: &str, sender: &ComponentSender<Self>) {
        let changed = matches!(error, ErrorName::DigestChanged | ErrorName::Refused | ErrorName::NothingToDo);
        // Of two sides, one may be done.
        let changed = changed || matches!(self.wish, Wish::TakeBack(_));
        self.progress = None;
        match self.reviewed.take().filter(|_| !changed) {
            Some(reviewed) => self.review(reviewed, sender),
            None => self.look(false, sender),
        }
        self.parts.say(&match error {
            ErrorName::DigestChanged => {
                gettext("This computer changed since you looked: here is what would be done now.")
            }
            _ => sentence.to_owned(),
        });
    }

    /// Asking for it failed; whether it was begun may be unknown.
    fn not_asked(&mut self, error: &HelperError, sender: &ComponentSender<Self>) {
        let sentence = text::helper_error(error);
        if let HelperError::Refused { name, .. } = error {
            return self.not_begun(*name, &sentence, sender);
        }
        self.progress = None;
        if *error == HelperError::Lost {
            let changes = asking(&gettext("_Show Changes"), Ask::Changes, sender);
            let page = pages::lost(&sentence, &changes);
            return self.fail_with(&page, &gettext("Not Known"));
        }
        self.not_applied(&sentence);
    }

    /// Whether this start has a reservation.
    fn is_reserved_now(&self) -> bool {
        let line = self.snapshot.host.command_line.known();
        line.is_some_and(|line| line.values(trial::ARGUMENT).next().is_some())
    }

    fn done(&mut self, job: &Job, record: &str, sender: &ComponentSender<Self>) {
        let buttons = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .halign(gtk::Align::Center)
            .spacing(12)
            .build();
        let mut ways = vec![(gettext("_Close"), Ask::Close)];
        let restarts = matches!(self.target.host, HostChoice::Live | HostChoice::Demo(_));
        // What is undone before it was in effect needs no restart.
        let due = !job.is_undo() || self.is_reserved_now();
        if restarts && job.effect == Effect::NextStart && due {
            ways = vec![(gettext("_Restart Now"), Ask::Restart), (gettext("_Later"), Ask::Close)];
        }
        if job.is_undo() {
            ways.push((gettext("_Show Changes"), Ask::Changes));
        } else {
            ways.push((gettext("_Undo…"), Ask::Undo));
        }
        for (index, (label, ask)) in ways.iter().enumerate() {
            let button = asking(label, *ask, sender);
            button.set_width_request(220);
            button.add_css_class("pill");
            if index == 0 {
                button.add_css_class("suggested-action");
                focus::soon(button.upcast_ref());
            }
            buttons.append(&button);
        }
        // What can be asked for from here.
        self.wish = if job.is_of_libvirt() {
            Wish::UndoNetwork
        } else {
            Wish::Undo { record: record.to_owned(), title: job.title.clone(), effect: job.effect }
        };
        self.reviewed = None;
        self.progress = None;
        self.parts.quiet();
        self.parts.title.set_title(&gettext("Done"));
        let imitated = ways.iter().any(|(_, ask)| *ask == Ask::Restart)
            && matches!(self.target.host, HostChoice::Demo(_));
        let back = match &job.order {
            Order::TakeBack { back, .. } => {
                Some(back.done(&self.snapshot.device_names(), self.is_reserved_now()))
            }
            _ => None,
        };
        self.parts.show(&pages::done(job, back, &buttons, imitated));
        self.parts.buttons(None, false, "");
        if let Some(trouble) = &job.trouble {
            self.parts.say(trouble);
        }
    }
}
