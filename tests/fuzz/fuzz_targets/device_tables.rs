//! The kernel's tables of devices and the texts of identities: what is read of them keeps to what the tables can say.
#![no_main]

use gangway_core::devices::Identity;
use gangway_core::devices::network::routes::{parse_routes, parse_routes_6};
use gangway_core::devices::storage::mounts::{parse_mounts, parse_swaps, unescape};
use gangway_core::devices::usb::input::parse_inputs;
use libfuzzer_sys::fuzz_target;

/// What the kernel writes in place of a byte that its tables cannot hold.
fn escape(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b' ' | b'\t' | b'\n' | b'\\' | 0x80.. => format!("\\{byte:03o}"),
        plain => char::from(plain).to_string(),
    });
    escaped.collect()
}

fuzz_target!(|bytes: &[u8]| {
    let text = &*String::from_utf8_lossy(bytes);
    let lines = text.lines().count();
    assert_eq!(unescape(&escape(text)), text);
    let mounts = parse_mounts(text);
    assert!(mounts.len() <= lines);
    for mount in &mounts {
        let (path, root, source) = (escape(&mount.path), escape(&mount.root), escape(&mount.source));
        let (major, minor) = mount.numbers;
        let again = format!("1 2 {major}:{minor} {root} {path} rw - {} {source} rw\n", mount.kind);
        assert_eq!(parse_mounts(&again).as_slice(), std::slice::from_ref(mount));
    }
    let swaps = parse_swaps(text);
    assert!(swaps.iter().all(|swap| !swap.path.starts_with("/dev/zram")));
    for route in parse_routes(text).into_iter().chain(parse_routes_6(text)) {
        assert!(!route.interface.is_empty() && !route.interface.contains(|c: char| c.is_ascii_whitespace()));
    }
    for input in parse_inputs(text) {
        assert!(!input.name.contains('\n'));
    }
    if let Ok(identity) = text.parse::<Identity>() {
        assert_eq!(identity.to_string().parse(), Ok(identity));
    }
});
