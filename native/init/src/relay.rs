//! Relaying between an operator and a command in an app: bytes, window size and signals.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::clone::Child;
use appc_kernel::signals::Receiver;
use appc_kernel::terminal;
use rustix::event::{PollFd, PollFlags};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::process::Signal;
use rustix::termios::{OptionalActions, Termios};

use crate::failure::{About, Result};
use crate::streams::Streams;
use crate::wait;

const FORWARDED: [(i32, Signal); 6] = [
    (libc::SIGINT, Signal::INT),
    (libc::SIGTERM, Signal::TERM),
    (libc::SIGHUP, Signal::HUP),
    (libc::SIGQUIT, Signal::QUIT),
    (libc::SIGUSR1, Signal::USR1),
    (libc::SIGUSR2, Signal::USR2),
];

/// Maximum number of bytes per read.
const READ: usize = 65536;
/// Maximum number of bytes per write: what a ready pipe accepts without blocking (PIPE_BUF of
/// pipe(7)).
const WRITE: usize = 4096;

/// The signals that are passed on, and those that report a change.
pub struct Signals(Receiver);

impl Signals {
    /// Blocks these signals and receives them from now on.
    pub fn block() -> rustix::io::Result<Self> {
        let mut numbers: Vec<i32> = FORWARDED.iter().map(|(number, _)| *number).collect();
        numbers.extend([libc::SIGCHLD, libc::SIGWINCH]);
        Receiver::new(&numbers).map(Self)
    }

    /// Receives the next signal and, if it is one to pass on, sends it to the command; returns its
    /// number.
    fn handle(&self, child: &Child) -> Result<i32> {
        let number = self.0.next().about("signals")?;
        if let Some((_, signal)) = FORWARDED.iter().find(|(forwarded, _)| *forwarded == number) {
            // The command may just have ended.
            let _ = rustix::process::pidfd_send_signal(&child.pidfd, *signal);
        }
        Ok(number)
    }
}

/// The operator's terminal without echo and line editing, which the command's terminal does.
/// Dropping it restores the settings.
pub struct RawTerminal(Termios);

impl RawTerminal {
    /// Changes the settings of the terminal that is standard input.
    pub fn set() -> rustix::io::Result<Self> {
        let before = rustix::termios::tcgetattr(rustix::stdio::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &raw)?;
        Ok(Self(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &self.0);
    }
}

/// One end of a flow.
enum End {
    /// An end of the operator's, which other processes may use too.
    Operators(BorrowedFd<'static>),
    /// An end of this process alone: closed when no more data comes, and never blocking.
    Own(OwnedFd),
}

impl AsFd for End {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Operators(fd) => *fd,
            Self::Own(fd) => fd.as_fd(),
        }
    }
}

/// Bytes on their way from one end to another. Dropping it closes the ends of its own.
pub struct Flow {
    from: End,
    to: End,
    waiting: VecDeque<u8>,
}

impl Flow {
    fn new(from: End, to: End) -> Self {
        let waiting = VecDeque::new();
        Self { from, to, waiting }
    }

    /// The flows between the operator's terminal and the controlling side of the command's
    /// terminal.
    pub fn of_terminal(controller: &OwnedFd) -> Result<Vec<Self>> {
        let own = || {
            controller
                .try_clone()
                .and_then(|fd| Ok(own(fd)?))
                .about("terminal")
        };
        Ok(vec![
            Self::new(End::Operators(rustix::stdio::stdin()), own()?),
            Self::new(own()?, End::Operators(rustix::stdio::stdout())),
        ])
    }

    /// The descriptor for which it waits: for the next bytes, or for room for the buffered ones.
    fn watched(&self) -> PollFd<'_> {
        if self.waiting.is_empty() {
            PollFd::new(&self.from, PollFlags::IN)
        } else {
            PollFd::new(&self.to, PollFlags::OUT)
        }
    }

    /// Continues after its descriptor is ready; returns whether more data may follow. EIO: no
    /// process has the terminal open. EPIPE: no process reads.
    fn proceed(&mut self) -> rustix::io::Result<bool> {
        let moved = if self.waiting.is_empty() {
            self.read()
        } else {
            self.write()
        };
        match moved {
            Ok(0) | Err(Errno::IO | Errno::PIPE) => Ok(false),
            Ok(_) | Err(Errno::AGAIN) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn read(&mut self) -> rustix::io::Result<usize> {
        let mut buffer = [0; READ];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&self.from, &mut buffer))?;
        self.waiting.extend(&buffer[..length]);
        Ok(length)
    }

    fn write(&mut self) -> rustix::io::Result<usize> {
        let (next, _) = self.waiting.as_slices();
        let next = &next[..next.len().min(WRITE)];
        let length = rustix::io::retry_on_intr(|| rustix::io::write(&self.to, next))?;
        self.waiting.drain(..length);
        Ok(length)
    }

    /// Passes on what the command wrote last, but nothing that processes which it started write
    /// later.
    fn drain(mut self) -> Result<()> {
        if matches!(self.to, End::Own(_)) {
            return Ok(());
        }
        loop {
            while !self.waiting.is_empty() {
                match self.write() {
                    Ok(_) => {}
                    Err(Errno::PIPE | Errno::IO) => return Ok(()),
                    Err(Errno::AGAIN) => self.wait_for_room()?,
                    Err(error) => return Err(error).about("output"),
                }
            }
            match self.read() {
                Ok(0) | Err(Errno::AGAIN | Errno::IO) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error).about("output"),
            }
        }
    }

    fn wait_for_room(&self) -> Result<()> {
        rustix::io::retry_on_intr(|| rustix::event::poll(&mut [self.watched()], None))
            .about("output")
            .map(|_| ())
    }
}

fn own(fd: OwnedFd) -> rustix::io::Result<End> {
    let flags = rustix::fs::fcntl_getfl(&fd)?;
    rustix::fs::fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?;
    Ok(End::Own(fd))
}

/// Creates three pipes: the command's streams, and the flows that connect them with the operator's.
pub fn pipes() -> Result<(Streams, Vec<Flow>)> {
    let pipe = || rustix::pipe::pipe_with(PipeFlags::CLOEXEC).about("pipe");
    let ((input, feed), (out, output), (err, error)) = (pipe()?, pipe()?, pipe()?);
    let ours = |fd| own(fd).about("pipe");
    let flows = vec![
        Flow::new(End::Operators(rustix::stdio::stdin()), ours(feed)?),
        Flow::new(ours(out)?, End::Operators(rustix::stdio::stdout())),
        Flow::new(ours(err)?, End::Operators(rustix::stdio::stderr())),
    ];
    let input = Some(input);
    Ok((Streams::Pipes { input, output, error }, flows))
}

/// Relays until the command has ended and all its output is written; returns its exit status.
/// `controller` is the controlling side of the command's terminal, if it has one.
pub fn until_end(
    mut flows: Vec<Flow>,
    controller: Option<&OwnedFd>,
    signals: &Signals,
    child: &Child,
) -> Result<u8> {
    loop {
        let (signalled, ready) = wait_for_one(&flows, signals)?;
        let mut more = Vec::new();
        for (mut flow, ready) in flows.into_iter().zip(ready) {
            if !ready || flow.proceed().about("streams")? {
                more.push(flow);
            }
        }
        flows = more;
        if signalled {
            if let (libc::SIGWINCH, Some(controller)) = (signals.handle(child)?, controller) {
                resize(controller)?;
            }
            if let Some(status) = wait::exit_status_if_ended(child.pid)? {
                flows.into_iter().try_for_each(Flow::drain)?;
                return Ok(status);
            }
        }
    }
}

/// Waits for one descriptor; returns whether a signal arrived, and which flows can continue.
fn wait_for_one(flows: &[Flow], signals: &Signals) -> Result<(bool, Vec<bool>)> {
    let mut watched: Vec<PollFd<'_>> = flows.iter().map(Flow::watched).collect();
    watched.push(PollFd::from_borrowed_fd(signals.0.as_fd(), PollFlags::IN));
    rustix::io::retry_on_intr(|| rustix::event::poll(&mut watched, None)).about("streams")?;
    let mut ready: Vec<bool> = watched.iter().map(|fd| !fd.revents().is_empty()).collect();
    let signalled = ready.pop().unwrap_or_default();
    Ok((signalled, ready))
}

fn resize(controller: &OwnedFd) -> Result<()> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdin()).about("terminal")?;
    terminal::resize(controller, size.ws_row, size.ws_col).about("terminal")
}
