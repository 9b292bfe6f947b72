//! What a process of an app reads from and writes to. Nothing but connections to the journal is the host's: pipes are made
//! for it, and a terminal is one of the app's own.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::root::Root;
use appc_kernel::{descriptors, mounts, terminal};
use rustix::fs::{OFlags, Uid};

use crate::failure::{About, Result};
use crate::journal::{self, Priority};
use crate::plan::TerminalSize;

/// Where input comes from and output goes to.
pub enum Streams {
    /// Nothing comes in; output goes to the journal.
    Journal { output: OwnedFd, error: OwnedFd },
    /// The ends of pipes, whose other ends the caller has.
    Pipes {
        input: OwnedFd,
        output: OwnedFd,
        error: OwnedFd,
    },
    /// A new terminal of that size.
    Terminal(TerminalSize),
}

impl Streams {
    /// Into the journal under this identifier, of the unit the calling process is in.
    pub fn journal(identifier: &str) -> Result<Self> {
        let unit = journal::this_unit();
        Ok(Self::Journal {
            output: journal::connect(identifier, &unit, Priority::Information)?,
            error: journal::connect(identifier, &unit, Priority::Error)?,
        })
    }

    /// Opens what is inside the app's root, which the calling process is in. A terminal is of the root's own devpts: it becomes
    /// the app's /dev/console, and its controlling side is given beside. `null` is the app's null device.
    pub fn open(&self, root: &Root, null: OwnedFd) -> Result<(Opened<'_>, Option<OwnedFd>)> {
        match self {
            Self::Journal { output, error } => {
                let (output, error) = (output.as_fd(), error.as_fd());
                let input = Input::Null(null);
                Ok((Opened::Separate { input, output, error }, None))
            }
            Self::Pipes { input, output, error } => {
                let (output, error) = (output.as_fd(), error.as_fd());
                let input = Input::Pipe(input.as_fd());
                Ok((Opened::Separate { input, output, error }, None))
            }
            Self::Terminal(size) => {
                let devpts = root
                    .find("/dev/pts", OFlags::PATH | OFlags::DIRECTORY)
                    .about("/dev/pts")?;
                let controller = terminal::open(devpts.as_fd()).about("terminal")?;
                terminal::resize(&controller, size.rows, size.columns).about("terminal")?;
                let terminal = terminal::open_peer(controller.as_fd()).about("terminal")?;
                let device = mounts::copy(terminal.as_fd(), false).about("terminal")?;
                let place = root.make_place("/dev/console", 0o600).about("/dev/console")?;
                mounts::attach(device.as_fd(), place.as_fd()).about("/dev/console")?;
                Ok((Opened::Terminal(terminal), Some(controller)))
            }
        }
    }
}

/// Standard input that is no terminal.
pub enum Input<'a> {
    Null(OwnedFd),
    Pipe(BorrowedFd<'a>),
}

impl AsFd for Input<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Null(null) => null.as_fd(),
            Self::Pipe(pipe) => *pipe,
        }
    }
}

/// Streams that are open.
pub enum Opened<'a> {
    Separate {
        input: Input<'a>,
        output: BorrowedFd<'a>,
        error: BorrowedFd<'a>,
    },
    Terminal(OwnedFd),
}

impl Opened<'_> {
    /// Their descriptors.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Self::Separate { input, output, error } => vec![input.as_fd(), *output, *error],
            Self::Terminal(terminal) => vec![terminal.as_fd()],
        }
    }

    /// Makes them standard input, output and error of a process of that user. A terminal becomes the controlling one of the
    /// calling process, a session leader.
    pub fn install(&self, user: Uid) -> Result<()> {
        match self {
            Self::Separate { input, output, error } => {
                descriptors::set_standard(input, output, error).about("standard streams")
            }
            Self::Terminal(terminal) => {
                terminal::take_control(terminal).about("terminal")?;
                // Programs open their terminal again by name.
                rustix::fs::fchown(terminal, Some(user), None).about("terminal")?;
                descriptors::set_standard(terminal, terminal, terminal).about("standard streams")
            }
        }
    }
}
