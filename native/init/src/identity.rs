//! Users and groups by the image's own account files (M5).

use appc_kernel::root::Root;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};

/// Bytes of an account file read at most.
const ACCOUNTS_LIMIT: usize = 16 << 20;

/// Fields of a line of passwd(5) and group(5), after the name.
const ID: usize = 1;
/// Of passwd(5) alone: the user's own group.
const OWN_GROUP: usize = 2;

/// Who a process runs as.
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

    /// The manifest's `user` and `group`, resolved inside `root`.
    pub fn resolve(root: &Root, user: &str, group: &str, supplementary: &[u32]) -> Result<Self> {
        Ok(Self {
            uid: User.id(root, user).about(format_args!("user {user:?}"))?,
            gid: Group.id(root, group).about(format_args!("group {group:?}"))?,
            supplementary: supplementary.to_vec(),
        })
    }

    /// A user whom an operator names in the same ways, in `group` or, without one, in the user's own: that of /etc/passwd or of the
    /// file; of a mere number the same number.
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

    /// The account file; empty where the image has none.
    fn read(self, root: &Root) -> Result<Vec<u8>> {
        match root.read_file(self.accounts(), ACCOUNTS_LIMIT) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(Vec::new()),
            result => result.about(self.accounts()),
        }
    }

    /// `/path` is the owner of that file; else a name in the image, however it looks; else a number.
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
            // The highest number means "leave as it is" to the kernel.
            return name
                .parse()
                .ok()
                .filter(|id| *id != u32::MAX)
                .ok_or_else(|| Failure::new("is too high a number"));
        }
        Err(Failure::new(format!("is not in the image's {}", self.accounts())))
    }
}

/// A number of the line whose first field is `name`.
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
