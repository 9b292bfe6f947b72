//! One stream that a process of an app writes to.

use std::os::fd::OwnedFd;
use std::time::Instant;

use appc_kernel::attachment::{PIECE, Stream, StreamOwner};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use super::client::{Client, When};
use super::journal::Journal;
use super::lines::Lines;

/// Number of bytes read at first; it grows for a process that writes much.
const SMALL: usize = 4096;

/// The reading end of a pipe.
pub struct Source {
    /// The app's name.
    pub app: String,
    stream: Stream,
    pipe: OwnedFd,
    lines: Lines,
    appetite: usize,
    over: bool,
}

/// The result of reading.
pub enum ReadResult {
    /// This number of bytes was passed on.
    Bytes(usize),
    /// There is no data now.
    Nothing,
    /// No process writes to it any more.
    End,
}

impl Source {
    /// `pipe` must be non-blocking.
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

    /// The descriptor to wait for; `None` while a destination has not accepted the last piece.
    pub fn watched(&self, clients: &[Client]) -> Option<PollFd<'_>> {
        let held_up = clients
            .iter()
            .any(|client| client.holds_up() && client.reads(&self.app));
        let is_watched = !(self.over || held_up || self.lines.are_waiting());
        is_watched.then(|| PollFd::new(&self.pipe, PollFlags::IN))
    }

    /// Whether the journal must accept lines before the next read.
    pub fn waits_for_journal(&self) -> bool {
        self.lines.are_waiting()
    }

    /// Continues with the lines that wait for the journal, otherwise with the next piece.
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
        if matches!(self.read(clients, When::Running), ReadResult::End) {
            self.end();
        }
        self.lines.send(journal, now);
    }

    /// Reads a piece and sends it to the clients; stores it for the journal.
    pub fn read(&mut self, clients: &mut [Client], when: When) -> ReadResult {
        let bytes = match self.lines.read_from(&self.pipe, self.appetite) {
            Err(Errno::AGAIN | Errno::INTR) => return ReadResult::Nothing,
            Ok([]) | Err(_) => return ReadResult::End,
            Ok(bytes) => bytes,
        };
        self.appetite = if bytes.len() < SMALL { SMALL } else { PIECE };
        for client in clients.iter_mut().filter(|client| client.reads(&self.app)) {
            client.send(self.stream, bytes, when);
        }
        ReadResult::Bytes(bytes.len())
    }

    /// Maximum number of bytes in the pipe.
    pub fn capacity(&self) -> usize {
        rustix::pipe::fcntl_getpipe_size(&self.pipe).unwrap_or(PIECE)
    }

    /// Stops reading.
    pub fn end(&mut self) {
        self.lines.end();
        self.over = true;
    }

    /// Sends the stored lines to the journal and waits until it has accepted them or waiting stops.
    pub fn flush(&mut self, journal: &mut Journal) {
        while !self.lines.send(journal, Instant::now()) {
            journal.wait();
        }
    }

    /// Whether everything has been passed on.
    pub fn is_over(&self) -> bool {
        self.over && !self.lines.are_waiting()
    }
}
