//! The scenes of the walk, in order. Texts are looked for in the language that the window speaks.

use gangway_client::connection::Update;
use gangway_client::demo::DemoMachine;
use gangway_client::hypervisor::{HypervisorError, HypervisorErrorKind};
use gangway_client::target::{HostChoice, Target};
use gangway_client::text::fill;
use gangway_core::host::{Evidence, Host, IommuOff, IommuState};
use gangway_core::pci::Names;
use gangway_core::reading::Reading as Value;
use gettextrs::gettext;
use relm4::gtk::prelude::*;

use super::stage::{NARROW, Outcome, Stage, WIDE};
use crate::situation::Snapshot;
use crate::start::Reading;
use crate::widgets::views::View;
use crate::window::{AfterNews, ConnectionNews, WindowInput};

/// Everything.
pub async fn all(stage: &Stage) -> Outcome {
    devices(stage).await?;
    changes(stage).await?;
    hand_over(stage).await?;
    trial(stage).await?;
    keep(stage).await?;
    machine(stage).await?;
    take_back(stage).await?;
    views(stage).await?;
    other_machines(stage).await?;
    map(stage).await?;
    readiness(stage).await?;
    broken_trial(stage).await?;
    troubles(stage).await
}

async fn devices(stage: &Stage) -> Outcome {
    stage.dark(false);
    stage.resize(WIDE.0, WIDE.1).await;
    stage.see(&gettext("What the Host Loses")).await?;
    stage.see("win11").await?;
    stage.picture("01-devices").await?;
    stage.dark(true);
    stage.picture("01-devices-dark").await?;
    stage.resize(NARROW.0, NARROW.1).await;
    stage.picture("01-devices-narrow-dark").await?;
    stage.dark(false);
    stage.picture("01-devices-narrow").await?;
    stage.act("win.details");
    stage.picture("02-details-narrow").await?;
    stage.act("win.details");
    stage.act("navigation.pop");
    stage.switch(HostChoice::Demo(DemoMachine::Workshop));
    stage.resize(WIDE.0, WIDE.1).await;
    stage.see("win11").await
}

async fn hand_over(stage: &Stage) -> Outcome {
    stage.press(&gettext("Hand Over…")).await?;
    stage.see(&gettext("Goes Along")).await?;
    stage.picture("03-hand-over-along").await?;
    stage.press(&gettext("Continue")).await?;
    stage.picture("04-hand-over-machine").await?;
    stage.narrow_picture("04-hand-over-machine-narrow").await?;
    stage.press("win11").await?;
    stage.press(&gettext("Continue")).await?;
    stage.see(&gettext("Hide KVM from the virtual machine")).await?;
    stage.picture("05-hand-over-method").await?;
    stage.dark_picture("05-hand-over-method-dark").await?;
    stage.narrow_picture("05-hand-over-method-narrow").await?;
    stage.press(&gettext("Continue")).await?;
    stage.see(&gettext("What Will Happen")).await?;
    everywhere(stage, "06-hand-over-review").await?;
    stage.press(&gettext("Apply")).await?;
    stage.see(&gettext("Ready After a Restart")).await?;
    everywhere(stage, "06-reserved").await?;
    stage.press(&gettext("Restart Now")).await?;
    stage.restarted();
    Ok(())
}

/// After the restart, which the demo imitates: the verdict, and the virtual machine that gets the card.
async fn trial(stage: &Stage) -> Outcome {
    stage.see(&gettext("The Trial Works")).await?;
    everywhere(stage, "24-trial").await?;
    stage.press(&fill(&gettext("_Give to “{vm}”…"), &[("vm", "win11")]).replace('_', "")).await?;
    stage.see(&gettext("What Will Happen")).await?;
    everywhere(stage, "25-trial-give").await?;
    stage.press(&gettext("Apply")).await?;
    stage.see(&gettext("Handed Over")).await?;
    everywhere(stage, "07-handed-over").await?;
    stage.press(&gettext("Close")).await?;
    stage.see(&gettext("Keep…")).await?;
    everywhere(stage, "26-trial-banner").await
}

/// What was tried is kept for every start.
async fn keep(stage: &Stage) -> Outcome {
    stage.press(&gettext("Keep…")).await?;
    stage.see(&gettext("The Trial Works")).await?;
    stage.picture("27-trial-given").await?;
    stage.press(&gettext("Keep…")).await?;
    stage.see(&gettext("What Will Happen")).await?;
    everywhere(stage, "28-keep-review").await?;
    stage.press(&gettext("Apply")).await?;
    stage.see(&gettext("Kept")).await?;
    everywhere(stage, "29-kept").await?;
    stage.press(&gettext("Close")).await?;
    stage.picture("08-devices-given").await
}

async fn machine(stage: &Stage) -> Outcome {
    // Sorted by name: gpu-compute, ubuntu-workstation, win11.
    stage.act_with("win.machine", &3_i32.to_variant());
    stage.see(&gettext("Definition")).await?;
    stage.picture("09-machine").await?;
    stage.dark_picture("09-machine-dark").await?;
    stage.narrow_picture("09-machine-narrow").await?;
    stage.press(&gettext("Definition")).await?;
    stage.picture("10-definition").await?;
    stage.close_dialog().await;
    stage.press(&gettext("Former Definitions")).await?;
    stage.see(&gettext("Has no device of the host.")).await?;
    stage.picture("10-former").await?;
    stage.resize(NARROW.0, NARROW.1).await;
    stage.picture("10-former-narrow").await?;
    stage.dark_picture("10-former-narrow-dark").await?;
    stage.resize(WIDE.0, WIDE.1).await;
    stage.press(&gettext("Put Back…")).await?;
    stage.see(&gettext("What Will Happen")).await?;
    stage.picture("10-put-back-review").await?;
    stage.close_dialog().await;
    Ok(())
}

async fn take_back(stage: &Stage) -> Outcome {
    stage.press(&gettext("Take Back…")).await?;
    stage.see(&gettext("What Will Happen")).await?;
    everywhere(stage, "11-take-back-review").await?;
    stage.press(&gettext("Apply")).await?;
    stage.see(&gettext("Taken Back")).await?;
    everywhere(stage, "12-taken-back").await?;
    stage.press(&gettext("Restart Now")).await?;
    stage.restarted();
    stage.see(&gettext("Hardware")).await
}

/// A card is bound while the host runs, looked at among the changes, and given back by undo.
async fn changes(stage: &Stage) -> Outcome {
    stage.act("win.changes");
    stage.see(&gettext("No Changes Yet")).await?;
    stage.picture("30-no-changes").await?;
    stage.act("win.devices");
    stage.press(&gettext("Bind to vfio-pci Now…")).await?;
    stage.see(&gettext("What Will Happen")).await?;
    everywhere(stage, "31-bind-review").await?;
    stage.press(&gettext("Apply")).await?;
    stage.see(&gettext("Done")).await?;
    stage.picture("32-bound").await?;
    stage.press(&gettext("Close")).await?;
    stage.press(&gettext("Give Back to the Host Now…")).await?;
    stage.see(&gettext("What Will Happen")).await?;
    stage.picture("33-give-back-review").await?;
    stage.close_dialog().await;
    stage.act("win.changes");
    stage.see(&gettext("In effect")).await?;
    everywhere(stage, "34-changes").await?;
    stage.press(&gettext("Details")).await?;
    stage.see(&gettext("What Became of It")).await?;
    stage.picture("35-details").await?;
    stage.close_dialog().await;
    stage.press(&gettext("Undo…")).await?;
    stage.see(&gettext("What Undo Will Do")).await?;
    everywhere(stage, "36-undo-review").await?;
    stage.press(&gettext("Undo")).await?;
    stage.see(&gettext("Show Changes")).await?;
    stage.picture("37-undone").await?;
    stage.press(&gettext("Show Changes")).await?;
    stage.see(&gettext("Undone")).await?;
    stage.picture("38-changes-undone").await?;
    stage.act("win.devices");
    Ok(())
}

/// A picture in light, in dark, and as narrow as a phone.
async fn everywhere(stage: &Stage, name: &str) -> Outcome {
    stage.picture(name).await?;
    stage.dark_picture(&format!("{name}-dark")).await?;
    stage.narrow_picture(&format!("{name}-narrow")).await?;
    Ok(())
}

/// The other ways to look at the devices, of every machine.
async fn views(stage: &Stage) -> Outcome {
    for machine in DemoMachine::ALL {
        for view in [View::Topology, View::Usb] {
            let name = format!("14-{}-{}", view.id(), machine.id());
            stage.switch(HostChoice::Demo(machine));
            stage.act_with("win.view", &view.id().to_variant());
            stage.see(machine.id()).await?;
            stage.see(&gettext("Identity")).await?;
            stage.see_list().await?;
            stage.picture(&name).await?;
            stage.dark_picture(&format!("{name}-dark")).await?;
            stage.narrow_picture(&format!("{name}-narrow")).await?;
        }
    }
    stage.switch(HostChoice::Demo(DemoMachine::Workshop));
    stage.act_with("win.view", &View::Usb.id().to_variant());
    stage.see(DemoMachine::Workshop.id()).await?;
    stage.settle().await;
    stage.see(&gettext("Identity")).await?;
    stage.select_row(2).await?;
    stage.picture("14-usb-details").await?;
    stage.resize(NARROW.0, NARROW.1).await;
    stage.act("win.details");
    stage.picture("14-usb-details-narrow").await?;
    stage.act("win.details");
    stage.resize(WIDE.0, WIDE.1).await;
    stage.act_with("win.view", &View::Groups.id().to_variant());
    stage.settle().await;
    stage.select_row(0).await?;
    // What is folded at first is unfolded, and the other way round.
    let parts = ["What the Host Loses", "Goes Along", "Hardware", "Memory and ROM", "Identity"];
    for part in parts {
        stage.press_label(&gettext(part)).await?;
    }
    stage.picture("14-details-unfolded").await?;
    stage.dark_picture("14-details-unfolded-dark").await?;
    for part in parts {
        stage.press_label(&gettext(part)).await?;
    }
    Ok(())
}

async fn other_machines(stage: &Stage) -> Outcome {
    for (machine, name) in
        [(DemoMachine::Studio, "13-devices-studio"), (DemoMachine::Traveller, "15-devices-traveller")]
    {
        stage.switch(HostChoice::Demo(machine));
        stage.see(machine.id()).await?;
        stage.see(&gettext("Hardware")).await?;
        stage.picture(name).await?;
    }
    Ok(())
}

/// The map of every machine, as wide as a window and as narrow as a phone.
async fn map(stage: &Stage) -> Outcome {
    for machine in DemoMachine::ALL {
        let name = format!("21-map-{}", machine.id());
        stage.switch(HostChoice::Demo(machine));
        stage.act_with("win.view", &"map".to_variant());
        stage.see(machine.id()).await?;
        stage.see(&gettext("Export")).await?;
        stage.picture(&name).await?;
        stage.dark_picture(&format!("{name}-dark")).await?;
        stage.narrow_picture(&format!("{name}-narrow")).await?;
    }
    stage.act_with("win.view", &"groups".to_variant());
    Ok(())
}

/// What stands in the way on every machine, as wide as a window and as narrow as a phone.
async fn readiness(stage: &Stage) -> Outcome {
    for machine in DemoMachine::ALL {
        let name = format!("22-readiness-{}", machine.id());
        stage.switch(HostChoice::Demo(machine));
        stage.see(machine.id()).await?;
        stage.act("win.readiness");
        stage.see(&gettext("Needs Attention")).await?;
        stage.picture(&name).await?;
        // Only the first one has a card that can be handed over once something is done.
        let way = if machine == DemoMachine::Workshop { gettext("What to Do") } else { gettext("Why") };
        stage.press(&way).await?;
        stage.see(&gettext("Evidence")).await?;
        stage.picture(&format!("{name}-open")).await?;
        stage.dark_picture(&format!("{name}-dark")).await?;
        stage.narrow_picture(&format!("{name}-narrow")).await?;
    }
    stage.act("win.save-report");
    stage.see(&gettext("Serial numbers and names are replaced")).await?;
    stage.see(&gettext("Save…")).await?;
    stage.picture("23-report").await?;
    stage.narrow_picture("23-report-narrow").await?;
    stage.close_dialog().await;
    stage.act("win.devices");
    Ok(())
}

/// A start on trial that does not work, which no demo comes to.
async fn broken_trial(stage: &Stage) -> Outcome {
    let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
    let source = target.source().map_err(|error| error.to_string())?;
    let hypervisor = target.connect().map_err(|error| error.to_string())?;
    let vm = hypervisor.find("win11").map_err(|error| error.to_string())?;
    let host = Host::scan(&source);
    stage.switch(target.host);
    stage.see("win11").await?;
    stage.see(&gettext("Hardware")).await?;
    let look = super::reserved::look(&host, &*hypervisor, &vm)?;
    stage.tell(WindowInput::After(AfterNews::Looked(stage.generation(), Box::new(look))));
    stage.see(&gettext("The Trial Does Not Work")).await?;
    everywhere(stage, "39-trial-broken").await?;
    stage.close_dialog().await;
    Ok(())
}

/// What no demo has: told to the window as its workers would.
async fn troubles(stage: &Stage) -> Outcome {
    stage.switch(HostChoice::Machine("/nowhere/broken.host".into()));
    stage.see(&gettext("The Machine Cannot Be Read")).await?;
    stage.picture("16-unreadable").await?;

    stage.switch(HostChoice::Demo(DemoMachine::Workshop));
    stage.see("win11").await?;
    // The machine's own reading has to be there first, or it replaces what is told.
    stage.see(&gettext("Hardware")).await?;
    stage.tell(WindowInput::Read(Reading::new(stage.generation(), Ok(without_iommu()?))));
    stage.see(&gettext("The IOMMU Is Off")).await?;
    stage.picture("17-iommu-off").await?;
    stage.narrow_picture("17-iommu-off-narrow").await?;

    for (kind, message, title, name) in [
        (
            HypervisorErrorKind::NotReachable,
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
            gettext("libvirt Does Not Answer"),
            "18-not-reachable",
        ),
        (
            HypervisorErrorKind::NoPermission,
            "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
            gettext("No Access to Virtual Machines"),
            "19-no-permission",
        ),
    ] {
        let error = HypervisorError::new(kind, "qemu:///system", message);
        news(stage, Update::Failed(error));
        stage.tell(WindowInput::Open(crate::sidebar::state::Place::Machines));
        stage.see(&title).await?;
        stage.picture(name).await?;
        stage.dark_picture(&format!("{name}-dark")).await?;
        if kind == HypervisorErrorKind::NotReachable {
            stage.act("win.retry");
            stage.see(&gettext("Trying Again…")).await?;
            stage.picture("18-trying-again").await?;
            news(stage, Update::Failed(HypervisorError::new(kind, "qemu:///system", message)));
            stage.see(&gettext("Try Again")).await?;
            stage.picture("18-tried-again").await?;
        }
    }
    stage.narrow_picture("19-no-permission-narrow").await?;
    let lost = HypervisorError::new(HypervisorErrorKind::Lost, "qemu:///system", "closed by the other side");
    news(stage, Update::Lost(lost));
    stage.see(&gettext("Connection Lost")).await?;
    stage.picture("20-connection-lost").await
}

fn news(stage: &Stage, update: Update) {
    stage.tell(WindowInput::Connection(stage.generation(), ConnectionNews(update)));
}

/// The demo's first machine, had its firmware no IOMMU.
fn without_iommu() -> Result<std::sync::Arc<Snapshot>, String> {
    let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
    let source = target.source().map_err(|error| error.to_string())?;
    let mut host = Host::scan(&source);
    host.groups.clear();
    for function in &mut host.functions {
        function.group = Value::Absent;
    }
    let fact = |path: &str, value: Option<&str>| Evidence { path: path.into(), value: value.map(Into::into) };
    host.iommu = IommuState::Off {
        why: IommuOff::NotOffered,
        evidence: vec![
            fact("/sys/kernel/iommu_groups", Some("empty")),
            fact("/sys/firmware/acpi/tables/IVRS", None),
        ],
    };
    Ok(Snapshot::of(host, Names::bundled(), "workshop".into()))
}
