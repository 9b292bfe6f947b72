//! Comparing extended attributes with those of an entry.

use super::acl;
use crate::archive::error::printable;
use crate::archive::pax::Xattr;
use crate::archive::xattr::ACCESS_ACL;

/// The mode of a file after `xattrs` were set: an access ACL sets its permissions.
pub(super) fn mode(mode: u32, xattrs: &[Xattr]) -> u32 {
    let acl = xattrs.iter().find(|(name, _)| name == ACCESS_ACL);
    match acl.and_then(|(_, value)| acl::permissions(value)) {
        Some((bits, _)) => mode & 0o7000 | bits,
        None => mode,
    }
}

/// Whether the kernel adds the attribute by itself: labels and measurements, but not capabilities.
fn own(name: &[u8]) -> bool {
    name.starts_with(b"security.") && name != b"security.capability"
}

/// Names of the attributes that are missing, added or have another value, sorted; empty if there
/// are none.
pub(super) fn differing(expected: &[Xattr], found: &[Xattr]) -> Vec<String> {
    let value = |list: &[Xattr], key: &[u8]| {
        let at = list.iter().position(|(name, _)| name == key)?;
        list.get(at).map(|(_, value)| value.clone())
    };
    let unkept = |(name, value): &&Xattr| {
        name == ACCESS_ACL && acl::permissions(value).is_some_and(|(_, plain)| plain)
    };
    let changed = expected
        .iter()
        .filter(|expected| !unkept(expected))
        .filter(|(name, expected)| value(found, name).as_ref() != Some(expected))
        .map(|(name, _)| printable(name));
    let added = found
        .iter()
        .filter(|(name, _)| !own(name) && value(expected, name).is_none())
        .map(|(name, _)| printable(name));
    let mut names: Vec<_> = changed.chain(added).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(all: &[(&str, &str)]) -> Vec<Xattr> {
        all.iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn what_differs() {
        let expected = list(&[("user.a", "1"), ("user.b", "2"), ("security.selinux", "x")]);
        assert_eq!(differing(&expected, &expected), Vec::<String>::new());
        let found = list(&[
            ("user.b", "3"),
            ("user.c", ""),
            ("security.selinux", "x"),
            ("security.ima", "m"),
        ]);
        assert_eq!(differing(&expected, &found), ["user.a", "user.b", "user.c"]);
        let found = list(&[("security.capability", "c"), ("security.selinux", "y")]);
        assert_eq!(
            differing(&list(&[("security.selinux", "x")]), &found),
            ["security.capability", "security.selinux"]
        );
        assert_eq!(
            differing(&[], &list(&[("security.selinux", "label")])),
            Vec::<String>::new()
        );
    }
}
