//! `check --vm`: the questions that are asked of one virtual machine.

use gangway_client::guests::{CheckedGuest, check_guests};
use gangway_client::target::Target;
use gangway_client::text::{self, checks as sentences, fill};
use gangway_core::checks::Verdict;
use gangway_core::model::Model;
use gettextrs::gettext;
use serde::Serialize;

use crate::failure::failure;
use crate::json::GuestJson;
use crate::output::{Ending, write, write_json};
use crate::seen::Seen;
use crate::table::Table;

/// `check --vm --json`.
#[derive(Debug, Serialize)]
struct CheckedJson {
    verdict: &'static str,
    guests: Vec<GuestJson>,
}

pub(super) fn run(target: &Target, name: &str, json: bool) -> anyhow::Result<Ending> {
    let hypervisor = target.look().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let machines = hypervisor.list().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let vm = hypervisor.find(name).map_err(|error| failure(text::hypervisor_error(&error)))?;
    let seen = Seen::read(target)?;
    let model = Model::around(seen.host, &seen.source);
    let names = text::DeviceNames::of_host(&model.host, &seen.names);
    let mut guests = check_guests(&machines, &model, &seen.source);
    guests.retain(|guest| guest.name == vm.name);
    let verdict = guests.first().map_or(Verdict::Ready, CheckedGuest::verdict);
    let written = if json {
        let guests = guests.iter().map(|guest| GuestJson::of(guest, &names)).collect();
        write_json(&CheckedJson { verdict: verdict.word(), guests })?
    } else {
        let mut table = Table::default();
        table.text(match verdict {
            Verdict::Ready => fill(&gettext("Nothing stands in the way of “{vm}”."), &[("vm", &vm.name)]),
            Verdict::ToDo | Verdict::NotPossible => {
                fill(&gettext("Something is to be done before “{vm}” starts."), &[("vm", &vm.name)])
            }
            Verdict::CouldNotTell => fill(
                &gettext("Whether something stands in the way of “{vm}” could not be told."),
                &[("vm", &vm.name)],
            ),
        });
        for line in sentences::guest_listing(&guests, &names) {
            table.text(line);
        }
        write(table.finish().as_bytes())?
    };
    Ok(if written == Ending::Unread { written } else { Ending::Found(verdict) })
}
