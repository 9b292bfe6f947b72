//! Resolving the program of an app (M4): inside the app's root, by descriptor, with the user's
//! rights, and never through a link of /proc.

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::root::{self, Root};
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};

/// Where a name is searched if the environment has no PATH: the working directory, then the
/// system's default.
const DEFAULT_PATH: &str = ":/bin:/usr/bin";

/// The programs to try if an operator names none.
const SHELLS: [&str; 2] = ["/bin/bash", "/bin/sh"];

/// A resolved program.
pub struct Program {
    /// The path as named, for execve(2), so that scripts and ps(1) see this name.
    pub path: CString,
    /// The same path, absolute inside the root.
    pub absolute: String,
}

/// The root, and the working directory for relative names.
pub struct Place<'a> {
    pub root: &'a Root,
    pub working_directory: &'a str,
}

impl Place<'_> {
    /// Resolves the program `name`. A name with a `/` is a path; any other is searched in the PATH
    /// of `environment`.
    pub fn find(&self, name: &str, environment: &[String]) -> Result<Program> {
        if name.contains('/') {
            self.regular_file(name).about(format_args!("program {name}"))?;
            return self.program(name);
        }
        let path = environment
            .iter()
            .rev()
            .find_map(|line| line.strip_prefix("PATH="));
        let searched = path.unwrap_or(DEFAULT_PATH);
        let mut unusable = None;
        for directory in searched.split(':') {
            let directory = if directory.is_empty() { "." } else { directory };
            let candidate = format!("{directory}/{name}");
            let Ok(file) = self.regular_file(&candidate) else {
                continue;
            };
            if root::may_execute(file.as_fd()).is_ok_and(|may| may) {
                return self.program(&candidate);
            }
            unusable.get_or_insert(candidate);
        }
        Err(Failure::new(match (unusable, path) {
            (Some(candidate), _) => format!("program {name:?}: {candidate} cannot be executed by this user"),
            (None, Some(path)) => format!("program {name:?}: not found in PATH ({path})"),
            (None, None) => {
                format!(
                    "program {name:?}: not found in the working directory, /bin or /usr/bin; PATH is not set"
                )
            }
        }))
    }

    /// The shell of the root: the first that can be executed, wherever inside the root its symlinks
    /// lead.
    pub fn shell(&self) -> &'static str {
        let usable = |shell: &&str| {
            let file = self.regular_file(shell);
            file.is_ok_and(|file| root::may_execute(file.as_fd()).is_ok_and(|may| may))
        };
        SHELLS.into_iter().find(usable).unwrap_or(SHELLS[1])
    }

    fn program(&self, path: &str) -> Result<Program> {
        Ok(Program {
            path: CString::new(path).about("program")?,
            absolute: self.absolute(path),
        })
    }

    /// `path` as an absolute path inside the root.
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.working_directory)
        }
    }

    fn regular_file(&self, path: &str) -> Result<OwnedFd> {
        let file = match self.root.find(&self.absolute(path), OFlags::PATH) {
            Err(Errno::NOENT) => return Err(Failure::new("there is no such file in the image")),
            result => result.about("cannot be looked up")?,
        };
        let facts = rustix::fs::fstat(&file).about("cannot be looked at")?;
        match FileType::from_raw_mode(facts.st_mode) {
            FileType::RegularFile => Ok(file),
            FileType::Directory => Err(Failure::new("is a directory")),
            _ => Err(Failure::new("is not a regular file")),
        }
    }
}
