//! udev's events over a real netlink socket, in a network namespace of the test's own: nothing of this computer hears
//! what is sent here, and nothing that udev sends for this computer arrives.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use gangway_client::udev::{Deaf, Notice, Socket, Watch};
use gangway_tests::programs::Program;
use gangway_tests::skip;
use rustix::cmsg_space;
use rustix::io::{Errno, IoSlice};
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketType, UCred, sendmsg_addr,
    sendto, socket,
};
use rustix::process::{getgid, getpid, getuid};

/// Long enough for a busy computer, and more than a burst takes.
const PATIENCE: Duration = Duration::from_secs(10);
/// After which nothing more is expected: longer than any burst.
const SILENCE: Duration = Duration::from_millis(300);

/// Set for the process that runs in the namespace.
const INSIDE: &str = "GANGWAY_TEST_IN_NAMESPACE";

/// Runs `test` in a network namespace of its own, by running this program again for this one test.
fn in_a_network_of_its_own(name: &str, test: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return test();
    }
    let this = std::env::current_exe().expect("a test knows where it is");
    let mut spaces = vec!["--net"];
    if !getuid().is_root() {
        spaces.extend(["--user", "--map-root-user"]);
    }
    let possible = Program::new("unshare").args(&spaces).arg("true").run();
    if possible.status != 0 {
        return skip(&format!("no network namespace can be had: {}", possible.errors.trim()));
    }
    let run = Program::new("unshare")
        .args(&spaces)
        .arg(this)
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .run();
    assert_eq!(run.status, 0, "{}{}", String::from_utf8_lossy(&run.output), run.errors);
}

/// Sends as udev does.
struct Udev(OwnedFd);

impl Udev {
    fn new() -> Self {
        Self(socket(AddressFamily::NETLINK, SocketType::RAW, Some(KOBJECT_UEVENT)).expect("a socket"))
    }

    fn send(&self, bytes: &[u8]) {
        let group = SocketAddrNetlink::new(0, 2);
        match sendto(&self.0, bytes, SendFlags::empty(), &group) {
            // Where nobody listens any more, or nobody has room left, the sender is told so.
            Ok(_) | Err(Errno::CONNREFUSED | Errno::NOBUFS) => {}
            Err(error) => panic!("sending: {error}"),
        }
    }

    fn says(&self, action: &str, subsystem: &str, path: &str) {
        self.send(&message(&format!("ACTION={action}\0DEVPATH={path}\0SUBSYSTEM={subsystem}\0SEQNUM=1\0")));
    }
}

/// A message with udev's header of 40 bytes.
fn message(properties: &str) -> Vec<u8> {
    let mut bytes = b"libudev\0\xfe\xed\xca\xfe".to_vec();
    let length = u32::try_from(properties.len()).expect("short");
    for field in [40, 40, length, 0, 0, 0, 0] {
        bytes.extend(u32::to_ne_bytes(field));
    }
    bytes.extend(properties.bytes());
    bytes
}

fn listening() -> (Watch, Receiver<Notice>, Udev) {
    let (sender, receiver) = channel();
    let socket = Socket::bound().expect("udev's socket");
    let watch = Watch::start(socket, move |notice| sender.send(notice).expect("the test listens"));
    (watch.expect("a thread"), receiver, Udev::new())
}

fn next(notices: &Receiver<Notice>) -> Notice {
    notices.recv_timeout(PATIENCE).expect("a notice")
}

fn nothing_more(notices: &Receiver<Notice>) {
    if let Ok(notice) = notices.recv_timeout(SILENCE) {
        panic!("{notice:?}");
    }
}

const CARD: &str = "/devices/pci0000:00/0000:00:01.0/0000:01:00";

#[test]
fn a_device_that_comes_is_told_once_and_soon() {
    in_a_network_of_its_own("a_device_that_comes_is_told_once_and_soon", || {
        let (_watch, notices, udev) = listening();
        let mut waits = Vec::new();
        for _ in 0..40 {
            let sent = Instant::now();
            udev.says("add", "pci", &format!("{CARD}.0"));
            let Notice::Changed { since } = next(&notices) else { panic!("deaf") };
            assert!(since >= sent);
            waits.push(sent.elapsed());
        }
        nothing_more(&notices);
        waits.sort();
        let p95 = waits.get(37).expect("forty");
        println!("from sending to the notice: p95 {p95:?}");
        assert!(*p95 < Duration::from_millis(60), "{p95:?}");
    });
}

#[test]
fn a_card_of_four_functions_that_changes_its_driver_is_one_change() {
    in_a_network_of_its_own("a_card_of_four_functions_that_changes_its_driver_is_one_change", || {
        let (_watch, notices, udev) = listening();
        for function in 0..4 {
            udev.says("unbind", "pci", &format!("{CARD}.{function}"));
        }
        for (action, subsystem, path) in [
            ("remove", "drm", "0/drm/card1"),
            ("remove", "sound", "1/sound/card2"),
            ("remove", "usb", "2/usb5"),
        ] {
            udev.says(action, subsystem, &format!("{CARD}.{path}"));
        }
        for function in 0..4 {
            udev.says("bind", "pci", &format!("{CARD}.{function}"));
        }
        assert!(matches!(next(&notices), Notice::Changed { .. }));
        nothing_more(&notices);
    });
}

#[test]
fn what_no_page_shows_is_not_told() {
    in_a_network_of_its_own("what_no_page_shows_is_not_told", || {
        let (_watch, notices, udev) = listening();
        for _ in 0..100 {
            udev.says("change", "power_supply", "/devices/BAT0");
        }
        nothing_more(&notices);
        // What cannot be read may be anything, and neither too little nor too much of it ends the thread.
        udev.send(b"libudev\0\xfe\xed\xca\xfe");
        assert!(matches!(next(&notices), Notice::Changed { .. }));
        udev.says("add", "pci", &"x".repeat(60_000));
        assert!(matches!(next(&notices), Notice::Changed { .. }));
        udev.says("add", "pci", CARD);
        assert!(matches!(next(&notices), Notice::Changed { .. }));
    });
}

#[test]
fn a_flood_is_told_now_and_then_and_survived() {
    in_a_network_of_its_own("a_flood_is_told_now_and_then_and_survived", || {
        let (_watch, notices, udev) = listening();
        let begin = Instant::now();
        for _ in 0..20_000 {
            udev.says("add", "pci", CARD);
        }
        let lasted = begin.elapsed();
        let mut told = 0;
        while notices.recv_timeout(SILENCE).is_ok() {
            told += 1;
        }
        let at_most = lasted.as_millis() / 40 + 3;
        assert!(told >= 1 && told <= at_most, "{told} in {lasted:?}");
        udev.says("remove", "pci", CARD);
        assert!(matches!(next(&notices), Notice::Changed { .. }));
    });
}

#[test]
fn whoever_is_not_root_is_not_believed() {
    in_a_network_of_its_own("whoever_is_not_root_is_not_believed", || {
        let (_watch, notices, udev) = listening();
        let stranger = UCred { pid: getpid(), uid: rustix::process::Uid::from_raw(1000), gid: getgid() };
        let bytes = message(&format!("ACTION=add\0DEVPATH={CARD}.0\0SUBSYSTEM=pci\0"));
        for _ in 0..2 {
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmCredentials(1))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            assert!(control.push(SendAncillaryMessage::ScmCredentials(stranger)));
            let group = SocketAddrNetlink::new(0, 2);
            let sent =
                sendmsg_addr(&udev.0, &group, &[IoSlice::new(&bytes)], &mut control, SendFlags::empty());
            if sent == Err(Errno::INVAL) {
                // A plain user's namespace has no second user.
                return skip("only root can send as somebody else");
            }
            sent.expect("sent");
        }
        // Said once, and nothing is read again for it.
        assert_eq!(next(&notices), Notice::Deaf(Deaf::Stranger));
        nothing_more(&notices);
        udev.says("add", "pci", CARD);
        assert!(matches!(next(&notices), Notice::Changed { .. }));
    });
}

#[test]
fn nothing_is_told_any_more_once_nobody_listens() {
    in_a_network_of_its_own("nothing_is_told_any_more_once_nobody_listens", || {
        let (watch, notices, udev) = listening();
        drop(watch);
        // The thread lets go of the channel when it ends.
        let end = Instant::now() + PATIENCE;
        while notices.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
            assert!(Instant::now() < end, "the thread did not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        udev.says("add", "pci", CARD);
    });
}
