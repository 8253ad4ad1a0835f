//! Notices that devices of this computer came, went or changed: a thread that sleeps until udev tells, and puts what
//! follows close behind into one notice. It never looks by the clock, and it reads no machine: what a notice is
//! answered with belongs to the programs.

mod burst;
mod socket;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gangway_core::udev::Message;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use self::burst::Burst;
use self::socket::Sender;
pub use self::socket::Socket;

/// What the thread tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Devices came, went or changed; the first of them was heard of at this time.
    Changed {
        /// When it arrived in this process.
        since: Instant,
    },
    /// From now on nothing is noticed any more, for this reason.
    Deaf(Deaf),
}

/// Why nothing can be heard of udev.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Deaf {
    /// The system lets this program have no such socket, or took it away.
    #[error("udev’s socket: {0}")]
    NoSocket(rustix::io::Errno),
    /// No udev runs where this program can see it: the system has none, or this is a sandbox or a container.
    #[error("no udev is running here")]
    NoDaemon,
    /// udev's messages come from outside of this container, where anybody's could come from.
    #[error("udev’s messages come from outside of this container")]
    Stranger,
}

/// Listens as long as it lives; dropping it ends the thread.
pub struct Watch {
    stop: Arc<OwnedFd>,
}

impl Watch {
    /// Calls `tell` on a thread of its own each time that devices changed.
    ///
    /// # Errors
    /// The system has no thread or no descriptor left.
    pub fn start(socket: Socket, tell: impl Fn(Notice) + Send + 'static) -> Result<Self, Deaf> {
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).map_err(Deaf::NoSocket)?);
        let told = Arc::clone(&stop);
        thread::Builder::new().name("udev".into()).spawn(move || listen(&socket, &told, &tell)).map_err(
            |error| {
                Deaf::NoSocket(rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::AGAIN))
            },
        )?;
        Ok(Self { stop })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread is not waited for: it may be telling the one who drops this.
        let _ended = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
    }
}

/// How many messages are taken before looking at the time again: a flood must not keep a notice waiting.
const AT_ONCE: usize = 64;

fn listen(socket: &Socket, stop: &OwnedFd, tell: &impl Fn(Notice)) {
    let mut burst: Option<Burst> = None;
    let mut strange = false;
    let mut room = vec![0; socket::ROOM];
    loop {
        let left =
            burst.as_ref().map(|burst| timespec(burst.due().saturating_duration_since(Instant::now())));
        let mut fds = [PollFd::new(socket, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
        match poll(&mut fds, left.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return tell(Notice::Deaf(Deaf::NoSocket(error))),
        }
        let [heard, stopped] = &fds;
        if !stopped.revents().is_empty() {
            return;
        }
        if !heard.revents().is_empty() {
            for _ in 0..AT_ONCE {
                match hear(socket, &mut room) {
                    Heard::Nothing => break,
                    Heard::Change => {
                        let now = Instant::now();
                        burst.get_or_insert_with(|| Burst::new(now)).add(now);
                    }
                    Heard::Other => {}
                    Heard::Stranger if strange => {}
                    Heard::Stranger => {
                        strange = true;
                        tell(Notice::Deaf(Deaf::Stranger));
                    }
                    Heard::End(error) => return tell(Notice::Deaf(Deaf::NoSocket(error))),
                }
            }
        }
        if let Some(over) = burst.take_if(|burst| burst.due() <= Instant::now()) {
            tell(Notice::Changed { since: over.since() });
        }
    }
}

/// What one look at the socket gave.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    /// Nothing more is waiting.
    Nothing,
    /// Something that is shown may have changed.
    Change,
    /// Nothing that is shown, or not from udev.
    Other,
    /// From udev's group, and not from root as this process knows it.
    Stranger,
    /// The socket is of no use any more.
    End(rustix::io::Errno),
}

fn hear(socket: &Socket, room: &mut [u8]) -> Heard {
    use rustix::io::Errno;
    match socket.receive(room) {
        Ok(received) => match received.sender {
            Sender::Udev => match room.get(..received.length) {
                Some(bytes) if !received.cut => weigh(bytes),
                // Too long for any that was ever seen: what it was about is not known.
                _ => Heard::Change,
            },
            Sender::Stranger => Heard::Stranger,
            Sender::Other => Heard::Other,
        },
        Err(Errno::AGAIN) => Heard::Nothing,
        Err(Errno::INTR) => Heard::Other,
        // There were more than the socket holds: what was lost is not known.
        Err(Errno::NOBUFS) => Heard::Change,
        Err(error) => Heard::End(error),
    }
}

/// Root sent it to udev's group. What cannot be read of it may be anything: unknown never means no.
fn weigh(bytes: &[u8]) -> Heard {
    if Message::parse(bytes).is_ok_and(|message| !message.is_watched()) {
        Heard::Other
    } else {
        Heard::Change
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_root_sends_and_nobody_can_read_counts_as_a_change() {
        assert_eq!(weigh(b"libudev\0of a version to come"), Heard::Change);
        assert_eq!(weigh(b""), Heard::Change);
    }
}
