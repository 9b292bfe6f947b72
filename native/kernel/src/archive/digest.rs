use sha2::{Digest, Sha512};

/// The SHA-512 of a tar that is being read; the result is the image ID (A8).
#[derive(Default)]
pub(super) struct TarDigest(Sha512);

impl TarDigest {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; 64] {
        self.0.finalize().into()
    }
}

/// `sha512-` and 128 hex digits (T5).
pub(super) fn image_id(digest: &[u8; 64]) -> String {
    hex("sha512-", digest)
}

/// The SHA-512 of `bytes` as 128 hex digits.
pub fn sha512(bytes: &[u8]) -> String {
    hex("", &Sha512::digest(bytes).into())
}

fn hex(prefix: &str, digest: &[u8; 64]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::from(prefix), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
