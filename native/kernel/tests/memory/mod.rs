//! Measures the maximum memory in use, without that of libraries in C.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, with counters.
pub struct Counting {
    now: AtomicUsize,
    most: AtomicUsize,
    start: AtomicUsize,
}

impl Counting {
    pub const fn new() -> Self {
        Self {
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
        }
    }

    /// Starts counting from the memory in use now.
    pub fn restart(&self) {
        let now = self.now.load(Ordering::Relaxed);
        self.start.store(now, Ordering::Relaxed);
        self.most.store(now, Ordering::Relaxed);
    }

    /// The maximum number of bytes in use at a time since [`restart`](Self::restart).
    pub fn most(&self) -> usize {
        self.most
            .load(Ordering::Relaxed)
            .saturating_sub(self.start.load(Ordering::Relaxed))
    }
}

// SAFETY: every call is passed to the system's allocator unchanged; counting touches only the
// counters.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = self.now.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        self.most.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller fulfils for `layout` what the system's allocator requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `at` came from `alloc` above with the same layout, so from the system's
        // allocator.
        unsafe { System.dealloc(at, layout) }
    }
}
