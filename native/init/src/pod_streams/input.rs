//! The standard input of an app.

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

/// The writing end of the app's pipe. Dropping it closes the end, which is the end of file for the
/// app.
pub struct Input {
    /// The app's name.
    pub app: String,
    pipe: OwnedFd,
    waiting: Vec<u8>,
    at_end: bool,
    broken: bool,
}

impl Input {
    /// `pipe` must be non-blocking.
    pub fn new(app: &str, pipe: OwnedFd) -> Self {
        Self {
            app: app.to_owned(),
            pipe,
            waiting: Vec::new(),
            at_end: false,
            broken: false,
        }
    }

    /// Whether bytes wait until the app has read earlier ones: then no more are accepted.
    pub fn is_full(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Accepts bytes for the app.
    pub fn push(&mut self, bytes: &[u8]) {
        self.waiting.extend(bytes);
        self.write(PollFlags::OUT);
    }

    /// Marks the end of the input.
    pub fn end(&mut self) {
        self.at_end = true;
    }

    /// Writes as much as the pipe accepts; `events` are those of the pipe.
    pub fn write(&mut self, events: PollFlags) {
        // No process can read it any more.
        self.broken |= events.contains(PollFlags::ERR);
        while !self.waiting.is_empty() {
            match rustix::io::write(&self.pipe, &self.waiting) {
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // The app has closed it: later input is dropped.
                Err(_) => {
                    self.broken = true;
                    self.waiting.clear();
                }
            }
        }
    }

    /// Waits for room in the pipe only if bytes are left to write; that the app closes the pipe is
    /// reported in any case.
    pub fn watched(&self) -> PollFd<'_> {
        let events = if self.is_full() {
            PollFlags::OUT
        } else {
            PollFlags::empty()
        };
        PollFd::new(&self.pipe, events)
    }

    /// Whether it must be closed.
    pub fn is_over(&self) -> bool {
        self.broken || (self.at_end && self.waiting.is_empty())
    }
}
