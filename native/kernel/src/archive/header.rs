//! One 512-byte header: old v7, ustar, GNU and star.

use super::number;
use super::stream::BLOCK;

/// The fields of a header, unchanged.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) kind: u8,
    pub(super) mode: i64,
    pub(super) uid: i64,
    pub(super) gid: i64,
    pub(super) size: i64,
    pub(super) mtime: i64,
    pub(super) device: (i64, i64),
}

/// The reason why a block is not a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The checksum is wrong: in the archive's first block, this means that the file is not a tar.
    Checksum,
    /// The field with this name is not a number.
    Number(&'static str, Vec<u8>),
}

#[derive(PartialEq)]
enum Format {
    V7,
    Ustar,
    Star,
    Gnu,
}

fn range(block: &[u8; BLOCK], start: usize, length: usize) -> &[u8] {
    block.get(start..start + length).unwrap_or_default()
}

/// The text up to the first NUL.
fn text(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

fn format(block: &[u8; BLOCK]) -> Format {
    match (range(block, 257, 8), range(block, 508, 4)) {
        (b"ustar  \0", _) => Format::Gnu,
        ([b'u', b's', b't', b'a', b'r', 0, ..], b"tar\0") => Format::Star,
        ([b'u', b's', b't', b'a', b'r', 0, ..], _) => Format::Ustar,
        _ => Format::V7,
    }
}

/// Whether the checksum is right. Old tars summed signed bytes; both sums are accepted.
fn checksum_fits(block: &[u8; BLOCK]) -> bool {
    let Some(stored) = number::field(range(block, 148, 8)) else {
        return false;
    };
    let bytes = || {
        block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte })
    };
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(i8::from_ne_bytes([byte]))).sum();
    stored == unsigned || stored == signed
}

impl Header {
    /// Parses a block that is not all zeros.
    pub(super) fn parse(block: &[u8; BLOCK]) -> Result<Self, Fault> {
        if !checksum_fits(block) {
            return Err(Fault::Checksum);
        }
        let format = format(block);
        let name = text(range(block, 0, 100));
        let prefix = match format {
            Format::Ustar => text(range(block, 345, 155)),
            Format::Star => text(range(block, 345, 131)),
            Format::V7 | Format::Gnu => Vec::new(),
        };
        let path = if prefix.is_empty() {
            name
        } else {
            [prefix.as_slice(), &name].join(&b'/')
        };
        let number = |field: &'static str, start, length| {
            number::field(range(block, start, length)).ok_or_else(|| Fault::Number(field, path.clone()))
        };
        let device = if format == Format::V7 {
            (0, 0)
        } else {
            (number("devmajor", 329, 8)?, number("devminor", 337, 8)?)
        };
        Ok(Self {
            link: text(range(block, 157, 100)),
            kind: range(block, 156, 1).first().copied().unwrap_or_default(),
            mode: number("mode", 100, 8)?,
            uid: number("uid", 108, 8)?,
            gid: number("gid", 116, 8)?,
            size: number("size", 124, 12)?,
            mtime: number("mtime", 136, 12)?,
            device,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with these bytes at these offsets, and the checksum that `sum` makes of its bytes.
    fn block(parts: &[(usize, &[u8])], sum: fn(u8) -> i64) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let name: &[(usize, &[u8])] = &[(0, b"name\0garbage"), (148, b"        ")];
        for (at, bytes) in name.iter().chain(parts) {
            block[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        let total: i64 = block.iter().map(|byte| sum(*byte)).sum();
        block[148..156].copy_from_slice(format!("{total:06o}\0 ").as_bytes());
        block
    }

    fn unsigned(byte: u8) -> i64 {
        byte.into()
    }

    #[test]
    fn only_ustar_and_star_have_a_prefix() {
        let long = [b'p'; 155];
        let long_path = [&long[..], b"/name"].concat();
        let star_path = [&long[..131], b"/name"].concat();
        let table: [(&[u8], &[u8], &[u8]); 4] = [
            (b"ustar\x0000", b"", &long_path),
            (b"ustar\x0000", b"tar\0", &star_path),
            (b"ustar  \0", b"", b"name"),
            (b"", b"", b"name"),
        ];
        for (magic, trailer, path) in table {
            let header =
                Header::parse(&block(&[(345, &long), (257, magic), (508, trailer)], unsigned)).unwrap();
            assert_eq!(header.path, path, "{magic:?}");
        }
    }

    #[test]
    fn device_numbers_are_not_read_where_the_format_has_none() {
        let device: (usize, &[u8]) = (329, b"0000007\0");
        let ustar = Header::parse(&block(&[device, (257, b"ustar\x0000")], unsigned)).unwrap();
        assert_eq!(ustar.device, (7, 0));
        assert_eq!(Header::parse(&block(&[device], unsigned)).unwrap().device, (0, 0));
    }

    #[test]
    fn both_checksums_of_history() {
        let latin1: (usize, &[u8]) = (0, b"\xe9\xe8\0");
        assert!(Header::parse(&block(&[latin1], unsigned)).is_ok());
        assert!(Header::parse(&block(&[latin1], |byte| i8::from_ne_bytes([byte]).into())).is_ok());
        let mut wrong = block(&[latin1], unsigned);
        wrong[0] ^= 1;
        assert_eq!(Header::parse(&wrong).unwrap_err(), Fault::Checksum);
    }
}
