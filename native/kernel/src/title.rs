//! The title that ps(1) shows for this process: proc_pid_cmdline(5) and PR_SET_NAME(2const).

use rustix::io::Errno;
use std::ffi::CString;

/// Positions of the command line's addresses after the name in /proc/self/stat (arg_start and
/// arg_end, proc_pid_stat(5)).
const ARGUMENTS: (usize, usize) = (45, 46);

/// Overwrites the command line of this process with `title`, cut to the available room, and sets
/// the calling thread's name to the first 15 bytes. The caller must have copied the arguments which
/// it still needs.
pub fn set(title: &str) -> Result<(), Errno> {
    let (start, length) = arguments().ok_or(Errno::NOENT)?;
    let kept = title.len().min(length.saturating_sub(1));
    // SAFETY: the kernel put the command line there, on this process' stack, which is writable;
    // only the caller of this function knows of it, and at least one zero byte ends the new text.
    unsafe {
        let line = std::slice::from_raw_parts_mut(start as *mut u8, length);
        line.fill(0);
        line[..kept].copy_from_slice(&title.as_bytes()[..kept]);
    }
    let name = CString::new(title).map_err(|_| Errno::INVAL)?;
    rustix::thread::set_name(&name)
}

/// Address and length of the command line.
fn arguments() -> Option<(usize, usize)> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let address = |at: usize| fields.get(at)?.parse::<usize>().ok();
    let (start, end) = (address(ARGUMENTS.0)?, address(ARGUMENTS.1)?);
    (start != 0 && start < end).then_some((start, end - start))
}
