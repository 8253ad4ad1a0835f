//! The service for the demo: the same plans, journal and undo, on a folder that the user owns, for the one program at the
//! other end of a socket. Never as root, never on `/`, never on a bus.

mod kernel;
mod tools;

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rustix::fs::{FileType, fstat, stat};
use zbus::Guid;

pub use kernel::ImitatedKernel;

use crate::authority::Authority;
use crate::engine::Engine;
use crate::gap::Gaps;
use crate::service::{IDLE, Service};
use crate::work::Work;
use crate::write::Root;

/// Serves what comes over standard input, which must be a socket.
///
/// # Errors
/// What keeps it from serving, above all being root.
pub fn serve(root: &Path) -> Result<()> {
    refuse_power()?;
    refuse_this_computer(root)?;
    let input = std::io::stdin().as_fd().try_clone_to_owned().context("standard input cannot be used")?;
    let stream = socket(input)?;
    serve_on(stream, root)
}

fn serve_on(stream: UnixStream, root: &Path) -> Result<()> {
    let work = Work::on(root, engine(root)?, Authority::Private)?;
    work.recover()?;
    let builder = zbus::connection::Builder::unix_stream(stream).server(Guid::generate()).p2p();
    let messages = zbus::block_on(builder.build_message_stream()).context("the other end does not answer")?;
    let service = Service::new((&messages).into(), work);
    Ok(service.run(messages, IDLE)?)
}

/// The engine of a folder. Neither the kernel nor the tools are the system's own: those would change this computer.
fn engine(root: &Path) -> Result<Engine> {
    let open = || Root::open(root, Gaps::default());
    let kernel = ImitatedKernel::below(root, rustix::process::getuid().as_raw());
    Ok(Engine::new(open()?, Box::new(kernel.with_tools(open()?))))
}

/// Root, or a program that became somebody, would change more than a folder of the user's.
fn refuse_power() -> Result<()> {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    ensure!(!getuid().is_root() && !geteuid().is_root(), "the demo's service does not run as root");
    ensure!(getuid() == geteuid() && getgid() == getegid(), "the demo's service runs as the user alone");
    Ok(())
}

/// The root folder of this computer is never the demo's, by whatever name; and the folder is the user's own.
fn refuse_this_computer(root: &Path) -> Result<()> {
    let (here, chosen) = (stat("/")?, stat(root).with_context(|| root.display().to_string())?);
    let same = (here.st_dev, here.st_ino) == (chosen.st_dev, chosen.st_ino);
    ensure!(!same, "the demo's service does not work on this computer itself");
    ensure!(FileType::from_raw_mode(chosen.st_mode).is_dir(), "{} is no folder", root.display());
    ensure!(
        chosen.st_uid == rustix::process::getuid().as_raw(),
        "{} belongs to somebody else",
        root.display()
    );
    Ok(())
}

fn socket(input: OwnedFd) -> Result<UnixStream> {
    let kind = FileType::from_raw_mode(fstat(&input)?.st_mode);
    ensure!(kind == FileType::Socket, "standard input is no socket: the demo starts this program");
    Ok(UnixStream::from(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_is_refused_by_every_name() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
        for root in [Path::new("/"), Path::new("/usr/.."), &folder.path().join("link")] {
            let error = refuse_this_computer(root).unwrap_err();
            assert!(error.to_string().contains("this computer"), "{}: {error}", root.display());
        }
        assert!(refuse_this_computer(&folder.path().join("missing")).is_err());
        assert!(refuse_this_computer(folder.path()).is_ok());
    }

    #[test]
    fn root_is_refused() {
        assert_eq!(refuse_power().is_err(), rustix::process::getuid().is_root());
    }
}
