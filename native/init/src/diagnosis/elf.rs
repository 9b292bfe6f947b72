//! What an ELF file says about a program before it is executed, elf(5).

use std::fs::File;
use std::os::unix::fs::FileExt;

/// Values of `e_machine` and their names.
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

/// Values of `e_type`: an executable file, and one that can be loaded at any address.
const PROGRAMS: [u16; 2] = [2, 3];
const PT_INTERP: u32 = 3;
/// Maximum size of a segment table for the kernel.
const MAX_TABLE: u64 = 65536;

/// An ELF program for this machine.
pub struct Elf {
    /// Whether it is a 64-bit program.
    wide: bool,
    machine: u16,
    table: u64,
    entry_size: u16,
    entries: u16,
}

impl Elf {
    /// Parses the head of an ELF file; the error says what is wrong with it.
    pub fn parse(head: &[u8]) -> Result<Self, String> {
        let cut = || String::from("is an ELF file that is cut off");
        if *head.get(5).ok_or_else(cut)? != 1 {
            return Err("is built for a big-endian machine".into());
        }
        let wide = *head.get(4).ok_or_else(cut)? == 2;
        let machine = u16_at(head, 18).ok_or_else(cut)?;
        if !RUNS_HERE.contains(&machine) {
            return Err(format!(
                "is built for {}, this machine is {}",
                name_of(machine),
                std::env::consts::ARCH
            ));
        }
        if !PROGRAMS.contains(&u16_at(head, 16).ok_or_else(cut)?) {
            return Err("is an ELF file, but no program (an object file or a core dump)".into());
        }
        let (table, entry_size, entries) = if wide {
            (u64_at(head, 32), u16_at(head, 54), u16_at(head, 56))
        } else {
            (
                u32_at(head, 28).map(u64::from),
                u16_at(head, 42),
                u16_at(head, 44),
            )
        };
        Ok(Self {
            wide,
            machine,
            table: table.ok_or_else(cut)?,
            entry_size: entry_size.ok_or_else(cut)?,
            entries: entries.ok_or_else(cut)?,
        })
    }

    /// The path in the PT_INTERP segment.
    pub fn interpreter(&self, file: &File) -> Option<String> {
        let size = u64::from(self.entry_size);
        for index in 0..u64::from(self.entries).min(MAX_TABLE / size.max(1)) {
            let mut segment = [0; 56];
            file.read_at(&mut segment, self.table.checked_add(index * size)?)
                .ok()?;
            if u32_at(&segment, 0)? != PT_INTERP {
                continue;
            }
            let (offset, length) = if self.wide {
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

    /// The machine for which it is built.
    pub fn machine(&self) -> &'static str {
        name_of(self.machine)
    }

    /// Whether both run on the same machine.
    pub fn is_for_machine_of(&self, other: &Self) -> bool {
        self.machine == other.machine && self.wide == other.wide
    }
}

fn name_of(machine: u16) -> &'static str {
    let found = MACHINES.iter().find(|(number, _)| *number == machine);
    found.map_or("another machine", |(_, name)| name)
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
