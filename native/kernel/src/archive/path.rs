//! Paths inside an archive: bytes, relative, never upwards.

use super::limits::{NAME_BYTES, PATH_BYTES};

/// Normalizes a path of an archive: no `.`, no empty component, no slash at either end (A2: `./a`
/// and `a` are the same).
///
/// The error says what is wrong with the path; the caller's message names it.
pub(super) fn normalize(raw: &[u8]) -> Result<Vec<u8>, &'static str> {
    if raw.is_empty() {
        return Err("the name is empty");
    }
    if raw.contains(&0) {
        return Err("the name holds a NUL byte");
    }
    if raw.first() == Some(&b'/') {
        return Err("the path is absolute");
    }
    let mut path = Vec::with_capacity(raw.len());
    for name in raw.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => continue,
            b".." => return Err("the path holds \"..\""),
            _ if name.len() > NAME_BYTES => return Err("a name is longer than 255 bytes"),
            _ => {}
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
    }
    if path.len() > PATH_BYTES {
        return Err("the path is longer than 4095 bytes");
    }
    Ok(path)
}

/// Splits a path into its directory (empty for the archive's own root) and its name.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (
            path.get(..at).unwrap_or_default(),
            path.get(at + 1..).unwrap_or_default(),
        ),
        None => (&[], path),
    }
}

/// Every directory above `path`, outermost first.
pub(super) fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'/')
        .filter_map(|(at, _)| path.get(..at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_or_a_reason() {
        let long = vec![b'x'; 256];
        let deep = b"abcdefg/".repeat(600);
        type Case<'a> = (&'a [u8], Result<&'a [u8], &'a str>);
        let table: &[Case<'_>] = &[
            (b"rootfs", Ok(b"rootfs")),
            (b"./rootfs//etc/./passwd/", Ok(b"rootfs/etc/passwd")),
            (b".", Ok(b"")),
            (b"./", Ok(b"")),
            (b"rootfs/..x/...", Ok(b"rootfs/..x/...")),
            (b"rootfs/\xff\n", Ok(b"rootfs/\xff\n")),
            (b"", Err("the name is empty")),
            (b"/etc/passwd", Err("the path is absolute")),
            (b"rootfs/../../x", Err("the path holds \"..\"")),
            (b"..", Err("the path holds \"..\"")),
            (b"rootfs/a\0b", Err("the name holds a NUL byte")),
            (&long, Err("a name is longer than 255 bytes")),
            (&deep, Err("the path is longer than 4095 bytes")),
        ];
        for (raw, expected) in table {
            assert_eq!(normalize(raw).as_deref().map_err(|reason| *reason), *expected);
        }
    }

    #[test]
    fn directories_of_a_path() {
        assert_eq!(split(b"a/b/c"), (&b"a/b"[..], &b"c"[..]));
        assert_eq!(split(b"a"), (&b""[..], &b"a"[..]));
        assert_eq!(ancestors(b"a/b/c").collect::<Vec<_>>(), [&b"a"[..], &b"a/b"[..]]);
    }
}
