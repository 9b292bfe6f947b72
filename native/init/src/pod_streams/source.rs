//! One stream that a process of an app writes to.

use std::os::fd::OwnedFd;
use std::time::Instant;

use appc_kernel::attachment::{PIECE, Stream, StreamOwner};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use super::client::{Client, When};
use super::journal::Journal;
use super::lines::Lines;

/// Bytes that are read at first; whoever writes much is read in larger pieces.
const SMALL: usize = 4096;

/// The reading end of a pipe.
pub struct Source {
    /// Whose it is.
    pub app: String,
    stream: Stream,
    pipe: OwnedFd,
    lines: Lines,
    appetite: usize,
    over: bool,
}

/// What came of reading.
pub enum Taken {
    /// So many bytes were passed on.
    Bytes(usize),
    /// There are none now.
    Nothing,
    /// Nobody writes to it any more.
    End,
}

impl Source {
    /// `pipe` does not block.
    pub fn new(owner: &StreamOwner<'_>, stream: Stream, pipe: OwnedFd) -> Self {
        Self {
            app: owner.app.to_owned(),
            stream,
            pipe,
            lines: Lines::new(owner.fields, stream),
            appetite: SMALL,
            over: false,
        }
    }

    /// It is read when all destinations have taken what came before.
    pub fn watched(&self, clients: &[Client]) -> Option<PollFd<'_>> {
        let held_up = clients
            .iter()
            .any(|client| client.holds_up() && client.reads(&self.app));
        let is_watched = !(self.over || held_up || self.lines.are_waiting());
        is_watched.then(|| PollFd::new(&self.pipe, PollFlags::IN))
    }

    /// Tells whether the journal has to take something before this is read again.
    pub fn waits_for_journal(&self) -> bool {
        self.lines.are_waiting()
    }

    /// Goes on: with what waits for the journal, else with the next piece.
    pub fn flow(&mut self, clients: &mut [Client], journal: &mut Journal, now: Instant) {
        if !self.lines.send(journal, now) || self.over {
            return;
        }
        let held_up = clients
            .iter_mut()
            .filter(|client| client.reads(&self.app))
            .any(|client| !client.can_take(now));
        if held_up {
            return;
        }
        if matches!(self.take(clients, When::Running), Taken::End) {
            self.end();
        }
        self.lines.send(journal, now);
    }

    /// Reads a piece and gives it to the clients; for the journal it is put aside.
    pub fn take(&mut self, clients: &mut [Client], when: When) -> Taken {
        let bytes = match self.lines.read_from(&self.pipe, self.appetite) {
            Err(Errno::AGAIN | Errno::INTR) => return Taken::Nothing,
            Ok([]) | Err(_) => return Taken::End,
            Ok(bytes) => bytes,
        };
        self.appetite = if bytes.len() < SMALL { SMALL } else { PIECE };
        for client in clients.iter_mut().filter(|client| client.reads(&self.app)) {
            client.send(self.stream, bytes, when);
        }
        Taken::Bytes(bytes.len())
    }

    /// The most that can be in the pipe.
    pub fn capacity(&self) -> usize {
        rustix::pipe::fcntl_getpipe_size(&self.pipe).unwrap_or(PIECE)
    }

    /// Nothing more is read.
    pub fn end(&mut self) {
        self.lines.end();
        self.over = true;
    }

    /// Sends what is put aside to the journal and waits until it has taken it, or is given up.
    pub fn flush(&mut self, journal: &mut Journal) {
        while !self.lines.send(journal, Instant::now()) {
            journal.wait();
        }
    }

    /// Tells whether all of it has been passed on.
    pub fn is_over(&self) -> bool {
        self.over && !self.lines.are_waiting()
    }
}
