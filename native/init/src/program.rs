//! Finding the program an app runs (M4).

use std::ffi::CString;

use rustix::fs::{Access, AtFlags, CWD, FileType};

use crate::failure::{About, Failure, Result};

/// Where a name is sought if the environment has no PATH: the working directory, then the system's default.
const DEFAULT_PATH: &str = ":/bin:/usr/bin";

/// The path of the program `name`, as the calling process (its root, working directory, user) finds it. With a `/` it is
/// a path, else it is sought along `environment`'s PATH.
pub fn find(name: &str, environment: &[String]) -> Result<CString> {
    if name.contains('/') {
        return CString::new(name).about("program");
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
        let Ok(facts) = rustix::fs::stat(candidate.as_str()) else {
            continue;
        };
        let is_file = FileType::from_raw_mode(facts.st_mode) == FileType::RegularFile;
        if is_file && rustix::fs::accessat(CWD, candidate.as_str(), Access::EXEC_OK, AtFlags::EACCESS).is_ok()
        {
            return CString::new(candidate).about("program");
        }
        unusable.get_or_insert(candidate);
    }
    Err(Failure::new(match (unusable, path) {
        (Some(candidate), _) => format!("program {name:?}: {candidate} cannot be executed by this user"),
        (None, Some(path)) => format!("program {name:?}: not found in PATH ({path})"),
        (None, None) => {
            format!("program {name:?}: not found in the working directory, /bin or /usr/bin; PATH is not set")
        }
    }))
}
