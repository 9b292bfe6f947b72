//! Reading mapped files that others truncate: where such a file no longer reaches, a read of the mapping is answered with
//! SIGBUS (mmap(2)), which ends the process.

use std::cell::Cell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::OnceLock;

use rustix::io::{Errno, Result};

thread_local! {
    /// Of a thread that watches: whether a page was missing.
    static STRUCK: Cell<Option<bool>> = const { Cell::new(None) };
}

/// While it lives, the thread that began it reads zeros where a mapped file has ended, and is told so.
pub struct Watch {
    _of_this_thread: PhantomData<*mut ()>,
}

impl Watch {
    /// Begins it for the calling thread.
    pub fn begin() -> Result<Self> {
        static INSTALLED: OnceLock<Result<()>> = OnceLock::new();
        (*INSTALLED.get_or_init(install))?;
        STRUCK.set(Some(false));
        Ok(Self {
            _of_this_thread: PhantomData,
        })
    }

    /// Whether a page was missing since this was asked last: what was read meanwhile is worth nothing.
    pub fn struck(&self) -> bool {
        STRUCK.replace(Some(false)) == Some(true)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        STRUCK.set(None);
    }
}

fn install() -> Result<()> {
    // SAFETY: all zeros is a valid sigaction: no flags, no signals blocked meanwhile.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = missing as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: `missing` has the type SA_SIGINFO asks for, and does nothing that a signal handler may not.
    crate::check(i64::from(unsafe {
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut())
    }))
}

extern "C" fn missing(_signal: i32, info: *mut libc::siginfo_t, _context: *mut c_void) {
    // SAFETY: the kernel hands a valid record, which has an address where the code is BUS_ADRERR.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr()) };
    let watched = STRUCK.try_with(|struck| struck.get().is_some()).unwrap_or(false);
    if watched && code == libc::BUS_ADRERR && fill(address as usize).is_ok() {
        STRUCK.set(Some(true));
        return;
    }
    // Nobody's business here: it ends the process as if this handler were not there.
    // SAFETY: both may be called in a signal handler (signal-safety(7)).
    unsafe {
        libc::signal(libc::SIGBUS, libc::SIG_DFL);
        libc::raise(libc::SIGBUS);
    }
}

/// Puts zeros in the place of the page that is missing.
fn fill(address: usize) -> Result<()> {
    // SAFETY: asks for a constant.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).map_err(|_| Errno::INVAL)?;
    // SAFETY: the page is part of a mapping that cannot be read, so nothing is lost with it; whoever unmaps that unmaps
    // this. mmap(2) is no more than a system call.
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
    fn what_a_truncated_file_lacks_reads_as_zeros_and_is_told() {
        let file = memfd_create("truncated", MemfdFlags::CLOEXEC).unwrap();
        ftruncate(&file, 1 << 20).unwrap();
        rustix::io::pwrite(&file, b"there", 0).unwrap();
        // SAFETY: a new mapping, which nobody else knows.
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
        // SAFETY: within the mapping.
        let read = |offset: usize| unsafe { mapped.cast::<u8>().add(offset).read_volatile() };
        let watch = Watch::begin().unwrap();
        assert_eq!((read(0), watch.struck()), (b't', false));
        ftruncate(&file, 0).unwrap();
        assert_eq!((read(0), watch.struck(), watch.struck()), (0, true, false));
        assert_eq!((read(8192), watch.struck()), (0, true));
        assert_eq!((read(0), watch.struck()), (0, false));
    }
}
