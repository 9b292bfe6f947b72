//! A directory for one test.

use appc_kernel::archive::remove_tree;
use std::path::PathBuf;

/// Removed when the test ends.
pub struct Place(PathBuf);

impl Place {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("appc-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A new, empty directory; replaces an earlier one.
    #[allow(dead_code, reason = "not every test needs one")]
    pub fn fresh(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        remove_tree(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = remove_tree(&self.0);
    }
}
