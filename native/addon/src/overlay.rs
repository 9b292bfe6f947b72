//! Whether overlays work, for stage0.

use std::path::Path;

use appc_kernel::overlay::{self, Obstacle};
use napi_derive::napi;
use rustix::io::Errno;

use crate::error::{self, Failure};

/// The reason why overlays do not work on the file system of the empty directory `directory`;
/// `None` if they work.
#[napi]
pub fn overlay_problem(directory: String) -> Result<Option<String>, Failure> {
    let obstacle =
        overlay::obstacle(Path::new(&directory)).map_err(|errno| error::errno(&directory, errno))?;
    Ok(obstacle.map(words))
}

fn words(obstacle: Obstacle) -> String {
    let message = |errno: Errno| std::io::Error::from(errno).to_string().to_lowercase();
    match obstacle {
        Obstacle::NoOverlay => "the kernel has no overlay file system".into(),
        Obstacle::NoAttributes(errno) => format!("no trusted attributes: {}", message(errno)),
        Obstacle::NoEntryTypes => "the file system does not tell the types of directory entries".into(),
        Obstacle::Refused(errno) => format!("the kernel refuses: {}", message(errno)),
    }
}
