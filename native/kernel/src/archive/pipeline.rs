//! The threads that read an archive: one decompresses, one hashes, and the caller's thread reads
//! and extracts.

use super::compression::{self, Compression};
use super::digest::{TarDigest, image_id};
use super::error::{Error, Result};
use super::extract::{Extractor, open_directory};
use super::limits::{EXPANSION_FROM, Limits};
use super::ring::{Chunk, Ring};
use super::stream::TarStream;
use super::walk::{Discard, Sink, Walked, walk};
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// The properties of an archive.
#[derive(Debug)]
pub struct Facts {
    /// `sha512-` and 128 hex digits, of the uncompressed tar (A8).
    pub image_id: String,
    /// The bytes of the file `manifest`.
    pub manifest: Vec<u8>,
    /// How the archive is compressed (A5).
    pub compression: Compression,
    /// Number of bytes of the uncompressed tar.
    pub tar_bytes: u64,
    /// Number of bytes of all regular files.
    pub content_bytes: u64,
    /// Number of entries, including the implied directories.
    pub entries: u64,
    /// Absolute image paths (`/` is the rootfs) of implied directories: those that have no entry.
    /// Parents come first; at most [`IMPLIED`](super::limits::IMPLIED) of them, and only those in
    /// UTF-8.
    pub implied_directories: Vec<String>,
}

/// Reads an image archive from `source` to its end and extracts it into the empty directory
/// `staging`: `manifest`, `rootfs` and `record`. Syncs nothing: the caller does that, because it
/// may remove or add files before. `progress` gets the number of compressed bytes read so far, from
/// another thread.
///
/// Rules A2–A5 and A8. On an error `staging` contains a part of the image: remove it with
/// [`remove_tree`](super::remove_tree).
pub fn ingest(
    source: impl Read + Send,
    staging: &Path,
    limits: Limits,
    progress: impl FnMut(u64) + Send,
) -> Result<Facts> {
    let root = open_staging(staging)?;
    let mut extractor = Extractor::new(root, limits)?;
    let (facts, digest) = read(source, limits, progress, &mut extractor)?;
    extractor.finish()?.end(facts.tar_bytes, &digest)?;
    Ok(facts)
}

fn open_staging(staging: &Path) -> Result<OwnedFd> {
    let failed = |errno| {
        Error::os(
            format!("{}: opening the staging directory", staging.display()),
            errno,
        )
    };
    let here = rustix::fs::open(
        staging,
        rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )
    .map_err(failed)?;
    open_directory(&here, b"").map_err(failed)
}

/// Reads and checks an archive like [`ingest`], but writes nothing.
pub fn inspect(source: impl Read + Send, limits: Limits) -> Result<Facts> {
    read(source, limits, |_| {}, &mut Discard).map(|(facts, _)| facts)
}

fn read(
    source: impl Read + Send,
    limits: Limits,
    progress: impl FnMut(u64) + Send,
    sink: &mut dyn Sink,
) -> Result<(Facts, [u8; 64])> {
    let (to_reader, from_decompressor) = sync_channel::<Result<Chunk>>(Ring::capacity() + 1);
    let (to_hasher, to_hash) = sync_channel::<Chunk>(Ring::capacity());
    thread::scope(|scope| {
        let decompressor = thread::Builder::new()
            .name("decompress".into())
            .spawn_scoped(scope, move || {
                decompress(source, limits, progress, &to_reader, &to_hasher)
            })
            .map_err(|error| Error::io("archive: starting a thread", &error))?;
        let hasher = thread::Builder::new()
            .name("hash".into())
            .spawn_scoped(scope, move || hash(&to_hash))
            .map_err(|error| Error::io("archive: starting a thread", &error))?;
        let walked = walk(
            &mut TarStream::new(move || from_decompressor.recv().ok().transpose()),
            limits,
            sink,
        );
        let died = || Error::Invalid("archive: a thread of the reader died".into());
        let compression = decompressor.join().map_err(|_| died())?;
        let digest = hasher.join().map_err(|_| died())?;
        let Walked {
            manifest,
            tar_bytes,
            content_bytes,
            entries,
            implied_directories,
        } = walked?;
        let image_id = image_id(&digest);
        Ok((
            Facts {
                image_id,
                manifest,
                compression,
                tar_bytes,
                content_bytes,
                entries,
                implied_directories,
            },
            digest,
        ))
    })
}

fn hash(chunks: &Receiver<Chunk>) -> [u8; 64] {
    let mut digest = TarDigest::default();
    for chunk in chunks {
        digest.update(&chunk);
    }
    digest.finish()
}

/// A reader that counts the bytes read and reports the count.
struct Counted<'a, R, P> {
    source: R,
    count: &'a AtomicU64,
    progress: P,
}

impl<R: Read, P: FnMut(u64)> Read for Counted<'_, R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.source.read(buffer)?;
        let before = self.count.fetch_add(length as u64, Ordering::Relaxed);
        if length > 0 {
            (self.progress)(before + length as u64);
        }
        Ok(length)
    }
}

/// Sends the uncompressed tar to both readers, then an error if there was one. Stops when a reader
/// is gone.
fn decompress(
    source: impl Read,
    limits: Limits,
    progress: impl FnMut(u64),
    to_reader: &SyncSender<Result<Chunk>>,
    to_hasher: &SyncSender<Chunk>,
) -> Compression {
    let count = AtomicU64::new(0);
    let (compression, mut tar) = match compression::open(Counted {
        source,
        count: &count,
        progress,
    }) {
        Ok(opened) => opened,
        Err(error) => {
            let _ = to_reader.send(Err(error));
            return Compression::None;
        }
    };
    let mut ring = Ring::new();
    let mut total = 0;
    loop {
        let mut buffer = ring.take();
        let (filled, end) = fill(&mut tar, &mut buffer, compression);
        total += filled as u64;
        if filled > 0 {
            let chunk = ring.share(buffer, filled);
            if to_hasher.send(chunk.clone()).is_err() || to_reader.send(Ok(chunk)).is_err() {
                return compression;
            }
        }
        let end = match end {
            End::NotYet => {
                exceeded(limits, total, count.load(Ordering::Relaxed)).map_or(End::NotYet, End::Error)
            }
            end => end,
        };
        match end {
            End::NotYet => {}
            End::Clean => return compression,
            End::Error(error) => {
                let _ = to_reader.send(Err(error));
                return compression;
            }
        }
    }
}

enum End {
    NotYet,
    Clean,
    Error(Error),
}

fn fill(tar: &mut dyn Read, buffer: &mut [u8], compression: Compression) -> (usize, End) {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match tar.read(rest) {
            Ok(0) => return (filled, End::Clean),
            Ok(length) => filled += length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (filled, End::Error(compression::failure(compression, &error))),
        }
    }
    (filled, End::NotYet)
}

/// Detects decompression bombs: too many bytes in total, or too many for the compressed bytes read.
fn exceeded(limits: Limits, total: u64, compressed: u64) -> Option<Error> {
    if total > limits.tar_bytes {
        return Some(Error::Size(format!(
            "archive: more than {} bytes uncompressed",
            limits.tar_bytes
        )));
    }
    if total > EXPANSION_FROM && total / limits.expansion.max(1) > compressed {
        return Some(Error::Limit(format!(
            "archive: {compressed} bytes expand to more than {total} (the most is {} times as many)",
            limits.expansion
        )));
    }
    None
}
