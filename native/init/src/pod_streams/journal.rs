//! The journal as a destination, systemd.journal-fields(7): one datagram per entry, in the format of sd_journal_send(3).

use std::io::IoSlice;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use appc_kernel::datagrams::{self, Parts};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

/// A journal that takes nothing for so long is not waited for any more, until it takes something again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The connection to journald.
pub struct Journal {
    /// None where there was no journal when the pod began.
    socket: Option<OwnedFd>,
    /// Since when it has taken nothing.
    stalled: Option<Instant>,
    /// How many entries it did not get since it was given up.
    lost: Option<u64>,
    told: bool,
}

/// What came of sending entries.
pub enum Sent {
    /// So many were taken, or given up.
    Entries(usize),
    /// It has no room now.
    Full,
}

impl Journal {
    /// `socket` sends to journald's.
    pub fn new(socket: Option<OwnedFd>) -> Self {
        let lost = if socket.is_some() { None } else { Some(0) };
        Self {
            socket,
            stalled: None,
            lost,
            told: false,
        }
    }

    /// What is to be waited for where entries wait.
    pub fn watched(&self) -> Option<PollFd<'_>> {
        let socket = self.socket.as_ref().filter(|_| self.lost.is_none())?;
        Some(PollFd::new(socket, PollFlags::OUT))
    }

    /// When it is given up.
    pub fn deadline(&self) -> Option<Instant> {
        self.stalled
            .filter(|_| self.lost.is_none())
            .map(|since| since + PATIENCE)
    }

    /// Gives it up where it is time to.
    pub fn check_patience(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.lost = Some(0);
        }
    }

    /// Waits until it takes something, or is given up.
    pub fn wait(&mut self) {
        let mut watched: Vec<_> = self.watched().into_iter().collect();
        super::poll(&mut watched, self.deadline());
        drop(watched);
        self.check_patience(Instant::now());
    }

    /// What it lost for the first time, in words.
    pub fn new_loss(&mut self) -> Option<&'static str> {
        let is_new = !self.told && self.lost.is_some_and(|lost| lost > 0);
        self.told |= is_new;
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
            // journald refuses this one for itself: the others may pass.
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
            // It has just taken another.
            let _ = datagrams::send(socket.as_fd(), &[parts]);
        }
    }
}
