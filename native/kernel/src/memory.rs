//! The memory of this process.

use std::ffi::c_void;

use rustix::event::PollFd;

/// Maximum number of segments to release; a program has few. Further segments stay mapped.
const SEGMENTS: usize = 8;

/// madvise(2) requires a start on a page boundary. Where pages are larger, segments are aligned to
/// them.
const PAGE: usize = 4096;

/// Address and length of the read-only mappings of this program's file.
type Ranges = [(usize, usize); SEGMENTS];

/// Returns the memory that malloc(3) keeps but does not use to the kernel: one or two megabytes
/// after much code was compiled.
pub fn release_heap() {
    // SAFETY: malloc_trim(3) takes an integer and may be called at any time.
    unsafe { libc::malloc_trim(0) };
}

/// Releases the read-only pages of this program's file (text and constants). The kernel reads a
/// page again when it is next used, so nothing is lost.
pub fn release_program() {
    release_program_and(|| ());
}

/// Releases the same pages, then waits without limit for one of `watched` (ppoll(2)), using as few
/// pages of the program as possible.
pub fn release_program_and_poll(watched: &mut [PollFd<'_>]) {
    release_program_and(|| {
        let forever = std::ptr::null::<libc::timespec>();
        // Not poll(3): the wait lasts long and must need few pages of program text.
        // SAFETY: PollFd has the layout of struct pollfd, and the array outlives the call; no
        // timeout and no signal mask are passed.
        unsafe {
            libc::syscall(
                libc::SYS_ppoll,
                watched.as_mut_ptr(),
                watched.len(),
                forever,
                forever,
                8,
            )
        };
    });
}

#[inline(always)]
fn release_program_and(then: impl FnOnce()) {
    let mut ranges: Ranges = [(0, 0); SEGMENTS];
    // SAFETY: the callback has the type that dl_iterate_phdr(3) requires, and casts the data back
    // to the type of this array.
    unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut ranges).cast()) };
    // Releases the ranges only after all are collected: collecting uses these pages.
    for (start, length) in ranges {
        // SAFETY: the range maps a file read-only, so this process cannot have changed it:
        // relocations are in writable segments. The kernel reads the pages again when they are
        // used.
        unsafe { libc::syscall(libc::SYS_madvise, start, length, libc::MADV_DONTNEED) };
    }
    then();
}

extern "C" fn collect(object: *mut libc::dl_phdr_info, _size: usize, data: *mut c_void) -> i32 {
    // SAFETY: dl_iterate_phdr(3) passes a valid record that lives until the callback returns.
    let object = unsafe { &*object };
    // SAFETY: the record describes its own table of program headers.
    let segments = unsafe { std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    // SAFETY: release_program passes this array and uses it again only after the call.
    let ranges = unsafe { &mut *data.cast::<Ranges>() };
    let read_only = segments
        .iter()
        .filter(|it| it.p_type == libc::PT_LOAD && it.p_flags & libc::PF_W == 0);
    for (range, segment) in ranges.iter_mut().zip(read_only) {
        let start = (object.dlpi_addr + segment.p_vaddr) as usize & !(PAGE - 1);
        *range = (
            start,
            (object.dlpi_addr + segment.p_vaddr + segment.p_memsz) as usize - start,
        );
    }
    // Stops after the first object, which is the program: the next would be the kernel's vDSO,
    // which cannot be released.
    1
}
