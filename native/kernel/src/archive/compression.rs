//! Recognizing a compression by its first bytes (A5) and decompressing.

use super::error::{Error, Result};
use super::limits::WINDOW_BYTES;
use std::io::{self, BufReader, Cursor, Read};

/// How an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// A plain tar.
    None,
    /// RFC 1952, any number of members.
    Gzip,
    /// bzip2, any number of streams.
    Bzip2,
    /// xz, any number of streams.
    Xz,
    /// RFC 8878, any number of frames (appc's own addition to the specification).
    Zstd,
}

const INPUT_BYTES: usize = 128 << 10;
const SNIFFED: usize = 6;

impl Compression {
    /// The name in messages and for callers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Opens a reader of the uncompressed bytes of `source`; also returns the compression.
pub(super) fn open<'a>(mut source: impl Read + 'a) -> Result<(Compression, Box<dyn Read + 'a>)> {
    let mut start = Vec::with_capacity(SNIFFED);
    source
        .by_ref()
        .take(SNIFFED as u64)
        .read_to_end(&mut start)
        .map_err(|error| failure(Compression::None, &error))?;
    if start.is_empty() {
        return Err(Error::Invalid("archive: it is empty".into()));
    }
    let compression = Compression::of(&start);
    let source = Cursor::new(start).chain(source);
    if compression == Compression::None {
        return Ok((compression, Box::new(source)));
    }
    let source = BufReader::with_capacity(INPUT_BYTES, source);
    let failed = |error: io::Error| failure(compression, &error);
    let reader: Box<dyn Read + 'a> = match compression {
        Compression::None | Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(source)),
        Compression::Xz => {
            let flags = liblzma::stream::CONCATENATED;
            let stream = liblzma::stream::Stream::new_stream_decoder(WINDOW_BYTES, flags)
                .map_err(|error| failed(error.into()))?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(source, stream))
        }
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(source).map_err(failed)?;
            decoder.window_log_max(WINDOW_BYTES.ilog2()).map_err(failed)?;
            Box::new(decoder)
        }
    };
    Ok((compression, reader))
}

/// The error for a failed read: an error of the kernel, or a stream that is cut short or damaged.
pub(super) fn failure(compression: Compression, error: &io::Error) -> Error {
    if error.raw_os_error().is_some() {
        return Error::io("archive: reading", error);
    }
    let name = compression.name();
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return Error::Invalid(format!("archive: the {name} stream is truncated"));
    }
    Error::Invalid(format!("archive: the {name} stream is damaged ({error})"))
}
