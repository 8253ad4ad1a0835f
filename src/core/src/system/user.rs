//! What the user may do: groups of the running session and of the account, and the device nodes of virtualization.
//!
//! Source: kernel, `Documentation/filesystems/proc.rst` (status); group(5). No name of a person is kept.

use std::collections::BTreeMap;

use super::list;
use super::reader::{Presence, Reader};
use crate::reading::Reading;

/// The user who reads the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Who the process is.
    pub process: Reading<Identity>,
    /// The groups that matter for virtualization, by name.
    pub groups: Reading<BTreeMap<String, Group>>,
    /// Whether the user may use `/dev/kvm`.
    pub kvm: Reading<()>,
    /// Whether `/dev/kvm` is there.
    pub kvm_node: Presence,
    /// Whether `/dev/vfio/vfio` or `/dev/iommu` is there.
    pub vfio_node: Presence,
}

/// Who a process is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The number of the user.
    pub id: u32,
    /// The numbers of all its groups.
    pub groups: Vec<u32>,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Its number.
    pub id: u32,
    /// Whether the account of the user is a member; none where it could not be told whose account it is.
    pub has_account: Option<bool>,
}

/// What a user has to do with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Membership {
    /// The session has it.
    Now,
    /// The account has it, and the session does not yet.
    AfterLogin,
    /// Neither.
    No,
    /// There is no such group.
    NoGroup,
    /// What was read does not tell.
    Unknown,
}

impl User {
    /// Whether it is the administrator.
    pub fn is_root(&self) -> bool {
        self.process.known().is_some_and(|identity| identity.id == 0)
    }

    /// What the user has to do with a group.
    pub fn membership(&self, name: &str) -> Membership {
        let (Some(identity), Some(groups)) = (self.process.known(), self.groups.known()) else {
            return Membership::Unknown;
        };
        let Some(group) = groups.get(name) else { return Membership::NoGroup };
        match group.has_account {
            _ if identity.groups.contains(&group.id) => Membership::Now,
            Some(true) => Membership::AfterLogin,
            Some(false) => Membership::No,
            None => Membership::Unknown,
        }
    }

    /// The group that libvirt lets in: `libvirt`, or NixOS's `libvirtd`.
    pub fn libvirt_group(&self) -> Option<&str> {
        let groups = self.groups.known()?;
        ["libvirt", "libvirtd"].into_iter().find(|name| groups.contains_key(*name))
    }
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> User {
    let process = reader.parse(&list::SELF, identity);
    let own = process.known().map(|identity| identity.id);
    let users = reader.text(&list::USERS);
    let name = users.known().zip(own).and_then(|(users, own)| account(users, own));
    User {
        groups: reader.text(&list::GROUPS).map(|text| groups(&text, name.as_deref())),
        process,
        kvm: reader.usable(&list::KVM),
        kvm_node: reader.there(&[&list::KVM]),
        vfio_node: reader.there(&[&list::VFIO, &list::IOMMUFD]),
    }
}

/// The lines `Uid:`, `Gid:` and `Groups:` of a process's status; the effective ones count.
fn identity(text: &str) -> Option<Identity> {
    let numbers = |name: &str| -> Option<Vec<u32>> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().map(|number| number.parse().ok()).collect()
    };
    let id = *numbers("Uid:")?.get(1)?;
    let mut groups = numbers("Groups:")?;
    groups.extend(numbers("Gid:")?.get(1));
    Some(Identity { id, groups })
}

/// The name of the account with a number.
fn account(users: &str, id: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    })
}

fn groups(text: &str, account: Option<&str>) -> BTreeMap<String, Group> {
    let group = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let (name, id) = (fields.first()?, fields.get(2)?.parse().ok()?);
        let members = fields.get(3).copied().unwrap_or_default();
        let has_account = account.map(|account| members.split(',').any(|member| member.trim() == account));
        list::group(line).then(|| ((*name).to_owned(), Group { id, has_account }))
    };
    text.lines().filter_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(status: &str, users: &str, text: &str) -> User {
        let process = identity(status).map_or(Reading::Absent, Reading::Known);
        let name = process.known().and_then(|identity| account(users, identity.id));
        User { groups: Reading::Known(groups(text, name.as_deref())), process, ..User::default() }
    }

    const STATUS: &str = "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t27 130 \n";

    #[test]
    fn groups_of_the_session_and_of_the_account() {
        let text = "libvirt:x:130:ada\nkvm:x:104:bob,ada\ninput:x:105:bob\nada:x:1000:\n";
        let user = user(STATUS, "ada:x:1000:1000\n", text);
        assert_eq!(user.membership("libvirt"), Membership::Now);
        assert_eq!(user.membership("kvm"), Membership::AfterLogin);
        assert_eq!(user.membership("input"), Membership::No);
        assert_eq!(user.membership("libvirtd"), Membership::NoGroup);
        assert_eq!(user.libvirt_group(), Some("libvirt"));
        assert!(!user.is_root());
    }

    #[test]
    fn an_account_that_is_not_found_is_not_outside() {
        let user = user(STATUS, "", "kvm:x:104:ada\nlibvirt:x:130:\n");
        assert_eq!(user.membership("kvm"), Membership::Unknown);
        assert_eq!(user.membership("libvirt"), Membership::Now);
        assert_eq!(User::default().membership("kvm"), Membership::Unknown);
    }

    #[test]
    fn garbled_lines_are_no_identity() {
        for text in
            ["", "Uid:\t1\n", "Uid: 1 x\nGid: 1 1\nGroups:\n", "Uid: 1 1\nGid: 1\nGroups: 99999999999\n"]
        {
            assert_eq!(identity(text), None, "{text:?}");
        }
        assert_eq!(groups("libvirt\nlibvirt:x\nlibvirt:x:no:\n:::\n", Some("ada")), BTreeMap::new());
    }
}
