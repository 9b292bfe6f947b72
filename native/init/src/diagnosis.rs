//! Why a program cannot be executed, as text: execve(2) also returns "no such file" if an
//! interpreter is missing. The diagnosis has the rights of the app's user, inside the app's root.

mod elf;
mod script;

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt};

use appc_kernel::root;
use rustix::fs::{OFlags, StatVfsMountFlags};
use rustix::io::Errno;

use crate::failure::Cause;
use crate::program::Place;
use elf::Elf;

/// Maximum number of nested interpreters in the kernel.
const MAX_SCRIPTS: u32 = 5;

impl Place<'_> {
    /// What is wrong with the program at `path`, absolute inside the root; `None` if nothing can be
    /// found without executing it.
    pub fn diagnosis(&self, path: &str) -> Option<String> {
        self.problem(path, 0)
    }

    fn problem(&self, path: &str, scripts: u32) -> Option<String> {
        let (file, head) = match self.read(path) {
            Ok(read) => read?,
            Err(problem) => return Some(problem),
        };
        match head.as_slice() {
            [] => Some("is empty".into()),
            [0x7f, b'E', b'L', b'F', ..] => self.elf(&file, &head),
            [b'#', b'!', ..] => self.script(&head, scripts),
            [0xef, 0xbb, 0xbf, b'#', b'!', ..] => {
                Some("has a byte order mark before its #! line, so the kernel sees no #! line".into())
            }
            _ => Some("is neither an ELF program nor a script with a #! line".into()),
        }
    }

    fn script(&self, head: &[u8], scripts: u32) -> Option<String> {
        let interpreter = match script::interpreter(head) {
            Ok(interpreter) => interpreter,
            Err(problem) => return Some(problem.into()),
        };
        if scripts == MAX_SCRIPTS {
            return Some(format!("is a script of a script, more than {MAX_SCRIPTS} deep"));
        }
        let problem = self.problem(&self.absolute(&interpreter), scripts + 1)?;
        let ending = if interpreter.ends_with('\r') {
            "; the line ends with a carriage return, which belongs to the name"
        } else {
            ""
        };
        Some(format!(
            "its interpreter {} (#! line) {problem}{ending}",
            quoted(&interpreter)
        ))
    }

    fn elf(&self, file: &File, head: &[u8]) -> Option<String> {
        let elf = match Elf::parse(head) {
            Ok(elf) => elf,
            Err(problem) => return Some(problem),
        };
        let interpreter = elf.interpreter(file)?;
        let problem = self.loader(&self.absolute(&interpreter), &elf)?;
        Some(format!(
            "its interpreter {} (dynamic loader) {problem}",
            quoted(&interpreter)
        ))
    }

    /// What is wrong with the dynamic loader of `program`.
    fn loader(&self, path: &str, program: &Elf) -> Option<String> {
        let (_, head) = match self.read(path) {
            Ok(read) => read?,
            Err(problem) => return Some(problem),
        };
        if !head.starts_with(b"\x7fELF") {
            return Some("is no ELF program".into());
        }
        match Elf::parse(&head) {
            Err(problem) => Some(problem),
            Ok(loader) if !loader.is_for_machine_of(program) => Some(format!(
                "is built for {}, the program for {}",
                loader.machine(),
                program.machine()
            )),
            Ok(_) => None,
        }
    }

    /// Opens the file at `path` and reads its first bytes; `None` if the file can be executed but
    /// not read.
    fn read(&self, path: &str) -> Result<Option<(File, Vec<u8>)>, String> {
        let opened = match self.root.find(path, OFlags::PATH) {
            Ok(opened) => File::from(opened),
            Err(Errno::NOENT | Errno::NOTDIR) => return Err("is not in the image".into()),
            Err(Errno::LOOP) => return Err("leads through a link of /proc, or in a circle".into()),
            Err(error) => return Err(format!("cannot be looked up: {}", error.words())),
        };
        let Ok(facts) = opened.metadata() else {
            return Ok(None);
        };
        if facts.is_dir() {
            return Err("is a directory".into());
        }
        if !facts.is_file() {
            return Err("is not a regular file".into());
        }
        let mode = facts.mode();
        if mode & 0o111 == 0 {
            return Err(format!("is not executable (mode {:04o})", mode & 0o7777));
        }
        let flags = rustix::fs::fstatvfs(&opened).map(|facts| facts.f_flag);
        if flags.is_ok_and(|flags| flags.contains(StatVfsMountFlags::NOEXEC)) {
            return Err("is on a file system that is mounted noexec".into());
        }
        if root::may_execute(opened.as_fd()) == Ok(false) {
            let (uid, gid) = (facts.uid(), facts.gid());
            return Err(format!(
                "cannot be executed by this user (mode {:04o}, owner {uid}:{gid})",
                mode & 0o7777
            ));
        }
        // Non-blocking: a FIFO may have replaced the file that was found before.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let read = self.root.find(path, flags).ok().map(File::from).and_then(|file| {
            let mut head = vec![0; script::BUFFER];
            let length = file.read_at(&mut head, 0).ok()?;
            head.truncate(length);
            Some((file, head))
        });
        Ok(read)
    }
}

/// A path for a sentence: in quotation marks if it contains invisible characters.
fn quoted(path: &str) -> String {
    if path.chars().any(|letter| letter.is_control() || letter == ' ') {
        format!("{path:?}")
    } else {
        path.to_owned()
    }
}

/// The text for an error of execve(2) about a program without a visible fault.
pub fn error_text(error: Errno) -> String {
    match error {
        Errno::TOOBIG => "its arguments and environment are longer than the kernel takes".into(),
        Errno::TXTBSY => "is open for writing somewhere".into(),
        Errno::NOEXEC => "is no program that this kernel can run".into(),
        error => error.words(),
    }
}
