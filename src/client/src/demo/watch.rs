//! Notices that the state file was replaced, by this program or another one: a thread that sleeps until
//! the kernel tells (inotify). It never looks by the clock and ends with its owner.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::inotify;

use super::folder::STATE_FILE;

/// A running watch; dropping it ends the thread.
pub(super) struct Watch {
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Calls `changed` on a thread of its own each time the state file in `folder` was replaced.
    pub(super) fn start(folder: &Path, changed: impl Fn() + Send + 'static) -> io::Result<Self> {
        let events = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
        inotify::add_watch(&events, folder, inotify::WatchFlags::MOVED_TO)?;
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC)?);
        let told = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("demo-watch".into())
            .spawn(move || watch(&events, &told, &changed))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread may itself drop its owner, from within the callback; it cannot wait for itself.
        let ended = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes()).is_ok();
        if let Some(thread) = self.thread.take()
            && ended
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn watch(events: &OwnedFd, stop: &OwnedFd, changed: &impl Fn()) {
    loop {
        let mut fds = [PollFd::new(events, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
        let [_, stopped] = &fds;
        if !stopped.revents().is_empty() {
            return;
        }
        if replaced(events) {
            changed();
        }
    }
}

/// Takes all waiting events; whether one was about the state file.
fn replaced(events: &OwnedFd) -> bool {
    let mut space = [std::mem::MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(events, &mut space);
    let mut found = false;
    while let Ok(event) = reader.next() {
        found |= event.file_name().is_some_and(|name| name.to_bytes() == STATE_FILE.as_bytes());
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::super::folder::Folder;
    use super::*;

    #[test]
    fn a_replaced_state_is_told_once_and_nothing_else_is() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        let (sender, receiver) = mpsc::channel();
        let watch = Watch::start(folder.path(), move || sender.send(()).unwrap()).unwrap();
        std::fs::File::create(temporary.path().join("other")).unwrap();
        assert!(receiver.recv_timeout(Duration::from_millis(100)).is_err());
        let lock = folder.lock().unwrap();
        folder.replace("<node/>", &lock).unwrap();
        receiver.recv_timeout(Duration::from_secs(5)).unwrap();
        drop(watch);
        folder.replace("<node/>", &lock).unwrap();
        assert!(receiver.recv_timeout(Duration::from_millis(100)).is_err());
    }
}
