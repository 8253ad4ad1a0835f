//! `hand-over --continue`: what waited for a restart. Tells how each hand-over stands and what can be done next, and gives the
//! card to the virtual machine where the host leaves it alone now.

use gangway_client::handover::plan;
use gangway_client::hypervisor::{Hypervisor, VirtualMachine};
use gangway_client::saga::{GuestSide, HostSide, Next, Standing, Wish, Wishes};
use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::devices::Devices;
use gettextrs::gettext;
use serde::Serialize;
use std::sync::Arc;

use super::super::change::{ChangeJson, Manner, carry_out_into};
use crate::failure::{failure, line_of};
use crate::output::{Ending, write, write_json};
use crate::seen::Seen;

/// What `--json` prints of one hand-over.
#[derive(Debug, Serialize)]
struct WaitingJson {
    device: String,
    virtual_machine: String,
    uuid: String,
    host: &'static str,
    guest: &'static str,
    next: Vec<&'static str>,
    sentence: String,
    change: Option<ChangeJson>,
}

pub(in crate::command) fn go_on(target: &Target, manner: Manner) -> anyhow::Result<Ending> {
    let Some(wishes) = target.wishes() else {
        return Err(failure(gettext("Only this computer’s hand-overs can be gone on with.")));
    };
    let (waiting, troubles) = wishes.all();
    let mut reports = Vec::new();
    let mut stopped = troubles.first().map(|trouble| failure(text::wish_error(trouble)));
    if !waiting.is_empty() {
        let seen = Seen::read(target)?;
        let names = seen.device_names();
        let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
        let machines = hypervisor.list().map_err(|error| failure(text::hypervisor_error(&error)))?;
        let look = Look { target, seen: &seen, names: &names, hypervisor: &*hypervisor, machines: &machines };
        for wish in &waiting {
            let (report, result) = look.go_on(&wishes, wish, manner)?;
            reports.push(report);
            stopped = stopped.or(result.err());
        }
    } else if !manner.json && stopped.is_none() {
        write(format!("{}\n", gettext("Nothing waits to be handed over.")).as_bytes())?;
    }
    if manner.json {
        write_json(&reports)?;
    }
    match stopped {
        Some(failure) => Err(failure),
        None => Ok(Ending::Done),
    }
}

/// What the hand-overs are looked at with.
struct Look<'a> {
    target: &'a Target,
    seen: &'a Seen,
    names: &'a DeviceNames<'a>,
    hypervisor: &'a dyn Hypervisor,
    machines: &'a [VirtualMachine],
}

impl Look<'_> {
    /// One hand-over: how it stands, and the virtual machine's side where its time has come.
    fn go_on(
        &self,
        wishes: &Wishes,
        wish: &Wish,
        manner: Manner,
    ) -> anyhow::Result<(WaitingJson, anyhow::Result<()>)> {
        let host = HostSide::read(&self.seen.source, &wish.addresses());
        // Other connections have other virtual machines.
        let machines = (wish.recipient.connection == self.hypervisor.uri()).then_some(self.machines);
        let standing = Standing::of(wish, host, GuestSide::of(wish, machines));
        let mut report = self.report(wish, &standing);
        if !manner.json {
            let title = text::wish_title(wish, self.names);
            let lines = [vec![title, report.sentence.clone()], self.ways(wish, &standing)].concat();
            let lines: Vec<String> = lines.iter().map(|line| line_of(line) + "\n").collect();
            write(lines.concat().as_bytes())?;
        }
        if standing.over {
            wishes.forget(wish.device).map_err(|error| failure(text::wish_error(&error)))?;
            return Ok((report, Ok(())));
        }
        if !standing.allows(Next::Give) {
            return Ok((report, Ok(())));
        }
        let done = self.give(wish, &mut report, manner);
        if done.is_ok() && matches!(host, HostSide::Kept { .. }) {
            wishes.forget(wish.device).map_err(|error| failure(text::wish_error(&error)))?;
        }
        Ok((report, done))
    }

    fn give(&self, wish: &Wish, report: &mut WaitingJson, manner: Manner) -> anyhow::Result<()> {
        let store = self.target.store().map_err(|error| failure(text::store_error(&error)))?;
        let mut request = wish.request();
        request.known = Some(Arc::new(Devices::serials(&self.seen.source, &self.seen.host)));
        let change = plan(&self.seen.host, self.hypervisor, &request)
            .map_err(|error| failure(text::plan_error(&error, self.names)))?;
        let json = report.change.insert(ChangeJson::of(&change, self.names));
        carry_out_into(json, &change, self.hypervisor, &store, self.names, manner)
    }

    fn report(&self, wish: &Wish, standing: &Standing) -> WaitingJson {
        WaitingJson {
            device: wish.device.to_string(),
            virtual_machine: wish.recipient.name.clone(),
            uuid: wish.recipient.id.to_string(),
            host: standing.host.word(),
            guest: standing.guest.word(),
            next: standing.next.iter().map(|next| next.word()).collect(),
            sentence: text::standing(wish, standing, self.names),
            change: None,
        }
    }

    /// What can be done next by other commands.
    fn ways(&self, wish: &Wish, standing: &Standing) -> Vec<String> {
        let device = wish.device.to_string();
        let vm = wish.recipient.name.as_str();
        let way = |next: &Next| match next {
            Next::Begin => Some(gettext("“gangwayctl hand-over {device} --to {vm}” begins anew.")),
            Next::Confirm => Some(gettext("“gangwayctl confirm” keeps the reservation.")),
            Next::Take => Some(gettext(
                "“gangwayctl take-back {device} --from {vm} --keep-reserved” takes it from the virtual machine.",
            )),
            Next::Undo => Some(gettext("“gangwayctl take-back {device}” takes both sides back.")),
            Next::Forget => Some(gettext("“gangwayctl take-back {device}” forgets it.")),
            Next::Restart | Next::Give | Next::Start => None,
        };
        let said = standing.next.iter().filter_map(way);
        said.map(|template| fill(&template, &[("device", &device), ("vm", vm)])).collect()
    }
}
