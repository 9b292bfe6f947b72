//! Entries of a tar: a header together with the GNU and pax extra headers before it.

use super::error::{Error, Result, printable};
use super::header::{Fault, Header};
use super::kind::{Kind, invalid, kind, noun, target};
use super::limits::{META_BYTES, TRAILING_BYTES};
use super::number::Time;
use super::path::normalize;
use super::pax::{Pax, Xattr};
use super::stream::{BLOCK, TarStream};

/// One entry, checked by itself; [`Layout`](super::layout::Layout) checks it against the others.
#[derive(Debug)]
pub(super) struct Entry {
    /// The normalized path; empty for the archive's own root.
    pub(super) path: Vec<u8>,
    pub(super) kind: Kind,
    /// Number of bytes of content that follow; only files have content.
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) mtime: Time,
    /// The text of a symlink, unchanged, or the normalized target of a hard link.
    pub(super) link: Vec<u8>,
    pub(super) xattrs: Vec<Xattr>,
}

/// Receives every byte of the tar that is not content.
pub(super) type Raw<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// Reads one entry after the other.
#[derive(Default)]
pub(super) struct Entries {
    global: Pax,
    started: bool,
}

/// The data of the extra headers before an entry's own header.
#[derive(Default)]
struct Extra {
    pax: Option<Pax>,
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

/// Length of the padding after `size` bytes of content.
pub(super) const fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

impl Entries {
    /// Reads the next entry; `None` at the end of the archive, which has then been read to its last
    /// byte.
    pub(super) fn next(&mut self, stream: &mut TarStream<'_>, raw: &mut Raw<'_>) -> Result<Option<Entry>> {
        let mut extra = Extra::default();
        loop {
            let Some(header) = self.header(stream, raw)? else {
                if extra.pax.is_some() || extra.path.is_some() || extra.link.is_some() {
                    return Err(Error::Invalid(
                        "archive: an extra header at its end belongs to no entry".into(),
                    ));
                }
                return Ok(None);
            };
            let repeated = match header.kind {
                b'x' => extra.pax.is_some(),
                b'L' => extra.path.is_some(),
                b'K' => extra.link.is_some(),
                b'g' => false,
                _ => return self.entry(header, extra).map(Some),
            };
            if repeated {
                return invalid(
                    &header.path,
                    "the same extra header stands twice before one entry",
                );
            }
            let payload = payload(&header, stream, raw)?;
            let merged = |mut pax: Pax| match pax.merge(&payload) {
                Ok(()) => Ok(pax),
                Err(what) => invalid(&header.path, what),
            };
            match header.kind {
                b'x' => extra.pax = Some(merged(self.global.clone())?),
                b'g' => self.global = merged(std::mem::take(&mut self.global))?,
                b'L' => extra.path = Some(long_name(&header, &payload)?),
                _ => extra.link = Some(long_name(&header, &payload)?),
            }
        }
    }

    /// Reads the next header; `None` after the last one. A missing end-of-archive marker is no
    /// error (as in Go's reader).
    fn header(&mut self, stream: &mut TarStream<'_>, raw: &mut Raw<'_>) -> Result<Option<Header>> {
        let Some(block) = stream.block()? else {
            return Ok(None);
        };
        raw(&block)?;
        if block.iter().all(|byte| *byte == 0) {
            match stream.block()? {
                Some(second) if second.iter().any(|byte| *byte != 0) => {
                    let at = stream.position() - 2 * BLOCK as u64;
                    return Err(Error::Invalid(format!(
                        "archive: a lone block of zeros at byte {at}"
                    )));
                }
                Some(second) => raw(&second)?,
                None => {}
            }
            trailing(stream, raw)?;
            return Ok(None);
        }
        let first = !std::mem::replace(&mut self.started, true);
        match Header::parse(&block) {
            Ok(header) => Ok(Some(header)),
            Err(Fault::Checksum) if first => Err(Error::Invalid("archive: it is not a tar".into())),
            Err(Fault::Checksum) => {
                let at = stream.position() - BLOCK as u64;
                Err(Error::Invalid(format!(
                    "archive: bad checksum of the header at byte {at}"
                )))
            }
            Err(Fault::Number(field, path)) => invalid(
                &path,
                format_args!("the header's {field} is too large or no number"),
            ),
        }
    }

    fn entry(&self, header: Header, extra: Extra) -> Result<Entry> {
        let mut pax = extra.pax.unwrap_or_else(|| self.global.clone());
        if extra.path.is_some() && pax.path.is_some() || extra.link.is_some() && pax.link.is_some() {
            return invalid(&header.path, "it has both a GNU long name and a pax path");
        }
        let named = extra.path.or_else(|| pax.path.take()).unwrap_or(header.path);
        let link = extra.link.or_else(|| pax.link.take()).unwrap_or(header.link);
        let path = normalize(&named).or_else(|what| invalid(&named, what))?;
        if let Some(key) = pax.sparse {
            return invalid(
                &named,
                format_args!(
                    "sparse files ({key}) are not supported, repack without --sparse (bsdtar: with --no-read-sparse)"
                ),
            );
        }
        let kind = kind(&named, header.kind, header.mode, header.device)?;
        let size = pax.size.unwrap_or(header.size);
        let Ok(size) = u64::try_from(size) else {
            return invalid(&named, "its size is negative");
        };
        if size > 0 && kind != Kind::File {
            return invalid(&named, format_args!("a {} with content", noun(kind)));
        }
        if kind == Kind::File && named.ends_with(b"/") {
            return invalid(&named, "a file whose name ends in a slash");
        }
        let owner = |value: i64, what: &str| match u32::try_from(value) {
            // chown(2) takes the highest value as "leave unchanged".
            Ok(id) if id != u32::MAX => Ok(id),
            _ => invalid(&named, format_args!("its {what} {value} is out of range")),
        };
        let xattrs = pax.all_xattrs();
        let overlay =
            |name: &[u8]| name.starts_with(b"trusted.overlay.") || name.starts_with(b"user.overlay.");
        if let Some((name, _)) = xattrs.iter().find(|(name, _)| overlay(name)) {
            return invalid(
                &named,
                format_args!("the attribute {} belongs to overlay", printable(name)),
            );
        }
        if header.mode < 0 {
            return invalid(&named, "its mode is negative");
        }
        Ok(Entry {
            link: target(&named, kind, link)?,
            mode: u32::try_from(header.mode & 0o7777).unwrap_or_default(),
            uid: owner(pax.uid.unwrap_or(header.uid), "uid")?,
            gid: owner(pax.gid.unwrap_or(header.gid), "gid")?,
            mtime: pax.mtime.unwrap_or((header.mtime, 0)),
            path,
            kind,
            size,
            xattrs,
        })
    }
}

/// Reads the content of an extra header.
fn payload(header: &Header, stream: &mut TarStream<'_>, raw: &mut Raw<'_>) -> Result<Vec<u8>> {
    let Some(size) = u64::try_from(header.size).ok().filter(|size| *size <= META_BYTES) else {
        return invalid(
            &header.path,
            format_args!(
                "an extra header of {} bytes (the most is {META_BYTES})",
                header.size
            ),
        );
    };
    let mut bytes = Vec::new();
    let what = || printable(&header.path);
    stream.exactly(size, &what, &mut |part| {
        bytes.extend_from_slice(part);
        raw(part)
    })?;
    stream.exactly(padding(size), &what, raw)?;
    Ok(bytes)
}

fn long_name(header: &Header, payload: &[u8]) -> Result<Vec<u8>> {
    let end = payload.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let name = payload.get(..end).unwrap_or_default();
    if name.contains(&0) {
        return invalid(&header.path, "a GNU long name holds a NUL byte");
    }
    Ok(name.to_vec())
}

/// Reads everything after the end-of-archive marker.
fn trailing(stream: &mut TarStream<'_>, raw: &mut Raw<'_>) -> Result<()> {
    let mut length = 0u64;
    loop {
        match stream.read_some(TRAILING_BYTES, raw)? {
            0 => return Ok(()),
            more => length += more as u64,
        }
        if length > TRAILING_BYTES {
            return Err(Error::Invalid(format!(
                "archive: more than {TRAILING_BYTES} bytes behind its end"
            )));
        }
    }
}
