//! Files that are read while they grow.

use appc_kernel::archive;
use napi_derive::napi;
use std::sync::Arc;

/// See `Growth` in native/index.ts.
#[napi]
#[derive(Default)]
pub struct Growth(Arc<archive::Growth>);

#[napi]
impl Growth {
    /// Of a file of which nothing is there yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// So many bytes are there.
    #[napi]
    pub fn grew(&self, bytes: f64) {
        self.0.grew(bytes as u64);
    }

    /// There will be no more.
    #[napi]
    pub fn whole(&self) {
        self.0.complete();
    }

    /// Nobody writes the rest.
    #[napi]
    pub fn give_up(&self) {
        self.0.give_up();
    }

    /// What readers have of it.
    pub fn shared(&self) -> Arc<archive::Growth> {
        Arc::clone(&self.0)
    }
}
