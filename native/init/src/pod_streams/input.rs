//! The standard input of an app.

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

/// The writing end of the app's pipe. Closed when it is dropped, which is the end of file for the app.
pub struct Input {
    /// Whose it is.
    pub app: String,
    pipe: OwnedFd,
    waiting: Vec<u8>,
    at_end: bool,
    broken: bool,
}

impl Input {
    /// `pipe` does not block.
    pub fn new(app: &str, pipe: OwnedFd) -> Self {
        Self {
            app: app.to_owned(),
            pipe,
            waiting: Vec::new(),
            at_end: false,
            broken: false,
        }
    }

    /// Bytes that wait until the app has read others: no more are taken.
    pub fn is_full(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes bytes for the app.
    pub fn take(&mut self, bytes: &[u8]) {
        self.waiting.extend(bytes);
        self.write(PollFlags::OUT);
    }

    /// No more bytes come.
    pub fn end(&mut self) {
        self.at_end = true;
    }

    /// Writes as much as the pipe takes, after `events` of it.
    pub fn write(&mut self, events: PollFlags) {
        // Nobody can read it any more.
        self.broken |= events.contains(PollFlags::ERR);
        while !self.waiting.is_empty() {
            match rustix::io::write(&self.pipe, &self.waiting) {
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // The app has closed it: what is sent to it from now on is dropped.
                Err(_) => {
                    self.broken = true;
                    self.waiting.clear();
                }
            }
        }
    }

    /// Room in the pipe is waited for only where it is needed; that the app closes it is seen in any case.
    pub fn watched(&self) -> PollFd<'_> {
        let events = if self.is_full() {
            PollFlags::OUT
        } else {
            PollFlags::empty()
        };
        PollFd::new(&self.pipe, events)
    }

    /// Tells whether it is to be closed.
    pub fn is_over(&self) -> bool {
        self.broken || (self.at_end && self.waiting.is_empty())
    }
}
