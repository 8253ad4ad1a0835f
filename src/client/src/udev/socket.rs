//! The netlink socket on which udev tells: opening it, receiving from it, and from whom a message is.
//!
//! Source: systemd, `src/libsystemd/sd-device/device-monitor.c`; netlink(7). Messages on the kernel's own group come
//! before udev's rules have run, so they are not listened to.
#![allow(
    unsafe_code,
    reason = "a message with its sender is received by C's rules; rustix reads the sender’s process \
    as a number that is never 0, which it is for a sender outside of this process’s container"
)]

use std::mem::{offset_of, size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::ptr::from_mut;

use rustix::io::Errno;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt};

use super::Deaf;

/// udev's multicast group as a mask; the kernel's own is 1.
const GROUP: u32 = 2;

/// Where udev listens itself: its library, too, takes that for the sign of whether one is running.
const CONTROL: &str = "/run/udev/control";

/// Room for one message. udev's own library takes no longer ones than 8 KiB.
pub(super) const ROOM: usize = 16 * 1024;

/// The socket. What arrives waits in it until somebody listens.
#[derive(Debug)]
pub struct Socket(OwnedFd);

/// A message that was received.
#[derive(Debug)]
pub(super) struct Received {
    /// How many bytes of the room it takes.
    pub(super) length: usize,
    /// Whether it was longer.
    pub(super) cut: bool,
    pub(super) sender: Sender,
}

/// From whom a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// Root, to udev's group.
    Udev,
    /// To udev's group, by somebody who is not root here.
    Stranger,
    /// To this process alone, or by nobody knows whom.
    Other,
}

impl Socket {
    /// Opens it; from then on nothing is missed.
    ///
    /// # Errors
    /// Why nothing would ever be heard.
    pub fn open() -> Result<Self, Deaf> {
        if !Path::new(CONTROL).exists() {
            return Err(Deaf::NoDaemon);
        }
        Self::bound().map_err(Deaf::NoSocket)
    }

    /// Opens it without asking whether a udev runs here.
    ///
    /// # Errors
    /// The system lets this program have no such socket.
    pub fn bound() -> rustix::io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(KOBJECT_UEVENT))?;
        // Before it is bound, or the first message would come without its sender.
        sockopt::set_socket_passcred(&socket, true)?;
        bind(&socket, &SocketAddrNetlink::new(0, GROUP))?;
        Ok(Self(socket))
    }

    /// Takes the next message.
    pub(super) fn receive(&self, room: &mut [u8]) -> rustix::io::Result<Received> {
        let mut control = Control([0; 64]);
        // SAFETY: all-zero bytes are valid for these structures of numbers and pointers.
        let (mut address, mut header) = unsafe { (zeroed::<libc::sockaddr_nl>(), zeroed::<libc::msghdr>()) };
        let mut part = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
        header.msg_name = from_mut(&mut address).cast();
        header.msg_namelen = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        header.msg_control = control.0.as_mut_ptr().cast();
        header.msg_controllen = control.0.len();
        // SAFETY: every pointer in `header` is to something that is ours alone until the call returns, each with its
        // length in bytes (one part), and the descriptor is open as long as `self` is.
        let length = unsafe { libc::recvmsg(self.0.as_raw_fd(), &raw mut header, 0) };
        let Ok(length) = usize::try_from(length) else {
            return Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO));
        };
        let written = control.0.get(..header.msg_controllen).unwrap_or_default();
        let user = if header.msg_flags & libc::MSG_CTRUNC == 0 { user_of(written) } else { None };
        Ok(Received {
            length: length.min(room.len()),
            cut: header.msg_flags & libc::MSG_TRUNC != 0,
            sender: sender(address.nl_groups, user),
        })
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Room for what the kernel says of a message, as it is aligned there.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// Only somebody with power over the network can send to a group of this protocol at all (the kernel's
/// `NL_CFG_F_NONROOT_RECV` in `lib/kobject_uevent.c`), but what is sent to this process alone never counts.
fn sender(groups: u32, user: Option<u32>) -> Sender {
    match user {
        Some(0) if groups == GROUP => Sender::Udev,
        Some(_) if groups == GROUP => Sender::Stranger,
        _ => Sender::Other,
    }
}

/// The user in the credentials that the kernel put beside a message: cmsg(3), unix(7).
fn user_of(mut control: &[u8]) -> Option<u32> {
    /// What stands before the data of one item, and to what an item is rounded up.
    const HEAD: usize = size_of::<libc::cmsghdr>();
    const STEP: usize = size_of::<usize>();
    let number = |bytes: &[u8], at: usize| -> Option<u32> {
        Some(u32::from_ne_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
    };
    loop {
        let length = usize::from_ne_bytes(control.get(..STEP)?.try_into().ok()?);
        let item = control.get(..length)?;
        let kind = (
            number(item, offset_of!(libc::cmsghdr, cmsg_level))?.cast_signed(),
            number(item, offset_of!(libc::cmsghdr, cmsg_type))?.cast_signed(),
        );
        if kind == (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) {
            return number(item, HEAD + offset_of!(libc::ucred, uid));
        }
        control = control.get(length.max(HEAD).checked_next_multiple_of(STEP)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One item of control data, rounded up.
    fn item(kind: i32, data: &[u32]) -> Vec<u8> {
        let mut bytes = (size_of::<libc::cmsghdr>() + 4 * data.len()).to_ne_bytes().to_vec();
        bytes.extend(libc::SOL_SOCKET.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        data.iter().for_each(|number| bytes.extend(number.to_ne_bytes()));
        bytes.resize(bytes.len().next_multiple_of(size_of::<usize>()), 0);
        bytes
    }

    #[test]
    fn the_sender_is_found_among_other_items() {
        let mut control = item(libc::SO_TIMESTAMP, &[1, 2, 3]);
        control.extend(item(libc::SCM_CREDENTIALS, &[0, 1000, 100]));
        assert_eq!(user_of(&control), Some(1000));
        assert_eq!(user_of(&item(libc::SCM_CREDENTIALS, &[4711, 0, 0])), Some(0));
    }

    #[test]
    fn without_whole_credentials_there_is_no_sender() {
        assert_eq!(user_of(&[]), None);
        assert_eq!(user_of(&[0; 64]), None);
        assert_eq!(user_of(&usize::MAX.to_ne_bytes()), None);
        assert_eq!(user_of(&item(libc::SCM_CREDENTIALS, &[1])), None);
        let whole = item(libc::SCM_CREDENTIALS, &[1, 0, 0]);
        for length in 0..size_of::<libc::cmsghdr>() + 12 {
            assert_eq!(user_of(&whole[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn only_root_to_the_whole_group_is_udev() {
        assert_eq!(sender(GROUP, Some(0)), Sender::Udev);
        assert_eq!(sender(GROUP, Some(1000)), Sender::Stranger);
        assert_eq!(sender(GROUP, None), Sender::Other);
        // The kernel's own group, and what was sent to this process alone.
        assert_eq!(sender(1, Some(0)), Sender::Other);
        assert_eq!(sender(0, Some(0)), Sender::Other);
    }
}
