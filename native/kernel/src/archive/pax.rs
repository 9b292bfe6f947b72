//! Pax extended headers: records `LENGTH KEY=VALUE\n`, binary values allowed.
//!
//! Beside POSIX's records, it reads those of tar programs for attributes (`SCHILY.xattr.`,
//! `LIBARCHIVE.xattr.`), and for ACLs and SELinux labels in text form (`SCHILY.acl.`,
//! `RHT.security.selinux`), which are attributes too; if an archive has both, the attribute is
//! used. File flags that prevent changing or removing a file are refused. Times other than that of
//! the last change are ignored, as tar does.

use super::acl_text;
use super::encoding::{base64, percent};
use super::limits::{META_BYTES, XATTR_BYTES, XATTRS};
use super::number;
use super::number::Time;
use super::xattr::{ACCESS_ACL, DEFAULT_ACL};

/// Flags with which a file cannot be changed or removed, in libarchive's names.
const UNCHANGEABLE: [&[u8]; 6] = [b"schg", b"uchg", b"sappnd", b"uappnd", b"sunlnk", b"uunlnk"];

/// An extended attribute: name and value.
pub(super) type Xattr = (Vec<u8>, Vec<u8>);

/// The values in the extended headers of one entry; for missing ones the entry's header is used.
#[derive(Debug, Clone, Default)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<i64>,
    pub(super) uid: Option<i64>,
    pub(super) gid: Option<i64>,
    pub(super) mtime: Option<Time>,
    pub(super) xattrs: Vec<Xattr>,
    /// The sparse format's own key, if there is one.
    pub(super) sparse: Option<String>,
    archived: Vec<Xattr>,
}

struct Record<'a> {
    key: &'a [u8],
    value: &'a [u8],
    /// The records after it.
    rest: &'a [u8],
}

fn record(bytes: &[u8]) -> Result<Record<'_>, String> {
    let bad = |what: &str| Err(format!("bad pax record: {what}"));
    let Some(space) = bytes.iter().take(8).position(|byte| *byte == b' ') else {
        return bad("it does not start with its length");
    };
    let (digits, _) = bytes.split_at(space);
    let Some(length) = number::decimal(digits).and_then(|length| usize::try_from(length).ok()) else {
        return bad("its length is no number");
    };
    if length > bytes.len() || length <= space + 1 {
        return bad("its length does not fit");
    }
    let (this, rest) = bytes.split_at(length);
    let Some((b'\n', this)) = this.split_last() else {
        return bad("its length does not end at a line feed");
    };
    let this = this.get(space + 1..).unwrap_or_default();
    let Some(equals) = this.iter().position(|byte| *byte == b'=') else {
        return bad("it has no \"=\"");
    };
    let (key, value) = (
        this.get(..equals).unwrap_or_default(),
        this.get(equals + 1..).unwrap_or_default(),
    );
    if key.is_empty() || key.contains(&0) {
        return bad("its key is empty or holds a NUL byte");
    }
    Ok(Record { key, value, rest })
}

impl Pax {
    /// Merges the records of one extended header over the earlier values; the error says what is
    /// wrong with the header.
    pub(super) fn merge(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            let Record { key, value, rest } = record(bytes)?;
            self.set(key, value)?;
            bytes = rest;
        }
        if self.bytes() > META_BYTES {
            return Err(format!("pax headers of more than {META_BYTES} bytes"));
        }
        Ok(())
    }

    /// Number of bytes in the attributes, the only part that grows from header to header.
    fn bytes(&self) -> u64 {
        self.xattrs
            .iter()
            .chain(&self.archived)
            .map(|(name, value)| (name.len() + value.len()) as u64)
            .sum()
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        // An empty value removes a record: then the header's field is used.
        let some = (!value.is_empty()).then_some(value);
        let number = |name: &str| match some.map(number::decimal) {
            Some(None) => Err(format!(
                "bad pax record: {name} is negative, too large, or no number"
            )),
            Some(number) => Ok(number),
            None => Ok(None),
        };
        match key {
            b"path" => self.path = some.map(<[u8]>::to_vec),
            b"linkpath" => self.link = some.map(<[u8]>::to_vec),
            b"size" => self.size = number("size")?,
            b"uid" => self.uid = number("uid")?,
            b"gid" => self.gid = number("gid")?,
            b"mtime" => {
                self.mtime = match some.map(number::time) {
                    Some(None) => return Err("bad pax record: mtime is no time".into()),
                    time => time.flatten(),
                }
            }
            b"SCHILY.realsize" | b"SUN.holesdata" => self.sparse = Some(String::from_utf8_lossy(key).into()),
            b"SCHILY.acl.access" => {
                if let Some(acl) = some.map(acl_text::access).transpose()?.flatten() {
                    put(&mut self.archived, ACCESS_ACL.to_vec(), acl)?;
                }
            }
            b"SCHILY.acl.default" => {
                if let Some(acl) = some.map(acl_text::default).transpose()? {
                    put(&mut self.archived, DEFAULT_ACL.to_vec(), acl)?;
                }
            }
            b"SCHILY.acl.ace" if some.is_some() => {
                return Err("an ACL of NFSv4 (SCHILY.acl.ace) cannot be kept, repack without --acls".into());
            }
            b"RHT.security.selinux" => {
                if let Some(label) = some {
                    // The kernel returns a label with a NUL at its end.
                    let label = [label.strip_suffix(b"\0").unwrap_or(label), b"\0"].concat();
                    put(&mut self.archived, b"security.selinux".to_vec(), label)?;
                }
            }
            b"SCHILY.fflags" => {
                let flags = value.split(|byte| *byte == b',');
                if let Some(flag) = flags.into_iter().find(|flag| UNCHANGEABLE.contains(flag)) {
                    let flag = String::from_utf8_lossy(flag);
                    return Err(format!(
                        "the file flag {flag} cannot be kept, repack without --fflags"
                    ));
                }
            }
            _ => {
                if key.starts_with(b"GNU.sparse.") {
                    self.sparse = Some(String::from_utf8_lossy(key).into());
                } else if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    put(&mut self.xattrs, name.to_vec(), value.to_vec())?;
                } else if let Some(name) = key.strip_prefix(b"LIBARCHIVE.xattr.") {
                    let decoded = percent(name).zip(base64(value));
                    let (name, value) =
                        decoded.ok_or("bad pax record: an attribute of libarchive's is not base64")?;
                    put(&mut self.archived, name, value)?;
                }
            }
        }
        Ok(())
    }

    /// All attributes; if an archive has one under both prefixes, that of SCHILY is used.
    pub(super) fn all_xattrs(&mut self) -> Vec<Xattr> {
        let mut all = std::mem::take(&mut self.xattrs);
        for (name, value) in std::mem::take(&mut self.archived) {
            if !all.iter().any(|(other, _)| *other == name) {
                all.push((name, value));
            }
        }
        all
    }
}

fn put(xattrs: &mut Vec<Xattr>, name: Vec<u8>, value: Vec<u8>) -> Result<(), String> {
    if name.is_empty() || name.len() > 255 || name.contains(&0) {
        return Err("bad pax record: the name of an extended attribute".into());
    }
    if value.len() > XATTR_BYTES {
        return Err(format!("extended attribute of more than {XATTR_BYTES} bytes"));
    }
    let full = xattrs.len() == XATTRS;
    match xattrs.iter_mut().find(|(other, _)| *other == name) {
        Some(slot) => slot.1 = value,
        None if full => return Err(format!("more than {XATTRS} extended attributes")),
        None => xattrs.push((name, value)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(bytes: &[u8]) -> Result<Pax, String> {
        let mut pax = Pax::default();
        pax.merge(bytes).map(|()| pax)
    }

    fn rec(key: &str, value: &[u8]) -> Vec<u8> {
        let rest = key.len() + value.len() + 3;
        let length = (rest..)
            .find(|length| length.to_string().len() + rest == *length)
            .unwrap();
        [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
    }

    #[test]
    fn records() {
        let bytes = [
            rec("path", b"a/b"),
            rec("mtime", b"1.000000001"),
            rec("SCHILY.xattr.user.x", b"\0=\n\xff\n"),
        ];
        let pax = merged(&bytes.concat()).unwrap();
        assert_eq!(pax.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!(pax.mtime, Some((1, 1)));
        assert_eq!(pax.xattrs, [(b"user.x".to_vec(), b"\0=\n\xff\n".to_vec())]);
    }

    #[test]
    fn an_empty_value_takes_a_record_back_but_is_an_attribute() {
        let mut pax = merged(&[rec("path", b"a"), rec("path", b"")].concat()).unwrap();
        assert_eq!(pax.path, None);
        pax.merge(&rec("SCHILY.xattr.user.e", b"")).unwrap();
        assert_eq!(pax.xattrs, [(b"user.e".to_vec(), vec![])]);
    }

    #[test]
    fn attributes_of_libarchive() {
        let mut pax = merged(&rec("LIBARCHIVE.xattr.user%2Ea", b"AP8B/w==")).unwrap();
        assert_eq!(pax.all_xattrs(), [(b"user.a".to_vec(), vec![0, 255, 1, 255])]);
    }

    #[test]
    fn bad_records() {
        for bytes in [
            &b"99 path=a\n"[..],
            b"5 path=a\n",
            b"x path=a\n",
            b"-9 path=a\n",
            b"3 \n",
            b"0 \n",
            b"7 path\n",
            b"5 =a\n",
            b"11 size=-1\n",
            b"29 size=99999999999999999999\n",
            b"12 mtime=x1\n",
            b"123456789",
            b"\n",
        ] {
            assert!(merged(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
