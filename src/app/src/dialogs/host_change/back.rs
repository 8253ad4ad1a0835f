//! A reserved card is taken back in one review: from the virtual machine, which comes first, and then from the reservation. A
//! worker looks what both are now; the window has both done.

use std::sync::Arc;

use gangway_client::handover::{self, PlanError, VmChange, plan_take_back_on};
use gangway_client::helper::Helper;
use gangway_client::hypervisor::VmId;
use gangway_client::saga::{self, BackStep};
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::pci::PciAddress;
use gangway_core::trial;
use gangway_protocol::ErrorName;
use gangway_protocol::wire::{Ending, Working};
use gettextrs::gettext;

use super::look::Found;
use super::state::{FileShown, FileView, LineView, ReviewView};
use crate::dialogs::Tools;
use crate::job::JobNews;

/// What is taken back, and from whom.
#[derive(Clone)]
pub struct Back {
    pub tools: Tools,
    pub machine: VmId,
    pub name: String,
    pub devices: Vec<PciAddress>,
}

/// What both sides are now.
#[derive(Debug, Clone)]
pub struct Both {
    /// None where the virtual machine has nothing of it any more.
    pub change: Option<Arc<VmChange>>,
    pub steps: Vec<BackStep>,
}

impl std::fmt::Debug for Back {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Back").field(&self.name).field(&self.devices).finish()
    }
}

impl Back {
    /// What it is called.
    pub fn title(&self) -> String {
        gettext("Take back from “{name}”").replace("{name}", &self.name)
    }

    /// Looks what both sides are; not on the main thread.
    pub fn look(&self, helper: &Helper) -> Found {
        let Tools { snapshot, hypervisor, target, .. } = &self.tools;
        let known = self.tools.serials();
        let planned = plan_take_back_on(
            &snapshot.host,
            known.as_ref(),
            hypervisor.as_ref(),
            self.machine.as_str(),
            &self.devices,
        );
        let change = match planned {
            Ok(change) => Some(Arc::new(change)),
            Err(PlanError::NotHeld { .. }) => None,
            Err(error) => return Found::Unknown(text::plan_error(&error, &snapshot.device_names())),
        };
        let source = match target.source() {
            Ok(source) => source,
            Err(error) => return Found::Unreadable(text::target_error(&error)),
        };
        let steps = match trial::state(&source).known().map(|state| saga::plan_back(helper, state)) {
            None => Vec::new(),
            Some(Ok(steps)) => steps,
            Some(Err(error)) => return Found::Failed(error),
        };
        Found::TakeBack(Both { change, steps })
    }

    /// Does both as was reviewed; not on the main thread.
    pub fn carry_out(
        &self,
        helper: &Helper,
        both: &Both,
        tell: &dyn Fn(JobNews),
    ) -> Result<Ending, gangway_client::helper::HelperError> {
        let mut before = 0;
        if let Some(change) = &both.change {
            if let Err(error) = handover::apply(self.tools.hypervisor.as_ref(), &self.tools.store, change) {
                tell(JobNews::Trouble(text::apply_error(&error, &self.tools.snapshot.device_names())));
                // The host's side waits for the virtual machine's.
                return Ok(Ending::NotBegun { error: ErrorName::Failed, reason: String::new() });
            }
            before = change.steps.len();
        }
        if both.steps.is_empty() {
            return Ok(Ending::Done { record: String::new() });
        }
        saga::take_back(helper, &both.steps, &mut |working| {
            let of = working.of + before;
            tell(JobNews::Heard(Working { done: working.done + before, of, ..working.clone() }));
        })
    }

    /// That it is done; `here` where this start still has the reservation.
    pub fn done(&self, names: &DeviceNames<'_>, here: bool) -> String {
        let device = self.devices.first().map(|first| names.of(*first)).unwrap_or_default();
        let values = [("name", self.name.as_str()), ("device", device.as_str())];
        let said = fill(&gettext("“{name}” no longer has {device}, and it is no longer reserved."), &values);
        if !here {
            return said;
        }
        let until =
            gettext("This start still keeps it from the host: its driver has it again after a restart.");
        format!("{said} {until}")
    }
}

impl Both {
    /// Whether there is anything to do.
    pub fn is_empty(&self) -> bool {
        self.change.is_none() && self.steps.is_empty()
    }

    /// What is reviewed.
    pub fn view(&self, back: &Back, names: &DeviceNames<'_>) -> ReviewView {
        let mut view = ReviewView {
            heading: gettext("What Will Happen"),
            summary: gettext("The virtual machine comes first, then the host."),
            lines: Vec::new(),
            in_the_way: Vec::new(),
            files: Vec::new(),
            undo: vec![gettext(
                "Hand the devices over again: that reserves them anew, with another restart.",
            )],
            withheld: false,
        };
        if let Some(change) = &self.change {
            let line = |step| LineView { sentence: text::step(step, names), pill: None };
            view.lines.extend(change.steps.iter().map(line));
            view.files.push(FileView {
                path: format!("{}.xml", back.name),
                remark: gettext("Definition of the virtual machine in libvirt"),
                shown: FileShown::Difference(change.difference.clone()),
            });
        }
        for step in &self.steps {
            let host = ReviewView::of_undo(&step.view, names);
            view.lines.extend(host.lines);
            view.in_the_way.extend(host.in_the_way);
            view.files.extend(host.files);
            view.withheld |= host.withheld;
        }
        view
    }
}
