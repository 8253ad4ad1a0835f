//! What the bus, polkit and systemd are told of the root service is what its code says: names, actions with their defaults,
//! and the walls around it, once for each unit.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gangway_protocol::Action;
use gangway_protocol::names::{
    INTERFACE, PROGRAM, RECOVERY_UNIT, SERVICE, TRIAL_END_TIMER, TRIAL_END_UNIT, TRIAL_UNIT, UNIT,
};

#[expect(clippy::disallowed_methods, reason = "reads files of the project")]
fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text between the first occurrence of a tag and its end.
fn between<'a>(text: &'a str, tag: &str) -> &'a str {
    let (_, after) = text.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("no {tag} in {text}"));
    after.split_once(&format!("</{tag}>")).unwrap().0
}

#[test]
fn every_action_is_declared_and_every_declared_one_is_used() {
    let policy = data("org.gangway.helper.policy");
    let mut declared = BTreeMap::new();
    for action in policy.split("<action id=\"").skip(1) {
        let (id, rest) = action.split_once('"').unwrap();
        let body = rest.split_once("</action>").unwrap().0;
        assert!(declared.insert(id.to_owned(), body.to_owned()).is_none(), "{id} twice");
    }
    let ids: Vec<&str> = declared.keys().map(String::as_str).collect();
    let mut used: Vec<&str> = Action::ALL.iter().map(|action| action.id()).collect();
    used.sort_unstable();
    assert_eq!(ids, used);
    for action in Action::ALL {
        let body = &declared[action.id()];
        let expected = if action.is_kept() { "auth_admin_keep" } else { "auth_admin" };
        for tag in ["allow_any", "allow_inactive", "allow_active"] {
            assert_eq!(between(body, tag), expected, "{} {tag}", action.id());
        }
        assert!(!between(body, "description").is_empty());
        let asks = between(body, "message");
        let about = asks.contains("$(summary)");
        assert_eq!(about, !action.is_kept(), "{asks}");
        assert!(!asks.replace("$(summary)", "").contains('$'), "{asks}");
    }
}

#[test]
fn the_bus_knows_the_service_by_its_names() {
    let policy = data("org.gangway.Helper1.conf");
    let root = policy.split_once("<policy user=\"root\">").unwrap().1.split_once("</policy>").unwrap().0;
    assert_eq!(root.trim(), format!("<allow own=\"{SERVICE}\"/>"));
    assert_eq!(policy.matches("own=").count(), 1, "nobody but root is the service");
    assert_eq!(policy.matches("user=").count() + policy.matches("group=").count(), 1);
    let everybody = policy.split_once("<policy context=\"default\">").unwrap().1;
    for interface in [INTERFACE, "org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer"] {
        let rule = format!("<allow send_destination=\"{SERVICE}\" send_interface=\"{interface}\"/>");
        assert!(everybody.contains(&rule), "{rule}");
    }
    assert_eq!(everybody.matches("<allow").count(), 3);
    let activation = data("org.gangway.Helper1.service");
    for line in [
        format!("Name={SERVICE}"),
        format!("Exec=@libexecdir@/{PROGRAM}"),
        "User=root".to_owned(),
        format!("SystemdService={UNIT}"),
    ] {
        assert!(activation.lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn all_units_run_the_program_behind_the_same_walls() {
    let (service, recovery) = (data(UNIT), data(RECOVERY_UNIT));
    let (trial, end) = (data(TRIAL_UNIT), data(TRIAL_END_UNIT));
    assert!(service.contains(&format!("\nBusName={SERVICE}\n")));
    assert!(service.contains(&format!("\nExecStart=@libexecdir@/{PROGRAM}\n")));
    // A change is waited for, and neither the service's own end nor a driver that hangs makes systemd end it at the wrong time.
    for line in [&format!("ExecStop=@libexecdir@/{PROGRAM} --wait"), "NotifyAccess=main", "KillMode=process"]
    {
        assert!(service.contains(&format!("\n{line}\n")), "{line}");
    }
    assert!(recovery.contains(&format!("\nExecStart=@libexecdir@/{PROGRAM} --recover\n")));
    let walls = |unit: &str| -> Vec<String> {
        let after = unit.split_once("NoNewPrivileges=").expect("no walls").1;
        let of_service = after.split_once("\n\n").map_or(after, |(service, _)| service);
        of_service.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    };
    assert!(trial.contains(&format!("\nExecStart=@libexecdir@/{PROGRAM} --trial\n")));
    assert!(end.contains(&format!("\nExecStart=@libexecdir@/{PROGRAM} --end-trial\n")));
    for other in [&recovery, &trial, &end] {
        assert_eq!(walls(&service), walls(other));
    }
    assert!(walls(&service).len() > 8);
    // These would hide from the service what must not be taken away from the host: see the units.
    for blind in
        ["PrivateNetwork", "ProtectHome", "PrivateDevices", "PrivateTmp", "ProtectProc", "ProtectSystem"]
    {
        assert!(!service.contains(&format!("\n{blind}=")), "{blind}");
    }
}

#[test]
fn what_belongs_to_a_trial_does_nothing_in_any_other_start() {
    let argument = format!("\nConditionKernelCommandLine={}\n", gangway_core::trial::ARGUMENT);
    let state = format!("\nConditionPathExists={}\n", gangway_core::trial::STATE);
    for unit in [TRIAL_UNIT, TRIAL_END_UNIT, TRIAL_END_TIMER] {
        let text = data(unit);
        assert!(text.contains(&argument) && text.contains(&state), "{unit}");
    }
    // The note comes after recovery, which may take a stage back, and the time runs from the start on.
    assert!(data(TRIAL_UNIT).contains(&format!("\nAfter=local-fs.target {RECOVERY_UNIT}\n")));
    let timer = data(TRIAL_END_TIMER);
    assert_eq!(format!("{}.service", TRIAL_END_TIMER.trim_end_matches(".timer")), TRIAL_END_UNIT);
    assert!(timer.contains("\nOnActiveSec=15min\n") && timer.contains("\nWantedBy=timers.target\n"));
}
