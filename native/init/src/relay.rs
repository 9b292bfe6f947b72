//! Standing between an operator's terminal and a command in an app: bytes, window size and signals are passed on.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::clone::Child;
use appc_kernel::signals::Receiver;
use appc_kernel::terminal;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::termios::{OptionalActions, Termios};

use crate::failure::{About, Result};
use crate::wait;

const FORWARDED: [(i32, Signal); 6] = [
    (libc::SIGINT, Signal::INT),
    (libc::SIGTERM, Signal::TERM),
    (libc::SIGHUP, Signal::HUP),
    (libc::SIGQUIT, Signal::QUIT),
    (libc::SIGUSR1, Signal::USR1),
    (libc::SIGUSR2, Signal::USR2),
];

/// The signals that are passed on, and those that say something has changed.
pub struct Signals(Receiver);

impl Signals {
    /// Receives them from now on.
    pub fn block() -> rustix::io::Result<Self> {
        let mut numbers: Vec<i32> = FORWARDED.iter().map(|(number, _)| *number).collect();
        numbers.extend([libc::SIGCHLD, libc::SIGWINCH]);
        Receiver::new(&numbers).map(Self)
    }

    /// Passes signals on to the command until it ends; gives its exit status.
    pub fn forward_until_end(&self, child: &Child) -> Result<u8> {
        loop {
            self.handle(child)?;
            if let Some(status) = wait::exit_status_if_ended(child.pid)? {
                return Ok(status);
            }
        }
    }

    /// Waits for the next signal and passes it on if it is one of those; gives its number.
    fn handle(&self, child: &Child) -> Result<i32> {
        let number = self.0.next().about("signals")?;
        if let Some((_, signal)) = FORWARDED.iter().find(|(forwarded, _)| *forwarded == number) {
            // A command that has just ended cannot be told anything more.
            let _ = rustix::process::pidfd_send_signal(&child.pidfd, *signal);
        }
        Ok(number)
    }
}

/// The operator's terminal without echo and line editing, which the command's terminal does; as before when dropped.
struct RawTerminal(Termios);

impl RawTerminal {
    fn set() -> rustix::io::Result<Self> {
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

/// Where something to do comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Signals,
    Command,
    Operator,
}

/// Connects the operator's terminal with the command's until the command ends and all it wrote is shown; gives its exit
/// status.
pub fn until_end(controller: &OwnedFd, signals: &Signals, child: &Child) -> Result<u8> {
    let _raw = RawTerminal::set().about("terminal")?;
    let (input, output) = (rustix::stdio::stdin(), rustix::stdio::stdout());
    let mut open = vec![Source::Signals, Source::Command, Source::Operator];
    loop {
        for source in ready(&open, controller, signals)? {
            let more = match source {
                Source::Command => pass(controller.as_fd(), output).about("terminal")?,
                Source::Operator => pass(input, controller.as_fd()).about("terminal")?,
                Source::Signals => {
                    if signals.handle(child)? == libc::SIGWINCH {
                        resize(controller)?;
                    }
                    if let Some(status) = wait::exit_status_if_ended(child.pid)? {
                        drain(controller, output)?;
                        return Ok(status);
                    }
                    true
                }
            };
            if !more {
                open.retain(|other| *other != source);
            }
        }
    }
}

/// Waits until something can be read from one of the sources; gives those.
fn ready(open: &[Source], controller: &OwnedFd, signals: &Signals) -> Result<Vec<Source>> {
    let mut watched: Vec<PollFd<'_>> = open
        .iter()
        .map(|source| match source {
            Source::Signals => PollFd::from_borrowed_fd(signals.0.as_fd(), PollFlags::IN),
            Source::Command => PollFd::from_borrowed_fd(controller.as_fd(), PollFlags::IN),
            Source::Operator => PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN),
        })
        .collect();
    rustix::io::retry_on_intr(|| rustix::event::poll(&mut watched, None)).about("terminal")?;
    Ok(open
        .iter()
        .zip(&watched)
        .filter(|(_, fd)| !fd.revents().is_empty())
        .map(|(source, _)| *source)
        .collect())
}

/// Passes on what can be read at once; tells whether there can be more. EIO: no process has the terminal open.
fn pass(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> rustix::io::Result<bool> {
    let mut buffer = [0; 4096];
    let length = match rustix::io::retry_on_intr(|| rustix::io::read(from, &mut buffer)) {
        Ok(0) | Err(Errno::IO) => return Ok(false),
        result => result?,
    };
    let mut rest = &buffer[..length];
    while !rest.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::write(to, rest))?;
        rest = &rest[written..];
    }
    Ok(true)
}

/// What the command wrote last; not what processes it left behind write from now on.
fn drain(controller: &OwnedFd, output: BorrowedFd<'_>) -> Result<()> {
    let flags = rustix::fs::fcntl_getfl(controller).about("terminal")?;
    rustix::fs::fcntl_setfl(controller, flags | rustix::fs::OFlags::NONBLOCK).about("terminal")?;
    loop {
        match pass(controller.as_fd(), output) {
            Ok(true) => {}
            Ok(false) | Err(Errno::AGAIN) => return Ok(()),
            Err(error) => return Err(error).about("terminal"),
        }
    }
}

fn resize(controller: &OwnedFd) -> Result<()> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdin()).about("terminal")?;
    terminal::resize(controller, size.ws_row, size.ws_col).about("terminal")
}
