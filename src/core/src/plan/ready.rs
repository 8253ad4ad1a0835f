//! Making a computer ready for virtual machines: libvirt's services on, now and from each start, and the caller in the
//! group that may use them.
//!
//! Membership in libvirt's group is as much as root (any disk may be given to a machine), so it is a step of its own kind
//! of risk. Nobody is put into `kvm` or `input`: libvirt needs neither. Networks and packages are not the helper's: libvirt
//! and PackageKit are asked by the programs. Source: libvirt, `docs/daemons.rst`; gpasswd(1); rc-update(8); runsvdir(8).

use super::{Caller, Content, Effect, Ground, GroupChange, Paste, Refusal, ServiceChange, Step};
use crate::checks::Package;
use crate::reading::Reading;
use crate::system::{Image, Init, Layout};

/// The daemons of libvirt's parts that a desktop needs.
const PARTS: [&str; 7] = [
    "virtqemud",
    "virtnetworkd",
    "virtnodedevd",
    "virtnwfilterd",
    "virtsecretd",
    "virtstoraged",
    "virtinterfaced",
];

/// Where systemd keeps units of packages.
const UNITS: [&str; 2] = ["/usr/lib/systemd/system", "/lib/systemd/system"];

/// What makes the computer ready.
pub(super) fn make_ready(
    ground: &Ground,
    caller: Option<&Caller>,
) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    let system = &ground.model.system;
    if system.distribution.image == Image::NixOs {
        let text =
            "virtualisation.libvirtd.enable = true;\nusers.users.<name>.extraGroups = [ \"libvirtd\" ];\n";
        let paste = vec![
            Paste { path: Some("/etc/nixos/configuration.nix".to_owned()), text: text.to_owned() },
            Paste { path: None, text: "sudo nixos-rebuild switch".to_owned() },
        ];
        return Err(vec![Refusal::ByHand { paste }]);
    }
    let family = system.distribution.family();
    let virtualization = &system.virtualization;
    let mut refusals: Vec<Refusal> = [
        (virtualization.layout().is_none(), Package::Libvirt),
        (virtualization.qemu.is_missing(), Package::Qemu),
    ]
    .into_iter()
    .filter(|(missing, _)| *missing)
    .map(|(_, package)| Refusal::NotInstalled { package, family })
    .collect();
    let mut steps = Vec::new();
    match virtualization.layout().map(|layout| services(ground, layout)) {
        Some(Ok(services)) => steps.extend(services.into_iter().map(Step::Service)),
        Some(Err(refusal)) => refusals.push(refusal),
        None => {}
    }
    let mut effect = Effect::Now;
    match caller.filter(|caller| caller.uid != 0).map(|caller| membership(ground, caller)) {
        Some(Ok(Some(change))) => {
            steps.push(Step::Group(change));
            effect = Effect::NextLogin;
        }
        Some(Err(refusal)) => refusals.push(refusal),
        Some(Ok(None)) | None => {}
    }
    if refusals.is_empty() { Ok((steps, effect)) } else { Err(refusals) }
}

fn services(ground: &Ground, layout: Layout) -> Result<Vec<ServiceChange>, Refusal> {
    let unknown = |service: &str| Refusal::UnknownService { service: service.to_owned() };
    // The parts are units of systemd; other init systems package the one daemon.
    match (ground.model.system.early.init, layout) {
        (Init::Systemd, layout) => systemd(ground, layout),
        (Init::OpenRc, Layout::One) if ground.is_there("/etc/init.d/libvirtd") => {
            let on = ground.is_there("/etc/runlevels/default/libvirtd") && runs(ground);
            Ok((!on).then(|| ServiceChange::OpenRc { service: "libvirtd".to_owned() }).into_iter().collect())
        }
        (Init::Runit, Layout::One) if ground.is_there("/etc/sv/libvirtd/run") => {
            let on = ground.is_there("/var/service/libvirtd/run");
            let change = ServiceChange::Runit {
                folder: "/etc/sv/libvirtd".to_owned(),
                link: "/var/service/libvirtd".to_owned(),
            };
            Ok((!on).then_some(change).into_iter().collect())
        }
        (_, Layout::One) => Err(unknown("libvirtd")),
        (_, Layout::Parts) => Err(unknown("virtqemud")),
    }
}

fn runs(ground: &Ground) -> bool {
    ground.model.system.virtualization.socket.is_there()
}

/// Whether a unit runs, as far as its socket tells: those of the parts that a machine always needs are looked at one by one.
fn unit_runs(ground: &Ground, unit: &str) -> bool {
    let companions = &ground.model.system.virtualization.companions;
    let own = companions
        .iter()
        .find(|(name, _)| unit.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '-'])));
    runs(ground) && own.is_none_or(|(_, socket)| !socket.is_missing())
}

/// The units that are not enabled, or not started. A socket starts its daemon when somebody asks; the one daemon also
/// starts with the computer where its package does that, since networks and machines that start by themselves wait for it.
fn systemd(ground: &Ground, layout: Layout) -> Result<Vec<ServiceChange>, Refusal> {
    let units: Vec<String> = match layout {
        Layout::One => vec!["libvirtd.socket".to_owned(), "libvirtd.service".to_owned()],
        Layout::Parts => PARTS
            .iter()
            .flat_map(|part| ["", "-ro", "-admin"].map(|kind| format!("{part}{kind}.socket")))
            .collect(),
    };
    let installed = |unit: &str| UNITS.iter().any(|folder| ground.is_there(&format!("{folder}/{unit}")));
    let enabled = |unit: &str| {
        let target = if unit.ends_with(".socket") { "sockets" } else { "multi-user" };
        ground.is_there(&format!("/etc/systemd/system/{target}.target.wants/{unit}"))
    };
    if !runs(ground) && !units.iter().any(|unit| installed(unit)) {
        let service = if layout == Layout::One { "libvirtd" } else { "virtqemud" };
        return Err(Refusal::UnknownService { service: service.to_owned() });
    }
    let missing = |unit: &String| installed(unit) && !(enabled(unit) && unit_runs(ground, unit));
    Ok(units.into_iter().filter(missing).map(|unit| ServiceChange::Systemd { unit }).collect())
}

/// The group that the caller needs, where it is not a member yet.
fn membership(ground: &Ground, caller: &Caller) -> Result<Option<GroupChange>, Refusal> {
    let account =
        text(ground, "/etc/passwd")?.lines().any(|line| line.split(':').next() == Some(&caller.name));
    if !account {
        return Err(Refusal::NoAccount { uid: caller.uid });
    }
    let groups = text(ground, "/etc/group")?;
    for name in ["libvirt", "libvirtd"] {
        let Some(members) = members(groups, name) else { continue };
        if members.contains(&caller.name.as_str()) {
            return Ok(None);
        }
        let change = GroupChange { group: name.to_owned(), uid: caller.uid, user: caller.name.clone() };
        return Ok(Some(change));
    }
    // Image-based systems have the groups of packages beside the accounts' file, where no tool changes them.
    let of_the_image = ground.file("/usr/lib/group").known().and_then(Content::text);
    if let Some(line) =
        of_the_image.and_then(|groups| groups.lines().find(|line| line.starts_with("libvirt:")))
    {
        let paste = vec![Paste { path: Some("/etc/group".to_owned()), text: format!("{line}\n") }];
        return Err(Refusal::ByHand { paste });
    }
    // A libvirt without a group lets everybody ask polkit.
    Ok(None)
}

fn members<'a>(groups: &'a str, name: &str) -> Option<Vec<&'a str>> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name)
            .then(|| fields.nth(2).unwrap_or_default().split(',').map(str::trim).collect())
    })
}

fn text<'a>(ground: &'a Ground, path: &str) -> Result<&'a str, Refusal> {
    let reason = match ground.file(path) {
        Reading::Known(content) => match content.text() {
            Some(text) => return Ok(text),
            None => "not a text".to_owned(),
        },
        Reading::Absent => "not there".to_owned(),
        Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => trouble.to_string(),
    };
    Err(Refusal::Unreadable { path: path.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_group() {
        let groups = "root:x:0:\nlibvirt:x:130:ann, bob\nlibvirt-qemu:x:64055:libvirt-qemu\n";
        assert_eq!(members(groups, "libvirt"), Some(vec!["ann", "bob"]));
        assert_eq!(members(groups, "root"), Some(vec![""]));
        assert_eq!(members(groups, "kvm"), None);
    }
}
