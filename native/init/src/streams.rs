//! What a process of an app reads from and writes to: opened on the host, before its mounts are left behind.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use appc_kernel::root::Root;
use appc_kernel::{descriptors, mounts, terminal};
use rustix::fs::{Mode, OFlags, Uid};

use crate::failure::{About, Result};
use crate::journal::{self, Priority};

/// Where input comes from and output goes to.
pub enum Streams {
    /// Nothing comes in; output goes to the journal under this identifier.
    Journal(String),
    /// A terminal of the host, by path.
    Terminal(String),
    /// Those of the caller.
    Inherited,
}

/// Streams that are open.
pub enum Opened {
    Journal {
        null: OwnedFd,
        output: OwnedFd,
        error: OwnedFd,
    },
    Terminal {
        terminal: OwnedFd,
        device: OwnedFd,
    },
    Inherited,
}

impl Streams {
    /// Opens them as the calling process, a session leader, whose terminal becomes its controlling one.
    pub fn open(&self) -> Result<Opened> {
        match self {
            Self::Inherited => Ok(Opened::Inherited),
            Self::Journal(identifier) => {
                let unit = journal::this_unit();
                let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
                Ok(Opened::Journal {
                    null: null.about("/dev/null")?,
                    output: journal::connect(identifier, &unit, Priority::Information)?,
                    error: journal::connect(identifier, &unit, Priority::Error)?,
                })
            }
            Self::Terminal(path) => {
                let terminal = terminal::open_peer(Path::new(path)).about(format_args!("terminal {path}"))?;
                terminal::take_control(&terminal).about(format_args!("terminal {path}"))?;
                let device = mounts::copy(terminal.as_fd(), false).about(format_args!("terminal {path}"))?;
                Ok(Opened::Terminal { terminal, device })
            }
        }
    }
}

impl Opened {
    /// Makes the terminal, where there is one, the app's /dev/console.
    pub fn show_in(&self, root: &Root) -> Result<()> {
        let Self::Terminal { device, .. } = self else {
            return Ok(());
        };
        let place = root.make_file("/dev/console", 0o600).about("/dev/console")?;
        mounts::attach(device.as_fd(), place.fd.as_fd()).about("/dev/console")
    }

    /// Makes them standard input, output and error of a process of that user.
    pub fn install(&self, user: Uid) -> Result<()> {
        match self {
            Self::Inherited => Ok(()),
            Self::Journal { null, output, error } => {
                descriptors::set_standard(null, output, error).about("standard streams")
            }
            Self::Terminal { terminal, .. } => {
                // Programs open their terminal again by name.
                rustix::fs::fchown(terminal, Some(user), None).about("terminal")?;
                descriptors::set_standard(terminal, terminal, terminal).about("standard streams")
            }
        }
    }
}
