//! The access ACL of a file and its mode: the kernel derives one from the other (acl(5),
//! posix_acl(7) of the kernel's xattr form).

const USER_OBJ: u16 = 1;
const GROUP_OBJ: u16 = 4;
const MASK: u16 = 16;
const OTHER: u16 = 32;

/// The permission bits of an access ACL in its attribute form, and whether it says no more than
/// they do: then the file system stores no attribute. `None` if it is no such ACL.
pub(super) fn permissions(attribute: &[u8]) -> Option<(u32, bool)> {
    let entries = attribute.strip_prefix(&[2, 0, 0, 0])?;
    let (mut user, mut group, mut mask, mut other, mut plain) = (0, 0, None, 0, true);
    for entry in entries.chunks(8) {
        let (tag, bits) = match entry {
            [a, b, c, d, ..] if entry.len() == 8 => (
                u16::from_le_bytes([*a, *b]),
                u32::from(u16::from_le_bytes([*c, *d])),
            ),
            _ => return None,
        };
        match tag {
            USER_OBJ => user = bits,
            GROUP_OBJ => group = bits,
            OTHER => other = bits,
            MASK => (mask, plain) = (Some(bits), false),
            _ => plain = false,
        }
    }
    Some((user << 6 | mask.unwrap_or(group) << 3 | other, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(entries: &[(u16, u16)]) -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0];
        for (tag, bits) in entries {
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&bits.to_le_bytes());
            bytes.extend_from_slice(&[255; 4]);
        }
        bytes
    }

    #[test]
    fn modes_of_lists() {
        let plain = acl(&[(USER_OBJ, 6), (GROUP_OBJ, 4), (OTHER, 0)]);
        assert_eq!(permissions(&plain), Some((0o640, true)));
        let more = acl(&[(USER_OBJ, 7), (2, 7), (GROUP_OBJ, 5), (MASK, 7), (OTHER, 1)]);
        assert_eq!(permissions(&more), Some((0o771, false)));
        assert_eq!(permissions(b"\x03\0\0\0"), None);
        assert_eq!(permissions(&plain[..9]), None);
    }
}
