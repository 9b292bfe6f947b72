use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_512};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::error::{Error, Result};

/// Read at once.
const PIECE: usize = 256 << 10;

/// The digest of `before`, the bytes of the file at `path`, and `after`. `algorithm` by its common name: `sha256`, `sha3-512`;
/// none for one that is not known.
pub fn file_digest(path: &Path, algorithm: &str, before: &[u8], after: &[u8]) -> Result<Option<Vec<u8>>> {
    let digest = match algorithm {
        "sha224" => of::<Sha224>,
        "sha256" => of::<Sha256>,
        "sha384" => of::<Sha384>,
        "sha512" => of::<Sha512>,
        "sha3-256" => of::<Sha3_256>,
        "sha3-512" => of::<Sha3_512>,
        _ => return Ok(None),
    };
    digest(path, before, after).map(Some)
}

fn of<D: Digest>(path: &Path, before: &[u8], after: &[u8]) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::io(path.display().to_string(), &error);
    let mut digest = D::new_with_prefix(before);
    let mut file = File::open(path).map_err(failed)?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => digest.update(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    digest.update(after);
    Ok(digest.finalize().to_vec())
}
