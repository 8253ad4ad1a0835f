//! Tells systemd what the service is about to do, where systemd started it. Source: sd_notify(3).

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use crate::log::log;

/// Says that the service ends by itself. Without that, systemd ends it as soon as its name is free, in the middle of the
/// calls that came before. Source: systemd.service(5), `Type=dbus`.
pub(crate) fn stopping() {
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = tell(&place, b"STOPPING=1") {
        log(format_args!("systemd could not be told that the service ends: {error}"));
    }
}

fn tell(place: &OsStr, what: &[u8]) -> io::Result<()> {
    let address = match place.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(place)?,
    };
    UnixDatagram::unbound()?.send_to_addr(what, &address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_hears_it_under_both_kinds_of_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("gangway-notify-{}", std::process::id());
        let listening = UnixDatagram::bind(&path).unwrap();
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listening_too = UnixDatagram::bind_addr(&address).unwrap();
        tell(path.as_os_str(), b"STOPPING=1").unwrap();
        tell(OsStr::new(&format!("@{name}")), b"STOPPING=1").unwrap();
        for socket in [listening, listening_too] {
            socket.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
            let mut room = [0; 64];
            let length = socket.recv(&mut room).unwrap();
            assert_eq!(&room[..length], b"STOPPING=1");
        }
        assert!(tell(folder.path().join("nobody").as_os_str(), b"").is_err());
    }
}
