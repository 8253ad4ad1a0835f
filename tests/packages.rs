//! Installing packages through a PackageKit on a bus of its own.

use gangway_client::packages::{PackageKit, PackagesError};
use gangway_tests::bus::packagekit::{self, State};
use gangway_tests::bus::{Bus, users};

const LIBVIRT: &str = "libvirt-daemon-system;11.3.0;amd64;debian";
const SWTPM: &str = "swtpm;0.7.1;amd64;debian";
const NEEDED: &str = "libvirt0;11.3.0;amd64;debian";
/// `PK_INFO_ENUM_INSTALLING` and `PK_INFO_ENUM_REMOVING`.
const COMES: u32 = 12;
const GOES: u32 = 13;

fn known() -> State {
    State {
        known: vec![LIBVIRT.to_owned(), SWTPM.to_owned()],
        along: vec![(COMES, NEEDED.to_owned())],
        ..State::default()
    }
}

#[test]
fn what_was_shown_is_installed_and_nothing_else() {
    let Some(bus) = Bus::start() else { return };
    let kit = PackageKit::on(bus.connect_as(users().0));
    assert_eq!(kit.look(&["swtpm"]), Err(PackagesError::Absent));
    let service = packagekit::PackageKit::start(&bus, known());
    let shown = kit.look(&["libvirt-daemon-system", "swtpm"]).unwrap();
    assert_eq!(shown.packages, ["libvirt-daemon-system 11.3.0", "libvirt0 11.3.0", "swtpm 0.7.1"]);
    assert_eq!(service.state().installed, Vec::<Vec<String>>::new(), "looking installs nothing");
    let mut heard = Vec::new();
    kit.install(&shown, &mut |working| heard.push((working.package.clone(), working.percentage))).unwrap();
    let swtpm = Some("swtpm".to_owned());
    // That the percentage is not known is no news where it was not known before.
    assert_eq!(heard.last_chunk::<2>(), Some(&[(swtpm.clone(), None), (swtpm, Some(60))]), "{heard:?}");
    assert_eq!(service.state().installed, [[LIBVIRT, SWTPM]]);
    assert!(service.state().hints.iter().any(|hint| hint == "interactive=true"));

    service.state().along.push((COMES, "nginx;1;amd64;debian".to_owned()));
    assert_eq!(kit.install(&shown, &mut |_| {}), Err(PackagesError::Changed));
    assert_eq!(service.state().installed.len(), 1);
}

#[test]
fn what_is_unknown_what_would_go_and_what_is_refused_is_told() {
    let Some(bus) = Bus::start() else { return };
    let kit = PackageKit::on(bus.connect_as(users().0));
    let service = packagekit::PackageKit::start(&bus, known());
    let unknown = PackagesError::Unknown { names: vec!["ovmf".to_owned()] };
    assert_eq!(kit.look(&["swtpm", "ovmf"]), Err(unknown));
    let shown = kit.look(&["swtpm"]).unwrap();
    service.state().refuses = true;
    let refused = PackagesError::NotAllowed { reason: "not authorized".to_owned() };
    assert_eq!(kit.install(&shown, &mut |_| {}), Err(refused));
    service.state().along = vec![(GOES, "gnome-shell;48;amd64;debian".to_owned())];
    let removes = PackagesError::Removes { names: vec!["gnome-shell 48".to_owned()] };
    assert_eq!(kit.look(&["swtpm"]), Err(removes));
    assert_eq!(service.state().installed, Vec::<Vec<String>>::new());
}

#[test]
fn who_goes_away_is_not_waited_for() {
    let Some(bus) = Bus::start() else { return };
    let kit = PackageKit::on(bus.connect_as(users().0));
    let service = packagekit::PackageKit::start(&bus, known());
    let shown = kit.look(&["swtpm"]).unwrap();
    service.state().goes_away = true;
    assert_eq!(kit.install(&shown, &mut |_| {}), Err(PackagesError::Lost));
    assert_eq!(kit.look(&["swtpm"]), Err(PackagesError::Absent));
}
