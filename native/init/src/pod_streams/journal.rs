//! The journal as a destination, systemd.journal-fields(7): one datagram per entry, in the format
//! of sd_journal_send(3).

use std::io::IoSlice;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use appc_kernel::datagrams::{self, Parts};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

/// After this time without accepting an entry, the init stops waiting for the journal, until it
/// accepts one again.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The connection to journald.
pub struct Journal {
    /// `None` if there was no journal when the pod started.
    socket: Option<OwnedFd>,
    /// The time since when it has accepted nothing.
    stalled: Option<Instant>,
    /// The number of entries lost since the init stopped waiting; `None` while it waits.
    lost: Option<u64>,
    is_loss_reported: bool,
}

/// The result of sending entries.
pub enum Sent {
    /// This number of entries was accepted or is lost.
    Entries(usize),
    /// There is no room now.
    Full,
}

impl Journal {
    /// `socket` is connected to journald's.
    pub fn new(socket: Option<OwnedFd>) -> Self {
        let lost = if socket.is_some() { None } else { Some(0) };
        Self {
            socket,
            stalled: None,
            lost,
            is_loss_reported: false,
        }
    }

    /// The descriptor to wait for while entries wait.
    pub fn watched(&self) -> Option<PollFd<'_>> {
        let socket = self.socket.as_ref().filter(|_| self.lost.is_none())?;
        Some(PollFd::new(socket, PollFlags::OUT))
    }

    /// The time at which waiting stops.
    pub fn deadline(&self) -> Option<Instant> {
        self.stalled
            .filter(|_| self.lost.is_none())
            .map(|since| since + MAX_WAIT)
    }

    /// Stops waiting if it is time to.
    pub fn check_timeout(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.lost = Some(0);
        }
    }

    /// Waits until the journal accepts entries or waiting stops.
    pub fn wait(&mut self) {
        let mut watched: Vec<_> = self.watched().into_iter().collect();
        super::poll(&mut watched, self.deadline());
        drop(watched);
        self.check_timeout(Instant::now());
    }

    /// The text about lost entries, once.
    pub fn new_loss(&mut self) -> Option<&'static str> {
        let is_new = !self.is_loss_reported && self.lost.is_some_and(|lost| lost > 0);
        self.is_loss_reported |= is_new;
        is_new.then_some("warning: journal: takes nothing: what the apps write is missing there")
    }

    /// Sends the first of the entries.
    pub fn send(&mut self, entries: &[Parts<'_>], now: Instant) -> Sent {
        let sent = match &self.socket {
            None => Err(Errno::NOTCONN),
            Some(socket) => datagrams::send(socket.as_fd(), entries),
        };
        match (sent, self.lost) {
            (Ok(taken), lost) => {
                self.stalled = None;
                if let Some(lost) = lost {
                    self.lost = None;
                    self.note_loss(lost);
                }
                Sent::Entries(taken)
            }
            (Err(Errno::AGAIN | Errno::NOBUFS), None) => {
                self.stalled.get_or_insert(now);
                Sent::Full
            }
            // journald refuses only this entry, because of its size: the others may be accepted.
            (Err(Errno::MSGSIZE), _) => Sent::Entries(1),
            (Err(_), lost) => {
                self.lost = Some(lost.unwrap_or(0) + entries.len() as u64);
                Sent::Entries(entries.len())
            }
        }
    }

    fn note_loss(&self, lost: u64) {
        if lost == 0 {
            return;
        }
        let entry = format!(
            "PRIORITY=4\nSYSLOG_IDENTIFIER=appc\nMESSAGE=appc: the journal took nothing for some time: {lost} lines were lost\n"
        );
        let parts = [
            IoSlice::new(entry.as_bytes()),
            IoSlice::new(&[]),
            IoSlice::new(&[]),
        ];
        if let Some(socket) = &self.socket {
            // Succeeds, because journald has just accepted another one.
            let _ = datagrams::send(socket.as_fd(), &[parts]);
        }
    }
}
