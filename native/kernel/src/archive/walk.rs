//! Reading a tar: entries are checked and passed to a sink in order.

use super::entry::{Entries, Entry, padding};
use super::error::{Error, Result, printable};
use super::implied::Implied;
use super::kind::Kind;
use super::layout::Layout;
use super::limits::Limits;
use super::stream::TarStream;

/// Receives the parts of an archive.
pub(super) trait Sink {
    /// Bytes of the tar that are not content, in order with the content.
    fn raw(&mut self, bytes: &[u8]) -> Result<()>;
    /// An implied directory.
    fn implied(&mut self, path: &[u8]) -> Result<()>;
    /// An entry; the content of a file follows.
    fn entry(&mut self, entry: &Entry) -> Result<()>;
    /// The next part of the content of the last entry.
    fn content(&mut self, bytes: &[u8]) -> Result<()>;
    /// The last entry, a file, is complete.
    fn complete(&mut self, entry: Entry) -> Result<()>;
}

/// Discards everything: the archive is only read and checked.
pub(super) struct Discard;

impl Sink for Discard {
    fn raw(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn implied(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn entry(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }
    fn content(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn complete(&mut self, _: Entry) -> Result<()> {
        Ok(())
    }
}

/// The result of reading a tar.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) manifest: Vec<u8>,
    pub(super) tar_bytes: u64,
    pub(super) content_bytes: u64,
    pub(super) entries: u64,
    pub(super) implied_directories: Vec<String>,
}

/// Reads `stream` to its end. Stops at the first error; what `sink` received until then is not an
/// image.
pub(super) fn walk(stream: &mut TarStream<'_>, limits: Limits, sink: &mut dyn Sink) -> Result<Walked> {
    let mut entries = Entries::default();
    let mut layout = Layout::new(limits);
    let mut manifest = Vec::new();
    let mut content_bytes = 0;
    let mut implied = Implied::default();
    while let Some(entry) = entries.next(stream, &mut |bytes| sink.raw(bytes))? {
        let left = limits.tar_bytes.saturating_sub(stream.position());
        if entry.size > left {
            return Err(Error::Size(format!(
                "{}: {} bytes, and the archive may have {left} more (the most is {})",
                printable(&entry.path),
                entry.size,
                limits.tar_bytes
            )));
        }
        layout.admit(&entry, &mut |missing| {
            implied.add(missing);
            sink.implied(missing)
        })?;
        if entry.kind == Kind::Directory {
            implied.named(&entry.path);
        }
        sink.entry(&entry)?;
        if entry.kind != Kind::File {
            continue;
        }
        let is_manifest = entry.path == b"manifest";
        let what = || printable(&entry.path);
        stream.exactly(entry.size, &what, &mut |bytes| {
            if is_manifest {
                manifest.extend_from_slice(bytes);
            }
            sink.content(bytes)
        })?;
        stream.exactly(padding(entry.size), &what, &mut |bytes| sink.raw(bytes))?;
        content_bytes += entry.size;
        sink.complete(entry)?;
    }
    layout.complete()?;
    Ok(Walked {
        manifest,
        tar_bytes: stream.position(),
        content_bytes,
        entries: layout.entries(),
        implied_directories: implied.paths(),
    })
}
