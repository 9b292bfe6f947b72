//! The memory of this process.

use std::ffi::c_void;

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
    let mut ranges: Ranges = [(0, 0); SEGMENTS];
    // SAFETY: the callback has the type dl_iterate_phdr(3) asks for, and takes the data for the array that it is.
    unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut ranges).cast()) };
    // Only after all have been found, so that finding them touches none of them again.
    for (start, length) in ranges {
        // SAFETY: the range is a mapping of a file that this process cannot have changed: it is not writable, and what is
        // relocated of a program is. The kernel reads it again when it is touched.
        unsafe { libc::syscall(libc::SYS_madvise, start, length, libc::MADV_DONTNEED) };
    }
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
