//! A change that is being made already when the window comes: it was begun by another program, or by a window that is gone
//! meanwhile. It is followed as one of this window's own; what the tools say is heard by who began it alone.

use gangway_client::helper::Helper;
use gangway_client::text::{self, DeviceNames};
use gangway_protocol::wire::{PlanView, RecordEntry, RecordState, RecordView, Working};
use relm4::prelude::*;

use super::Window;
use crate::dialogs::host_change::state::ReviewView;
use crate::job::{Job, JobNews, Order};
use crate::pages::changes::state::{Records, is_in_progress};

/// What is known of it.
#[derive(Debug)]
pub struct Running {
    record: RecordView,
    plan: PlanView,
    working: Working,
}

/// Looks for the change that the service makes now, where the records tell of one; for workers.
pub fn look(helper: Option<&Helper>, records: Option<&Records>) -> Option<Box<Running>> {
    let (helper, Some(Ok(records))) = (helper?, records) else { return None };
    let record = records.iter().find_map(|entry| match entry {
        RecordEntry::Record(record) if is_in_progress(record.state) => Some((**record).clone()),
        RecordEntry::Record(_) | RecordEntry::Unreadable { .. } => None,
    })?;
    // Where it cannot be asked, or ends just now, the records are looked at again soon.
    let working = helper.running().ok()??;
    let plan = helper.recorded(&record.id, false).ok()?;
    (working.record.as_ref() == Some(&record.id)).then(|| Box::new(Running { record, plan, working }))
}

impl Running {
    fn job(self, names: &DeviceNames<'_>) -> Job {
        let Self { record, plan, working } = self;
        let title = text::intent(&record.intent, names);
        let mut job = if record.state == RecordState::UndoInterrupted {
            // What an undo does is worked out before it begins, and is kept by who reviewed it.
            let order = Order::Undo { record: record.id, digest: plan.digest };
            Job::new(order, title, Vec::new(), record.effect)
        } else {
            let order = Order::Apply { intent: record.intent, digest: plan.digest };
            Job::new(order, title, ReviewView::of_record(&plan, names).sentences(), record.effect)
        };
        job.hear(JobNews::Heard(working));
        job
    }
}

impl Window {
    /// Follows it to its end.
    pub(super) fn follow(&mut self, running: Running, sender: &ComponentSender<Self>) {
        let Some(helper) = self.host.service.helper().cloned() else { return };
        let record = running.record.id.clone();
        let job = running.job(&self.names());
        self.watch(job, sender, move |tell| {
            helper.follow(&record, &mut |working| tell(JobNews::Heard(working.clone())))
        });
    }
}
