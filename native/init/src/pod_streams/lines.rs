//! A stream as entries of the journal: one per line, also for empty lines.

use std::io::IoSlice;
use std::os::fd::OwnedFd;
use std::time::Instant;

use appc_kernel::attachment::Stream;
use appc_kernel::datagrams::{MAX_COUNT, Parts};

use super::journal::{Journal, Sent};

/// Maximum length of a line; a longer one is split. This is journald's own limit for a stream
/// (LineMax= of journald.conf(5)).
const MAX_LINE: usize = 48 << 10;

/// Maximum capacity that an idle stream keeps, in bytes.
const IDLE_CAPACITY: usize = 8192;

/// The end of a message, and the field that reports an end other than a newline (like journald's
/// own _LINE_BREAK=, which only journald may write).
const NEWLINE: &[u8] = b"\n";
const SPLIT: &[u8] = b"\nAPPC_LINE_BREAK=line-max\n";
const UNENDED: &[u8] = b"\nAPPC_LINE_BREAK=eof\n";

/// The lines of one stream that the journal has not accepted yet, and the beginning of an
/// incomplete line.
pub struct Lines {
    /// All fields of an entry before its message.
    head: Vec<u8>,
    pending: Vec<u8>,
    /// Whether the journal had no room for the next line.
    waiting: bool,
    ended: bool,
}

impl Lines {
    /// `fields` are those of every entry.
    pub fn new(fields: &[u8], stream: Stream) -> Self {
        let (name, priority) = match stream {
            Stream::Output => ("stdout", 6),
            Stream::Error => ("stderr", 3),
        };
        let last = format!("PRIORITY={priority}\nAPPC_STREAM={name}\nMESSAGE=");
        Self {
            head: [fields, last.as_bytes()].concat(),
            pending: Vec::new(),
            waiting: false,
            ended: false,
        }
    }

    /// Reads at most `limit` bytes from `pipe`, stores them and returns them.
    pub fn read_from(&mut self, pipe: &OwnedFd, limit: usize) -> rustix::io::Result<&[u8]> {
        let before = self.pending.len();
        self.pending.resize(before + limit, 0);
        let read = rustix::io::read(pipe, &mut self.pending[before..]);
        self.pending.truncate(before + read.unwrap_or(0));
        read.map(|_| &self.pending[before..])
    }

    /// Marks the end of the stream: the last line is complete, even without a newline.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the journal must accept lines before the next read.
    pub fn are_waiting(&self) -> bool {
        self.waiting
    }

    /// Sends all complete lines; returns whether all were accepted.
    pub fn send(&mut self, journal: &mut Journal, now: Instant) -> bool {
        let mut done = 0;
        self.waiting = false;
        loop {
            let (entries, lengths) = self.entries(&self.pending[done..]);
            if entries.is_empty() {
                break;
            }
            match journal.send(&entries, now) {
                Sent::Entries(taken) => done += lengths[..taken].iter().sum::<usize>(),
                Sent::Full => {
                    self.waiting = true;
                    break;
                }
            }
        }
        self.pending.drain(..done);
        if self.pending.len() <= IDLE_CAPACITY && self.pending.capacity() > IDLE_CAPACITY {
            self.pending.shrink_to(self.pending.len());
        }
        !self.waiting
    }

    /// The next entries, and the number of bytes of each.
    fn entries<'a>(&'a self, mut rest: &'a [u8]) -> (Vec<Parts<'a>>, Vec<usize>) {
        let (mut entries, mut lengths) = (Vec::new(), Vec::new());
        while entries.len() < MAX_COUNT {
            let Some((length, line, end)) = next(rest, self.ended) else {
                break;
            };
            entries.push([IoSlice::new(&self.head), IoSlice::new(line), IoSlice::new(end)]);
            lengths.push(length);
            rest = &rest[length..];
        }
        (entries, lengths)
    }
}

/// The next message: its number of bytes, its text, and what follows it in the entry.
fn next(rest: &[u8], ended: bool) -> Option<(usize, &[u8], &'static [u8])> {
    let within = &rest[..rest.len().min(MAX_LINE + 1)];
    match within.iter().position(|byte| *byte == b'\n') {
        Some(length) => Some((length + 1, &rest[..length], NEWLINE)),
        None if rest.len() > MAX_LINE => Some((MAX_LINE, &rest[..MAX_LINE], SPLIT)),
        None if ended && !rest.is_empty() => Some((rest.len(), rest, UNENDED)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of a whole stream.
    fn messages(stream: &[u8]) -> Vec<(String, &'static [u8])> {
        let (mut rest, mut all) = (stream, Vec::new());
        while let Some((length, line, end)) = next(rest, true) {
            all.push((String::from_utf8_lossy(line).into_owned(), end));
            rest = &rest[length..];
        }
        assert!(rest.is_empty());
        all
    }

    #[test]
    fn each_line_is_a_message_empty_ones_too() {
        let lines = messages(b"one\n\n  two  \n\n");
        let expected = ["one", "", "  two  ", ""].map(|line| (line.to_owned(), NEWLINE));
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_last_line_without_newline_is_told_from_one_with_it() {
        assert_eq!(
            messages(b"a\nb"),
            [("a".to_owned(), NEWLINE), ("b".to_owned(), UNENDED)]
        );
        assert_eq!(messages(b""), []);
    }

    #[test]
    fn a_line_that_is_not_complete_waits_while_more_may_come() {
        assert_eq!(next(b"prompt> ", false), None);
        assert_eq!(next(&[b'x'; MAX_LINE], false), None);
    }

    #[test]
    fn a_line_of_the_greatest_length_is_whole_and_a_longer_one_is_split() {
        let longest = "x".repeat(MAX_LINE);
        let whole = format!("{longest}\n");
        assert_eq!(messages(whole.as_bytes()), [(longest.clone(), NEWLINE)]);
        let longer = format!("{longest}y\n");
        assert_eq!(
            messages(longer.as_bytes()),
            [(longest, SPLIT), ("y".to_owned(), NEWLINE)]
        );
    }
}
