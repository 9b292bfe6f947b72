//! Implied directories: those that have entries beneath them but no entry of their own.

use super::limits::IMPLIED;
use std::collections::BTreeSet;

/// Absolute image paths, parents first.
#[derive(Default)]
pub(super) struct Implied(BTreeSet<String>);

/// The absolute image path of an entry beneath `rootfs`, for messages and for callers; `None` if it
/// is not UTF-8.
fn image_path(path: &[u8]) -> Option<String> {
    let beneath = std::str::from_utf8(path.strip_prefix(b"rootfs")?).ok()?;
    Some(if beneath.is_empty() { "/" } else { beneath }.into())
}

impl Implied {
    /// Adds a directory that had to be created for an entry beneath it.
    pub(super) fn add(&mut self, path: &[u8]) {
        if self.0.len() < IMPLIED {
            self.0.extend(image_path(path));
        }
    }

    /// Removes a directory for which the archive has an entry after all.
    pub(super) fn named(&mut self, path: &[u8]) {
        if self.0.is_empty() {
            return;
        }
        if let Some(path) = image_path(path) {
            self.0.remove(&path);
        }
    }

    pub(super) fn paths(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_first_and_without_what_was_named() {
        let mut implied = Implied::default();
        for path in [
            &b"rootfs"[..],
            b"rootfs/usr/lib",
            b"rootfs/usr",
            b"rootfs/\xff",
            b"rootfs/etc",
        ] {
            implied.add(path);
        }
        implied.named(b"rootfs/etc");
        implied.named(b"rootfs/other");
        assert_eq!(implied.paths(), ["/", "/usr", "/usr/lib"]);
    }

    #[test]
    fn bounded() {
        let mut implied = Implied::default();
        (0..2 * IMPLIED).for_each(|number| implied.add(format!("rootfs/{number}").as_bytes()));
        assert_eq!(implied.paths().len(), IMPLIED);
    }
}
