//! System calls without a C library.

use std::arch::asm;

use crate::word::{Argument, Call, Interface};

/// The value of an argument that was left out.
const OMITTED: i64 = -1;

/// Makes a call; a negative result is an errno.
#[inline(always)]
pub fn make(call: &Call, earlier: &[i64]) -> i64 {
    let mut values = [OMITTED; 6];
    for (value, argument) in values.iter_mut().zip(&call.arguments) {
        *value = match argument {
            Argument::Value(value) => *value,
            Argument::Result(index) => earlier.get(*index).copied().unwrap_or(OMITTED),
        };
    }
    match call.interface {
        // SAFETY: none: the author of the test decides what happens to this process.
        Interface::Native => unsafe { native(call.number, values) },
        // SAFETY: as above.
        Interface::Bits32 => unsafe { bits32(call.number, values) },
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn native(number: i64, values: [i64; 6]) -> i64 {
    let result: i64;
    // SAFETY: as for the caller.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") values[0], in("rsi") values[1], in("rdx") values[2],
            in("r10") values[3], in("r8") values[4], in("r9") values[5],
            lateout("rcx") _, lateout("r11") _,
        );
    }
    result
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
unsafe fn native(number: i64, values: [i64; 6]) -> i64 {
    let result: i64;
    // SAFETY: as for the caller.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") values[0] => result, in("x1") values[1], in("x2") values[2],
            in("x3") values[3], in("x4") values[4], in("x5") values[5],
        );
    }
    result
}

/// Makes a call of the 32-bit ABI without a sixth argument, whose register Rust reserves.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn bits32(number: i64, values: [i64; 6]) -> i64 {
    let result: i64;
    // SAFETY: as for the caller; ebx is restored afterwards.
    unsafe {
        asm!(
            "xchg {first}, rbx",
            "int 0x80",
            "xchg {first}, rbx",
            first = inout(reg) values[0] => _,
            inlateout("rax") number => result,
            in("rcx") values[1], in("rdx") values[2], in("rsi") values[3], in("rdi") values[4],
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    // The upper half keeps its earlier value.
    i64::from(result as i32)
}

#[cfg(not(target_arch = "x86_64"))]
unsafe fn bits32(_number: i64, _values: [i64; 6]) -> i64 {
    i64::from(-libc::ENOSYS)
}
