//! Converts ACLs in the text form of tar programs (acl(5), `SCHILY.acl.`) to the kernel's
//! attributes.
//!
//! User and group names belong to the host that packed the archive and mean nothing on other hosts,
//! so a name is accepted only with its number beside it, as libarchive writes it.

use super::error::printable;

const USER_OBJ: u16 = 1;
const USER: u16 = 2;
const GROUP_OBJ: u16 = 4;
const GROUP: u16 = 8;
const MASK: u16 = 16;
const OTHER: u16 = 32;
/// The number in an entry that names no user or group.
const NOBODY: u32 = u32::MAX;

/// Tag, number and permissions of one entry; sorts in the kernel's order.
type Item = (u16, u32, u16);

/// The attribute for an access ACL in text form; `None` where the ACL says no more than a mode. The
/// error says what is wrong with the text.
pub(super) fn access(text: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let items = items(text)?;
    let says_more = items
        .iter()
        .any(|(tag, ..)| !matches!(*tag, USER_OBJ | GROUP_OBJ | OTHER));
    Ok(says_more.then(|| bytes(&items)))
}

/// The attribute for a default ACL in text form.
pub(super) fn default(text: &[u8]) -> Result<Vec<u8>, String> {
    items(text).map(|items| bytes(&items))
}

fn items(text: &[u8]) -> Result<Vec<Item>, String> {
    let mut items = text
        .split(|byte| matches!(byte, b'\n' | b','))
        .map(|line| {
            line.split(|byte| *byte == b'#')
                .next()
                .unwrap_or_default()
                .trim_ascii()
        })
        .filter(|line| !line.is_empty())
        .map(item)
        .collect::<Result<Vec<_>, _>>()?;
    items.sort_unstable();
    Ok(items)
}

fn bytes(items: &[Item]) -> Vec<u8> {
    let mut attribute = vec![2, 0, 0, 0];
    for (tag, number, bits) in items {
        attribute.extend_from_slice(&tag.to_le_bytes());
        attribute.extend_from_slice(&bits.to_le_bytes());
        attribute.extend_from_slice(&number.to_le_bytes());
    }
    attribute
}

/// Parses `user:1001:rwx`, `user:bob:rwx:1001`, `mask::r-x`.
fn item(line: &[u8]) -> Result<Item, String> {
    let bad = |what: &str| format!("ACL: {}: {what}", printable(line));
    let mut fields = line.split(|byte| *byte == b':');
    let mut next = || fields.next().unwrap_or_default();
    let (tag, who, permissions, number) = (next(), next(), next(), next());
    let tag = match (tag, who) {
        (b"user" | b"u", b"") => USER_OBJ,
        (b"user" | b"u", _) => USER,
        (b"group" | b"g", b"") => GROUP_OBJ,
        (b"group" | b"g", _) => GROUP,
        (b"mask" | b"m", b"") => MASK,
        (b"other" | b"o", b"") => OTHER,
        _ => return Err(bad("is no entry of an ACL")),
    };
    let bits = permissions.iter().try_fold(0, |bits, letter| match letter {
        b'r' => Some(bits | 4),
        b'w' => Some(bits | 2),
        b'x' => Some(bits | 1),
        b'-' => Some(bits),
        _ => None,
    });
    let bits = bits
        .filter(|_| permissions.len() == 3)
        .ok_or_else(|| bad("its permissions are not like rwx"))?;
    if !matches!(tag, USER | GROUP) {
        return Ok((tag, NOBODY, bits));
    }
    let number = [who, number].into_iter().find_map(id);
    let number = number.ok_or_else(|| {
        bad("a name without a number, repack with --xattrs --xattrs-include='*' in place of --acls")
    })?;
    Ok((tag, number, bits))
}

/// Parses the number of a user or group.
fn id(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text)
        .ok()?
        .parse()
        .ok()
        .filter(|number| *number != NOBODY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0];
        for (tag, bits, number) in items {
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&bits.to_le_bytes());
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn texts_of_tar_and_libarchive() {
        let expected = of(&[
            (USER_OBJ, 6, NOBODY),
            (USER, 7, 5),
            (USER, 4, 1001),
            (GROUP_OBJ, 4, NOBODY),
            (GROUP, 0, 7),
            (MASK, 6, NOBODY),
            (OTHER, 1, NOBODY),
        ]);
        for text in [
            "user::rw-\nuser:5:rwx\t#effective:rw-\nuser:1001:r--\ngroup::r--\ngroup:7:---\nmask::rw-\nother::--x\n",
            "other::--x,mask::rw-,group:staff:---:7,group::r--,user:bob:r--:1001,user:eve:rwx:5,user::rw-",
            "u::rw-\nu:1001:r--\nu:5:rwx\ng::r--\ng:7:---\nm::rw-\no::--x",
        ] {
            assert_eq!(access(text.as_bytes()), Ok(Some(expected.clone())), "{text}");
        }
    }

    #[test]
    fn what_a_mode_says_is_no_attribute_but_of_a_default() {
        let text = b"user::rw-\ngroup::r--\nother::---\n";
        assert_eq!(access(text), Ok(None));
        let expected = of(&[(USER_OBJ, 6, NOBODY), (GROUP_OBJ, 4, NOBODY), (OTHER, 0, NOBODY)]);
        assert_eq!(default(text), Ok(expected));
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (text, what) in [
            (
                "user:bob:rwx",
                "ACL: user:bob:rwx: a name without a number, repack with --xattrs --xattrs-include='*' in place of --acls",
            ),
            (
                "user:4294967295:rwx",
                "ACL: user:4294967295:rwx: a name without a number, repack with --xattrs --xattrs-include='*' in place of --acls",
            ),
            ("user::rwxx", "ACL: user::rwxx: its permissions are not like rwx"),
            ("user::", "ACL: user::: its permissions are not like rwx"),
            ("mask:5:rwx", "ACL: mask:5:rwx: is no entry of an ACL"),
            (
                "owner@:rwx::allow",
                "ACL: owner@:rwx::allow: is no entry of an ACL",
            ),
        ] {
            assert_eq!(access(text.as_bytes()), Err(what.into()));
        }
    }
}
