use sha2::{Digest, Sha512};

/// SHA-512 of a tar under way; its end is the image ID (A8).
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
    use std::fmt::Write;
    digest.iter().fold(String::from("sha512-"), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    })
}
