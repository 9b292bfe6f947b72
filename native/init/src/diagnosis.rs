//! Why a program cannot be executed, in words: execve(2) says "no such file" for a missing interpreter too. It looks with the
//! rights of the app's user, inside the app's root.

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};

use appc_kernel::root::Root;
use rustix::fs::OFlags;

/// `e_machine` of elf(5) and what it is called.
const MACHINES: [(u16, &str); 10] = [
    (3, "i386"),
    (8, "mips"),
    (20, "ppc"),
    (21, "ppc64"),
    (22, "s390x"),
    (40, "arm"),
    (62, "amd64"),
    (183, "aarch64"),
    (243, "riscv64"),
    (258, "loongarch64"),
];

#[cfg(target_arch = "x86_64")]
const RUNS_HERE: [u16; 2] = [62, 3];
#[cfg(target_arch = "aarch64")]
const RUNS_HERE: [u16; 2] = [183, 40];

const PT_INTERP: u32 = 3;

/// What is wrong with the program at `path` of that root, as far as can be seen without running it.
pub fn of(root: &Root, path: &str) -> Option<String> {
    // A FIFO of that name must not be waited for: what was found there may have been replaced since.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = root.find(path, OFlags::PATH).ok().map(File::from)?;
    let mode = opened.metadata().ok()?.mode();
    if mode & 0o111 == 0 {
        return Some(format!("is not executable (mode {:04o})", mode & 0o7777));
    }
    let file = root.find(path, flags).ok().map(File::from)?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut head = [0; 256];
    let length = file.read_at(&mut head, 0).ok()?;
    match &head[..length] {
        [] => Some("is empty".into()),
        [0x7f, b'E', b'L', b'F', ..] => elf(root, &file, &head[..length]),
        [b'#', b'!', line @ ..] => script(root, line),
        _ => Some("is neither an ELF program nor a script with a #! line".into()),
    }
}

fn script(root: &Root, line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next()?).into_owned();
    let interpreter = line.split_whitespace().next()?;
    if is_missing(root, interpreter) {
        return Some(format!(
            "its interpreter {interpreter} (#! line) is not in the image"
        ));
    }
    None
}

fn elf(root: &Root, file: &File, head: &[u8]) -> Option<String> {
    if *head.get(5)? != 1 {
        return Some("is built for a big-endian machine".into());
    }
    let machine = u16_at(head, 18)?;
    if !RUNS_HERE.contains(&machine) {
        let name = MACHINES
            .iter()
            .find(|(number, _)| *number == machine)
            .map_or("another machine", |(_, name)| name);
        return Some(format!(
            "is built for {name}, this machine is {}",
            std::env::consts::ARCH
        ));
    }
    let interpreter = elf_interpreter(file, head)?;
    if is_missing(root, &interpreter) {
        return Some(format!(
            "its interpreter {interpreter} (dynamic loader) is not in the image"
        ));
    }
    None
}

fn is_missing(root: &Root, path: &str) -> bool {
    root.find(path, OFlags::PATH).is_err()
}

/// The path in the PT_INTERP segment, elf(5).
fn elf_interpreter(file: &File, head: &[u8]) -> Option<String> {
    let wide = *head.get(4)? == 2;
    let (table, size, count) = if wide {
        (u64_at(head, 32)?, u16_at(head, 54)?, u16_at(head, 56)?)
    } else {
        (u64::from(u32_at(head, 28)?), u16_at(head, 42)?, u16_at(head, 44)?)
    };
    for index in 0..u64::from(count) {
        let mut segment = [0; 56];
        file.read_at(&mut segment, table.checked_add(index * u64::from(size))?)
            .ok()?;
        if u32_at(&segment, 0)? != PT_INTERP {
            continue;
        }
        let (offset, length) = if wide {
            (u64_at(&segment, 8)?, u64_at(&segment, 32)?)
        } else {
            (u64::from(u32_at(&segment, 4)?), u64::from(u32_at(&segment, 16)?))
        };
        let mut path = vec![0; usize::try_from(length.min(4096)).ok()?];
        file.read_exact_at(&mut path, offset).ok()?;
        return Some(String::from_utf8_lossy(path.split(|byte| *byte == 0).next()?).into_owned());
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
