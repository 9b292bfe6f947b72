use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_512};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use super::error::{Error, Result};
use super::growing::{Growing, Growth};

/// Number of bytes per read.
const PIECE: usize = 256 << 10;

/// The digest of `before`, the bytes of the file at `path`, and `after`. `algorithm` is the common
/// name: `sha256`, `sha3-512`; `None` where it is unknown. `growth` is given for a file that is
/// still being written.
pub fn file_digest(
    path: &Path,
    algorithm: &str,
    before: &[u8],
    after: &[u8],
    growth: Option<Arc<Growth>>,
) -> Result<Option<Vec<u8>>> {
    let digest = match algorithm {
        "sha224" => of::<Sha224>,
        "sha256" => of::<Sha256>,
        "sha384" => of::<Sha384>,
        "sha512" => of::<Sha512>,
        "sha3-256" => of::<Sha3_256>,
        "sha3-512" => of::<Sha3_512>,
        _ => return Ok(None),
    };
    let failed = |error: std::io::Error| Error::io(path.display().to_string(), &error);
    let file = File::open(path).map_err(failed)?;
    let mut source: Box<dyn Read> = match growth {
        Some(growth) => Box::new(Growing::new(file, growth)),
        None => Box::new(file),
    };
    digest(&mut *source, before, after).map(Some).map_err(failed)
}

fn of<D: Digest>(source: &mut dyn Read, before: &[u8], after: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut digest = D::new_with_prefix(before);
    let mut piece = vec![0; PIECE];
    loop {
        match source.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => digest.update(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    digest.update(after);
    Ok(digest.finalize().to_vec())
}
