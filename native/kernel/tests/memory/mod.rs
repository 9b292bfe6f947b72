//! How much memory is taken at most, libraries in C left out.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, counting.
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

    /// Counts from what is taken now.
    pub fn restart(&self) {
        let now = self.now.load(Ordering::Relaxed);
        self.start.store(now, Ordering::Relaxed);
        self.most.store(now, Ordering::Relaxed);
    }

    /// The most bytes that were taken at a time since [`restart`](Self::restart).
    pub fn most(&self) -> usize {
        self.most
            .load(Ordering::Relaxed)
            .saturating_sub(self.start.load(Ordering::Relaxed))
    }
}

// SAFETY: every call goes to the system's allocator as it is; counting touches no memory but the counters.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = self.now.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        self.most.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promises about `layout` are those the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `at` came from `alloc` above with the same layout, so from the system's allocator.
        unsafe { System.dealloc(at, layout) }
    }
}
