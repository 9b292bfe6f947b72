//! Extended attributes held against those an entry brought.

use super::acl;
use crate::archive::error::shown;
use crate::archive::pax::Xattr;
use crate::archive::xattr::ACCESS_ACL;

/// The mode a file has once `xattrs` were set: an access ACL makes its permissions.
pub(super) fn mode(mode: u32, xattrs: &[Xattr]) -> u32 {
    let acl = xattrs.iter().find(|(name, _)| name == ACCESS_ACL);
    match acl.and_then(|(_, value)| acl::permissions(value)) {
        Some((bits, _)) => mode & 0o7000 | bits,
        None => mode,
    }
}

/// Whether the kernel adds an attribute on its own: labels and measurements, but not capabilities.
fn own(name: &[u8]) -> bool {
    name.starts_with(b"security.") && name != b"security.capability"
}

/// Names of the attributes that are missing, added or have another value, sorted; empty where none is.
pub(super) fn differing(wanted: &[Xattr], found: &[Xattr]) -> Vec<String> {
    let value = |list: &[Xattr], wanted: &[u8]| {
        let at = list.iter().position(|(name, _)| name == wanted)?;
        list.get(at).map(|(_, value)| value.clone())
    };
    let unkept = |(name, value): &&Xattr| {
        name == ACCESS_ACL && acl::permissions(value).is_some_and(|(_, plain)| plain)
    };
    let changed = wanted
        .iter()
        .filter(|wanted| !unkept(wanted))
        .filter(|(name, wanted)| value(found, name).as_ref() != Some(wanted))
        .map(|(name, _)| shown(name));
    let added = found
        .iter()
        .filter(|(name, _)| !own(name) && value(wanted, name).is_none())
        .map(|(name, _)| shown(name));
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
        let wanted = list(&[("user.a", "1"), ("user.b", "2"), ("security.selinux", "x")]);
        assert_eq!(differing(&wanted, &wanted), Vec::<String>::new());
        let found = list(&[
            ("user.b", "3"),
            ("user.c", ""),
            ("security.selinux", "x"),
            ("security.ima", "m"),
        ]);
        assert_eq!(differing(&wanted, &found), ["user.a", "user.b", "user.c"]);
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
