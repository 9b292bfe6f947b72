//! Reading mapped files that other processes truncate: a read of the mapping past the file's end
//! raises SIGBUS (mmap(2)), which would end the process.

use std::cell::Cell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::OnceLock;

use rustix::io::{Errno, Result};

thread_local! {
    /// `None` where the thread does not watch; otherwise whether it has read a missing page.
    static MISSING_PAGE: Cell<Option<bool>> = const { Cell::new(None) };
}

/// While this value lives, its thread reads zeros where a mapped file has ended, and can find out
/// that it did.
pub struct Watch {
    _of_this_thread: PhantomData<*mut ()>,
}

impl Watch {
    /// Starts watching for the calling thread.
    pub fn begin() -> Result<Self> {
        static INSTALLED: OnceLock<Result<()>> = OnceLock::new();
        (*INSTALLED.get_or_init(install))?;
        MISSING_PAGE.set(Some(false));
        Ok(Self {
            _of_this_thread: PhantomData,
        })
    }

    /// Whether a page was missing since the last call: then the data read since is not valid.
    pub fn has_missing_page(&self) -> bool {
        MISSING_PAGE.replace(Some(false)) == Some(true)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        MISSING_PAGE.set(None);
    }
}

fn install() -> Result<()> {
    // SAFETY: all zeros is a valid sigaction: no flags, and no signals blocked during the handler.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handle_missing_page as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: `handle_missing_page` has the type that SA_SIGINFO requires, and is
    // async-signal-safe.
    crate::check(i64::from(unsafe {
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut())
    }))
}

extern "C" fn handle_missing_page(_signal: i32, info: *mut libc::siginfo_t, _context: *mut c_void) {
    // SAFETY: the kernel passes a valid record, which has an address where the code is BUS_ADRERR.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr()) };
    let watched = MISSING_PAGE
        .try_with(|missing| missing.get().is_some())
        .unwrap_or(false);
    if watched && code == libc::BUS_ADRERR && fill(address as usize).is_ok() {
        MISSING_PAGE.set(Some(true));
        return;
    }
    // No watching thread: the signal ends the process as it would without this handler.
    // SAFETY: both may be called in a signal handler (signal-safety(7)).
    unsafe {
        libc::signal(libc::SIGBUS, libc::SIG_DFL);
        libc::raise(libc::SIGBUS);
    }
}

/// Maps a page of zeros in place of the missing page.
fn fill(address: usize) -> Result<()> {
    // SAFETY: the call returns a constant.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).map_err(|_| Errno::INVAL)?;
    // SAFETY: the page belongs to a mapping that cannot be read, so no data is lost; unmapping that
    // mapping unmaps this page too. mmap(2) is a plain system call and so async-signal-safe.
    let mapped = unsafe {
        libc::mmap(
            (address & !(page - 1)) as *mut c_void,
            page,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
            -1,
            0,
        )
    };
    crate::check(if mapped == libc::MAP_FAILED { -1 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::Watch;
    use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
    use std::os::fd::AsRawFd;

    #[test]
    fn what_a_truncated_file_lacks_reads_as_zeros_and_is_reported() {
        let file = memfd_create("truncated", MemfdFlags::CLOEXEC).unwrap();
        ftruncate(&file, 1 << 20).unwrap();
        rustix::io::pwrite(&file, b"there", 0).unwrap();
        // SAFETY: a new mapping, which no other code uses.
        let mapped = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                1 << 20,
                libc::PROT_READ,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        assert_ne!(mapped, libc::MAP_FAILED);
        // SAFETY: the offset is within the mapping.
        let read = |offset: usize| unsafe { mapped.cast::<u8>().add(offset).read_volatile() };
        let watch = Watch::begin().unwrap();
        assert_eq!((read(0), watch.has_missing_page()), (b't', false));
        ftruncate(&file, 0).unwrap();
        assert_eq!(
            (read(0), watch.has_missing_page(), watch.has_missing_page()),
            (0, true, false)
        );
        assert_eq!((read(8192), watch.has_missing_page()), (0, true));
        assert_eq!((read(0), watch.has_missing_page()), (0, false));
    }
}
