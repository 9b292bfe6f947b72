//! Resolving users and groups with the image's own account files (M5).

use appc_kernel::root::Root;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};

/// Maximum number of bytes read from an account file.
const ACCOUNTS_LIMIT: usize = 16 << 20;

/// Index of the ID in a line of passwd(5) and group(5), after the name.
const ID: usize = 1;
/// Index of the user's own group, in passwd(5) only.
const OWN_GROUP: usize = 2;

/// The user and groups of a process.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
    pub supplementary: Vec<u32>,
}

impl Identity {
    /// The superuser.
    pub fn root() -> Self {
        Self {
            uid: 0,
            gid: 0,
            supplementary: Vec::new(),
        }
    }

    /// Resolves the manifest's `user` and `group` inside `root`.
    pub fn resolve(root: &Root, user: &str, group: &str, supplementary: &[u32]) -> Result<Self> {
        Ok(Self {
            uid: User.id(root, user).about(format_args!("user {user:?}"))?,
            gid: Group.id(root, group).about(format_args!("group {group:?}"))?,
            supplementary: supplementary.to_vec(),
        })
    }

    /// Resolves a user that an operator names in the same forms, with the group `group` or, if
    /// `None`, the user's own: that in /etc/passwd or that of the file; for a number the same
    /// number.
    pub fn named(root: &Root, user: &str, group: Option<&str>) -> Result<Self> {
        if let Some(group) = group {
            return Self::resolve(root, user, group, &[]);
        }
        let uid = User.id(root, user).about(format_args!("user {user:?}"))?;
        let gid = if user.starts_with('/') {
            Group.id(root, user).about(format_args!("user {user:?}"))?
        } else {
            in_accounts(&User.read(root)?, user, OWN_GROUP).unwrap_or(uid)
        };
        Ok(Self {
            uid,
            gid,
            supplementary: Vec::new(),
        })
    }
}

use Kind::{Group, User};

#[derive(Clone, Copy)]
enum Kind {
    User,
    Group,
}

impl Kind {
    fn accounts(self) -> &'static str {
        match self {
            User => "/etc/passwd",
            Group => "/etc/group",
        }
    }

    /// Reads the account file; empty if the image has none.
    fn read(self, root: &Root) -> Result<Vec<u8>> {
        match root.read_file(self.accounts(), ACCOUNTS_LIMIT) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(Vec::new()),
            result => result.about(self.accounts()),
        }
    }

    /// Resolves a name: `/path` means the owner of that file, otherwise it is a name in the image
    /// in any form, otherwise a number.
    fn id(self, root: &Root, name: &str) -> Result<u32> {
        if name.starts_with('/') {
            let file = root.find(name, OFlags::PATH).about("no such file in the image")?;
            let facts = rustix::fs::fstat(&file).about("cannot be looked at")?;
            return Ok(match self {
                User => facts.st_uid,
                Group => facts.st_gid,
            });
        }
        if let Some(id) = in_accounts(&self.read(root)?, name, ID) {
            return Ok(id);
        }
        if !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_digit()) {
            // The kernel takes the highest number as "leave unchanged".
            return name
                .parse()
                .ok()
                .filter(|id| *id != u32::MAX)
                .ok_or_else(|| Failure::new("is too high a number"));
        }
        Err(Failure::new(format!("is not in the image's {}", self.accounts())))
    }
}

/// The number in `field` of the line whose first field is `name`.
fn in_accounts(accounts: &[u8], name: &str, field: usize) -> Option<u32> {
    accounts.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        if fields.next()? != name.as_bytes() {
            return None;
        }
        let id = fields.nth(field)?;
        std::str::from_utf8(id).ok()?.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &[u8] =
        b"root:x:0:0:root:/root:/bin/sh\nredis:x:999:998::/:\n1000:x:7:7::/:\nbroken\nodd:x:no:1::/:\n";

    #[test]
    fn names_are_found_even_where_they_look_like_numbers() {
        assert_eq!(in_accounts(PASSWD, "redis", ID), Some(999));
        assert_eq!(in_accounts(PASSWD, "1000", ID), Some(7));
        assert_eq!(in_accounts(PASSWD, "broken", ID), None);
        assert_eq!(in_accounts(PASSWD, "odd", ID), None);
        assert_eq!(in_accounts(PASSWD, "", ID), None);
        assert_eq!(in_accounts(PASSWD, "redis", OWN_GROUP), Some(998));
    }
}
