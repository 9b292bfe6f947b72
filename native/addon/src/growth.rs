//! Files that are read while they are written.

use appc_kernel::archive;
use napi_derive::napi;
use std::sync::Arc;

/// See `Growth` in native/index.ts.
#[napi]
#[derive(Default)]
pub struct Growth(Arc<archive::Growth>);

#[napi]
impl Growth {
    /// For a file without any bytes yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports the number of bytes that are written.
    #[napi]
    pub fn grew(&self, bytes: f64) {
        self.0.grew(bytes as u64);
    }

    /// Reports that the file is complete.
    #[napi]
    pub fn whole(&self) {
        self.0.complete();
    }

    /// Reports that the rest will not be written.
    #[napi]
    pub fn give_up(&self) {
        self.0.give_up();
    }

    /// The value that readers share.
    pub fn shared(&self) -> Arc<archive::Growth> {
        Arc::clone(&self.0)
    }
}
