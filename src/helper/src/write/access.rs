//! Access lists of folders: whether one lets somebody write whom the permissions do not name.
//!
//! Source: acl(5); kernel, `include/uapi/linux/posix_acl_xattr.h`.

use std::os::fd::AsFd;

use rustix::fs::fgetxattr;
use rustix::io::Errno;

const ATTRIBUTE: &str = "system.posix_acl_access";
const VERSION: u32 = 2;
/// The kinds of entries that name somebody: a user, a group.
const NAMED: [u16; 2] = [0x02, 0x08];
const WRITE: u16 = 0x02;
/// Room for some hundred entries. A longer list is not looked through, and lets others write.
const ROOM: usize = 4096;

/// Whether an access list names somebody who may write, or cannot be told not to.
pub(super) fn lets_others_write(folder: impl AsFd) -> bool {
    let mut room = [0; ROOM];
    match fgetxattr(folder, ATTRIBUTE, &mut room) {
        Ok(length) => names_a_writer(room.get(..length).unwrap_or_default()),
        Err(Errno::NODATA | Errno::NOTSUP) => false,
        Err(_) => true,
    }
}

fn names_a_writer(list: &[u8]) -> bool {
    let Some((version, entries)) = list.split_first_chunk() else { return true };
    let (entries, rest) = entries.as_chunks::<8>();
    let writes = |entry: &[u8; 8]| {
        let [tag, tag_high, may, may_high, ..] = *entry;
        NAMED.contains(&u16::from_le_bytes([tag, tag_high]))
            && u16::from_le_bytes([may, may_high]) & WRITE != 0
    };
    u32::from_le_bytes(*version) != VERSION || !rest.is_empty() || entries.iter().any(writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_named_who_may_write_is_found() {
        let list = |entries: &[(u16, u16)]| {
            let mut list = VERSION.to_le_bytes().to_vec();
            for (tag, may) in entries {
                list.extend(tag.to_le_bytes());
                list.extend(may.to_le_bytes());
                list.extend(1000_u32.to_le_bytes());
            }
            list
        };
        let plain = [(0x01, 7), (0x04, 7), (0x10, 7), (0x20, 5)];
        assert!(!names_a_writer(&list(&plain)));
        assert!(!names_a_writer(&list(&[&plain[..], &[(0x02, 5)]].concat())));
        for tag in NAMED {
            assert!(names_a_writer(&list(&[&plain[..], &[(tag, 6)]].concat())));
        }
        assert!(names_a_writer(&[]) && names_a_writer(&[9, 0, 0, 0]), "not understood is no");
        assert!(names_a_writer(&[&list(&plain)[..], &[0]].concat()));
    }
}
