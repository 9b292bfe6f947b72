use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The number of bytes in a file so far: its writer reports it, and readers wait for it.
#[derive(Debug, Default)]
pub struct Growth {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    bytes: u64,
    end: End,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum End {
    #[default]
    NotYet,
    Whole,
    GivenUp,
}

impl Growth {
    /// Reports the number of bytes that are written and will not change.
    pub fn grew(&self, bytes: u64) {
        self.change(|state| state.bytes = bytes);
    }

    /// Reports that the file is complete.
    pub fn complete(&self) {
        self.change(|state| state.end = End::Whole);
    }

    /// Reports that the rest will not be written: reading fails with ECANCELED, unless the file is
    /// complete.
    pub fn give_up(&self) {
        self.change(|state| {
            if state.end == End::NotYet {
                state.end = End::GivenUp;
            }
        });
    }

    fn change(&self, make: impl FnOnce(&mut State)) {
        make(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Waits until there are more than `position` bytes, or the end; returns the number of bytes.
    fn beyond(&self, position: u64) -> io::Result<u64> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |state: &mut State| state.bytes <= position && state.end == End::NotYet;
        let state = self
            .changed
            .wait_while(state, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        match state.end {
            End::GivenUp => Err(Errno::CANCELED.into()),
            End::NotYet | End::Whole => Ok(state.bytes),
        }
    }
}

/// A reader of a file from its beginning while it grows. It does not use or change the offset of
/// the file description.
pub struct Growing {
    file: File,
    growth: Arc<Growth>,
    position: u64,
}

impl Growing {
    /// A reader of `file`, whose number of bytes `growth` reports.
    pub const fn new(file: File, growth: Arc<Growth>) -> Self {
        Self {
            file,
            growth,
            position: 0,
        }
    }
}

impl Read for Growing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let there = self.growth.beyond(self.position)?;
        let most = usize::try_from(there - self.position.min(there)).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let length = match buffer.get_mut(..most) {
            Some(room) => self.file.read_at(room, self.position)?,
            None => 0,
        };
        self.position += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::thread;

    fn file(name: &str) -> (File, File) {
        let path = std::env::temp_dir().join(format!("appc-growing-{name}-{}", std::process::id()));
        let writer = File::create(&path).unwrap();
        let reader = File::open(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        (writer, reader)
    }

    #[test]
    fn all_that_comes_is_read_and_nothing_before_it_was_told() {
        let (mut writer, reader) = file("comes");
        let growth = Arc::new(Growth::default());
        let mut growing = Growing::new(reader, Arc::clone(&growth));
        let read = thread::spawn(move || {
            let mut all = Vec::new();
            growing.read_to_end(&mut all).map(|_| all)
        });
        let mut expected = Vec::new();
        for piece in 0..100_u8 {
            writer.write_all(&[piece; 1000]).unwrap();
            expected.extend([piece; 1000]);
            growth.grew(expected.len() as u64);
        }
        writer.write_all(b"not told").unwrap();
        growth.complete();
        assert_eq!(read.join().unwrap().unwrap(), expected);
    }

    #[test]
    fn reading_fails_once_it_is_given_up() {
        let (_writer, reader) = file("given-up");
        let growth = Arc::new(Growth::default());
        let mut growing = Growing::new(reader, Arc::clone(&growth));
        let read = thread::spawn(move || growing.read(&mut [0; 10]));
        growth.give_up();
        let error = read.join().unwrap().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::CANCELED.raw_os_error()));
    }

    #[test]
    fn what_is_whole_is_not_given_up() {
        let (mut writer, reader) = file("whole");
        writer.write_all(b"all").unwrap();
        let growth = Arc::new(Growth::default());
        growth.grew(3);
        growth.complete();
        growth.give_up();
        let mut all = String::new();
        Growing::new(reader, growth).read_to_string(&mut all).unwrap();
        assert_eq!(all, "all");
    }
}
