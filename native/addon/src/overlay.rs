//! Overlays, as far as stage0 needs to know of them.

use std::path::Path;

use appc_kernel::overlay::{self, Obstacle};
use napi_derive::napi;
use rustix::io::Errno;

use crate::error::{self, Failure};

/// Why overlays do not work on the file system of the empty directory `directory`; nothing where they do.
#[napi]
pub fn overlay_problem(directory: String) -> Result<Option<String>, Failure> {
    let obstacle =
        overlay::obstacle(Path::new(&directory)).map_err(|errno| error::errno(&directory, errno))?;
    Ok(obstacle.map(words))
}

fn words(obstacle: Obstacle) -> String {
    let told = |errno: Errno| std::io::Error::from(errno).to_string().to_lowercase();
    match obstacle {
        Obstacle::NoOverlay => "the kernel has no overlay file system".into(),
        Obstacle::NoAttributes(errno) => format!("no trusted attributes: {}", told(errno)),
        Obstacle::NoEntryTypes => "the file system does not tell the types of directory entries".into(),
        Obstacle::Refused(errno) => format!("the kernel refuses: {}", told(errno)),
    }
}
