//! The streams of an app's process. They give no access to the host: pipes are created for them,
//! and a terminal is one of the app's own.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::attachment::StreamOwner;
use appc_kernel::root::Root;
use appc_kernel::{descriptors, mounts, terminal};
use rustix::fs::{Mode, OFlags, Uid};
use rustix::pipe::PipeFlags;

use crate::failure::{About, Result};
use crate::plan::{AppPlan, TerminalSize};
use crate::pod_connection;
use crate::pod_directory::PodDirectory;

/// The pipes' owner opens them again by name (/dev/stdout), and so may a user that the owner
/// becomes.
const PIPE_MODE: Mode = Mode::from_raw_mode(0o622);

/// The source of input and the destination of output.
pub enum Streams {
    /// The ends of pipes; another process has the other ends. Without input, reading returns the
    /// end of file.
    Pipes {
        input: Option<OwnedFd>,
        output: OwnedFd,
        error: OwnedFd,
    },
    /// A new terminal of this size.
    Terminal(TerminalSize),
}

/// The kind of process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// The app itself.
    App,
    /// An event handler, which has no input.
    Handler,
}

impl Streams {
    /// Creates pipes whose other ends the pod's init gets.
    pub fn of_pod(directory: &PodDirectory, plan: &AppPlan, process: Process) -> Result<Self> {
        let pipe = || rustix::pipe::pipe_with(PipeFlags::CLOEXEC);
        let nonblocking = |fd: &OwnedFd| rustix::fs::fcntl_setfl(fd, OFlags::NONBLOCK);
        let (out, output) = pipe().about("pipe")?;
        let (err, error) = pipe().about("pipe")?;
        let input = (process == Process::App && plan.stdin)
            .then(pipe)
            .transpose()
            .about("pipe")?;
        let (input, feed) = input.unzip();
        let theirs: Vec<BorrowedFd<'_>> = [Some(&out), Some(&err), feed.as_ref()]
            .into_iter()
            .flatten()
            .map(AsFd::as_fd)
            .collect();
        for fd in [Some(&out), Some(&err), feed.as_ref()].into_iter().flatten() {
            nonblocking(fd).about("pipe")?;
        }
        let fields = fields(&plan.journal_fields);
        let owner = StreamOwner {
            app: &plan.name,
            fields: &fields,
        };
        pod_connection::give_streams(directory, owner, &theirs)?;
        Ok(Self::Pipes { input, output, error })
    }

    /// Opens the descriptors inside the app's root, which the calling process has entered. A
    /// terminal belongs to the root's own devpts: it becomes the app's /dev/console, and its
    /// controlling side is returned too. `null` is the app's null device.
    pub fn open(&self, root: &Root, null: OwnedFd) -> Result<(Opened<'_>, Option<OwnedFd>)> {
        match self {
            Self::Pipes { input, output, error } => {
                let (output, error) = (output.as_fd(), error.as_fd());
                let input = input
                    .as_ref()
                    .map_or(Input::Null(null), |input| Input::Pipe(input.as_fd()));
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

/// Standard input other than a terminal.
pub enum Input<'a> {
    Null(OwnedFd),
    Pipe(BorrowedFd<'a>),
}

impl Input<'_> {
    fn pipe(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Null(_) => None,
            Self::Pipe(pipe) => Some(*pipe),
        }
    }
}

impl AsFd for Input<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Null(null) => null.as_fd(),
            Self::Pipe(pipe) => *pipe,
        }
    }
}

/// Open streams.
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

    /// Makes them the standard input, output and error of a process of this user. A terminal
    /// becomes the controlling terminal of the calling process, which must be a session leader.
    pub fn install(&self, user: Uid) -> Result<()> {
        match self {
            Self::Separate { input, output, error } => {
                for pipe in input.pipe().into_iter().chain([*output, *error]) {
                    // The mode first: it cannot be changed once another user owns the pipe.
                    rustix::fs::fchmod(pipe, PIPE_MODE)
                        .and_then(|()| rustix::fs::fchown(pipe, Some(user), None))
                        .about("standard streams")?;
                }
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

/// Converts `NAME=value` lines to journald's native format, in which a value with a newline is
/// written with its length.
fn fields(lines: &[String]) -> Vec<u8> {
    let mut fields = Vec::new();
    for line in lines {
        match line.split_once('=') {
            Some((name, value)) if value.contains('\n') => {
                fields.extend(format!("{name}\n").into_bytes());
                fields.extend((value.len() as u64).to_le_bytes());
                fields.extend(value.as_bytes());
            }
            _ => fields.extend(line.as_bytes()),
        }
        fields.push(b'\n');
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_several_lines_is_one_field() {
        let lines = ["A=1".to_owned(), "B=two\nlines".to_owned()];
        assert_eq!(fields(&lines), b"A=1\nB\n\x09\0\0\0\0\0\0\0two\nlines\n");
    }
}
