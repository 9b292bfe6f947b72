//! Installing seccomp filters, seccomp(2).

use rustix::io::{Errno, Result};

const INSTRUCTION: usize = size_of::<libc::sock_filter>();

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;

/// Builds a filter that allows the system calls `calls` of this machine's own architecture and
/// answers all others with EPERM.
pub fn allowing_only(calls: &[libc::c_long]) -> Vec<u8> {
    let load = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    let equal = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    let answer = (libc::BPF_RET | libc::BPF_K) as u16;
    let refuse = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    let mut program = vec![
        (load, 0, 0, ARCH),
        (equal, 1, 0, ARCHITECTURE),
        (answer, 0, 0, refuse),
        (load, 0, 0, NUMBER),
    ];
    for (index, call) in calls.iter().enumerate() {
        // Jumps over the remaining calls and the refusal.
        let distance = (calls.len() - index) as u8;
        program.push((equal, distance, 0, *call as u32));
    }
    program.extend([(answer, 0, 0, refuse), (answer, 0, 0, libc::SECCOMP_RET_ALLOW)]);
    program.into_iter().flat_map(bytes).collect()
}

/// Encodes one `struct sock_filter`.
fn bytes((code, jt, jf, k): (u16, u8, u8, u32)) -> [u8; INSTRUCTION] {
    let ([a, b], [c, d, e, f]) = (code.to_ne_bytes(), k.to_ne_bytes());
    [a, b, jt, jf, c, d, e, f]
}

/// Installs a filter for the calling thread and all its descendants; `raw` is the array of `struct
/// sock_filter`. Needs CAP_SYS_ADMIN or no_new_privs. `EINVAL` where `raw` is no such array.
pub fn install(raw: &[u8]) -> Result<()> {
    if raw.is_empty() || raw.len() % INSTRUCTION != 0 {
        return Err(Errno::INVAL);
    }
    let mut instructions: Vec<libc::sock_filter> = raw
        .chunks_exact(INSTRUCTION)
        .map(|bytes| libc::sock_filter {
            code: u16::from_ne_bytes([bytes[0], bytes[1]]),
            jt: bytes[2],
            jf: bytes[3],
            k: u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
        })
        .collect();
    let program = libc::sock_fprog {
        len: u16::try_from(instructions.len()).map_err(|_| Errno::INVAL)?,
        filter: instructions.as_mut_ptr(),
    };
    // SAFETY: `program` points to `len` instructions that outlive the call; the kernel copies and
    // checks them.
    super::check(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &raw const program,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_array_of_instructions_is_refused() {
        for raw in [&[][..], &[6, 0, 0, 0, 0, 0, 255], &[0; 9]] {
            assert_eq!(install(raw), Err(Errno::INVAL), "{raw:?}");
        }
        assert_eq!(install(&vec![0; INSTRUCTION * 65_536]), Err(Errno::INVAL));
    }

    #[test]
    fn a_filter_holds_for_the_thread_that_installs_it() {
        // The filter loads the call's number, answers getppid with EXDEV and allows all other
        // calls.
        let number = u32::try_from(libc::SYS_getppid).unwrap();
        let filter: Vec<u8> = [
            (0x20_u16, 0_u8, 0_u8, 0_u32),
            (0x15, 0, 1, number),
            (0x06, 0, 0, 0x0005_0000 | u32::try_from(libc::EXDEV).unwrap()),
            (0x06, 0, 0, 0x7fff_0000),
        ]
        .into_iter()
        .flat_map(|(code, when_true, when_false, value)| {
            let [low, high] = code.to_ne_bytes();
            let [a, b, c, d] = value.to_ne_bytes();
            [low, high, when_true, when_false, a, b, c, d]
        })
        .collect();
        let parent = || {
            // SAFETY: getppid takes no arguments.
            unsafe { libc::syscall(libc::SYS_getppid) }
        };
        let refused = std::thread::spawn(move || {
            rustix::thread::set_no_new_privs(true).unwrap();
            install(&filter).unwrap();
            parent()
        });
        assert_eq!(refused.join().unwrap(), -1);
        assert!(parent() > 0);
    }
}
