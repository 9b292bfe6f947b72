//! The memory of this process.

use std::ffi::c_void;

use rustix::event::PollFd;

/// A program has few segments; more than these stay as they are.
const SEGMENTS: usize = 8;

/// madvise(2) wants the start on a page boundary. Segments are aligned to larger pages where there are any.
const PAGE: usize = 4096;

/// Address and length of the read-only mappings of this program's file.
type Ranges = [(usize, usize); SEGMENTS];

/// Gives back what malloc(3) holds and nobody uses: after much has been compiled, a megabyte or two.
pub fn give_back_heap() {
    // SAFETY: malloc_trim(3) takes an integer and may be called at any time.
    unsafe { libc::malloc_trim(0) };
}

/// Gives back the pages of this program's file that are mapped read-only, text and constants: what is used again is read
/// again, a few pages at a time. Nothing is lost by it.
pub fn give_back_program() {
    give_back_program_and(|| ());
}

/// The same, and then waits for one of `watched` (ppoll(2)) for ever, using as little of the program as can be.
pub fn give_back_program_and_poll(watched: &mut [PollFd<'_>]) {
    give_back_program_and(|| {
        let forever = std::ptr::null::<libc::timespec>();
        // Not poll(3): the fewer pages of program text the long wait needs, the better.
        // SAFETY: PollFd has the layout of struct pollfd, and the array outlives the call; no time and no signals are given.
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
fn give_back_program_and(then: impl FnOnce()) {
    let mut ranges: Ranges = [(0, 0); SEGMENTS];
    // SAFETY: the callback has the type dl_iterate_phdr(3) asks for, and takes the data for the array that it is.
    unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut ranges).cast()) };
    // Only after all have been found, so that finding them touches none of them again.
    for (start, length) in ranges {
        // SAFETY: the range is a mapping of a file that this process cannot have changed: it is not writable, and what is
        // relocated of a program is. The kernel reads it again when it is touched.
        unsafe { libc::syscall(libc::SYS_madvise, start, length, libc::MADV_DONTNEED) };
    }
    then();
}

extern "C" fn collect(object: *mut libc::dl_phdr_info, _size: usize, data: *mut c_void) -> i32 {
    // SAFETY: dl_iterate_phdr(3) hands a valid record that lives until the callback returns.
    let object = unsafe { &*object };
    // SAFETY: the record describes its own table of program headers.
    let segments = unsafe { std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    // SAFETY: give_back_program passes this array and touches it again only after the call.
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
    // One object is the program; the kernel's vDSO, which would come next, is nobody's to give back.
    1
}
