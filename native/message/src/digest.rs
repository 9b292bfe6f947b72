use md5::Md5;
use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_512};

/// A digest in progress.
pub trait Hash {
    /// Adds bytes.
    fn update(&mut self, bytes: &[u8]);
    /// Returns the digest.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

struct Of<D>(D);

impl<D: Digest> Hash for Of<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

fn of<D: Digest + 'static>() -> Box<dyn Hash> {
    Box::new(Of(D::new()))
}

/// A new digest for the algorithm number (RFC 9580, 9.5).
pub fn new(number: u8) -> Option<Box<dyn Hash>> {
    Some(match number {
        1 => of::<Md5>(),
        2 => of::<Sha1>(),
        3 => of::<Ripemd160>(),
        8 => of::<Sha256>(),
        9 => of::<Sha384>(),
        10 => of::<Sha512>(),
        11 => of::<Sha224>(),
        12 => of::<Sha3_256>(),
        14 => of::<Sha3_512>(),
        _ => return None,
    })
}
