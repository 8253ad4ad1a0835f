//! What a digest becomes before it leaves the service. A digest covers contents that a caller may not read; whoever got it
//! plain could try guesses at them. So it is hashed once more, with a secret of this installation that root alone has.
//!
//! The secret stays as it is, since a plan may be reviewed, and the service end and start again, before it is applied.

use std::io::Read as _;
use std::sync::Mutex;

use gangway_core::plan::Digest;
use sha2::{Digest as _, Sha256};

use crate::lock;
use crate::log::log;
use crate::write::{Keeping, Root, WriteError};

const STATE: &str = "/var/lib/gangway";
/// The secret.
const SECRET: &str = "/var/lib/gangway/secret";
const LENGTH: usize = 32;
/// Where the system gives random bytes. Source: random(4).
const RANDOM: &str = "/dev/urandom";

type Secret = [u8; LENGTH];

/// Makes digests into what may leave the service.
#[derive(Debug, Default)]
pub(crate) struct Seal {
    secret: Mutex<Option<Secret>>,
}

impl Seal {
    /// What leaves in the place of a digest; the same for the same digest.
    ///
    /// # Errors
    /// There are no random bytes.
    pub(crate) fn of(&self, root: &Root, digest: Digest) -> std::io::Result<Digest> {
        let mut kept = lock(&self.secret);
        let secret = match *kept {
            Some(secret) => secret,
            None => *kept.insert(secret(root)?),
        };
        drop(kept);
        let mut hash = Sha256::new();
        hash.update(b"gangway-sealed-1\0");
        hash.update(secret);
        hash.update(digest.to_string());
        Ok(Digest::from(<[u8; 32]>::from(hash.finalize())))
    }
}

/// The secret of this installation, made where there is none yet, or one that others could read. Where it cannot be kept, as
/// on a full disk, plans are shown nonetheless: they have to be looked at again when the service was ended meanwhile.
fn secret(root: &Root) -> std::io::Result<Secret> {
    let new = random()?;
    Ok(kept(root, new).unwrap_or_else(|error| {
        log(format_args!("The secret for digests is kept in memory alone: {error}"));
        new
    }))
}

fn kept(root: &Root, new: Secret) -> Result<Secret, WriteError> {
    for missing in root.missing_folders(STATE)? {
        root.make_folder(&missing, false)?;
    }
    root.make_passable(STATE)?;
    let found = root.look(SECRET)?;
    if let Some(found) = &found
        && found.meta.mode & 0o077 == 0
        && let Ok(secret) = Secret::try_from(found.content.bytes())
    {
        return Ok(secret);
    }
    if let Some(found) = found {
        root.remove(SECRET, found.content.bytes())?;
    }
    match root.put(SECRET, None, &new, Keeping::Private) {
        Ok(()) => Ok(new),
        // Another service made one meanwhile, as the one that ends when this one starts.
        Err(error) => {
            let found = root.look(SECRET)?.map(|found| Secret::try_from(found.content.bytes()));
            found.and_then(Result::ok).ok_or(error)
        }
    }
}

fn random() -> std::io::Result<Secret> {
    let mut secret = [0; LENGTH];
    std::fs::File::open(RANDOM)?.read_exact(&mut secret)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::gap::Gaps;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test makes its files")]
    fn a_digest_is_sealed_alike_on_this_installation_and_on_no_other() {
        let sealed = |folder: &std::path::Path| {
            let root = Root::open(folder, Gaps::default()).unwrap();
            Seal::default().of(&root, Digest::from([7; 32])).unwrap()
        };
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = sealed(one.path());
        assert_eq!(sealed(one.path()), first, "a service that was started again");
        assert_ne!(sealed(other.path()), first);
        assert_ne!(first, Digest::from([7; 32]));
        let file = one.path().join("var/lib/gangway/secret");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // One that others could read is none any more.
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert_ne!(sealed(one.path()), first);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // Where nothing can be kept, one service seals alike as long as it runs.
        let broken = tempfile::tempdir().unwrap();
        fs::write(broken.path().join("var"), "").unwrap();
        let root = Root::open(broken.path(), Gaps::default()).unwrap();
        let seal = Seal::default();
        let sealed = seal.of(&root, Digest::from([7; 32])).unwrap();
        assert_eq!(seal.of(&root, Digest::from([7; 32])).unwrap(), sealed);
    }
}
