//! The tar of an image archive, uncompressed.

use super::compression::{failure, open};
use super::error::{Error, Result};
use std::io::{self, Read, Write};

const PIECE_BYTES: usize = 256 << 10;

/// Writes the uncompressed bytes of `archive` to `to`, without checking them.
pub fn write_plain(archive: impl Read, to: &mut impl Write) -> Result<()> {
    let (compression, mut plain) = open(archive)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = match plain.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failure(compression, &error)),
        };
        to.write_all(&piece[..length])
            .map_err(|error| Error::io("archive: writing", &error))?;
    }
}

#[cfg(test)]
mod tests {
    use super::write_plain;
    use crate::archive::Error;
    use std::io::Write;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("compresses");
        encoder.finish().expect("compresses")
    }

    #[test]
    fn compressed_and_plain_bytes_come_out_the_same() {
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|number| (number >> 3) as u8).collect();
        for archive in [bytes.clone(), gzipped(&bytes)] {
            let mut plain = Vec::new();
            write_plain(&archive[..], &mut plain).expect("is read");
            assert!(plain == bytes);
        }
    }

    #[test]
    fn a_stream_that_is_cut_or_empty_is_refused() {
        let whole = gzipped(&[1; 100_000]);
        for archive in [&whole[..whole.len() - 9], &[]] {
            let result = write_plain(archive, &mut Vec::new());
            assert!(matches!(result, Err(Error::Invalid(_))), "{result:?}");
        }
    }
}
