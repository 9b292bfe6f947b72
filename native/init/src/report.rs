//! What a new process tells the one that made it, through a pipe: a mark when all is done, or what went wrong. Of an app
//! process the mark says that what is left is the exec, which closes the pipe; of the pod init, that it waits.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::pipe::PipeFlags;

use crate::failure::{About, Failure, Result};

const MARK: u8 = 0;

/// The new process' end.
pub struct Reporter(File);

/// The old process' end.
pub struct Listener(File);

/// A new pair.
pub fn channel() -> Result<(Reporter, Listener)> {
    let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).about("pipe")?;
    Ok((Reporter(writer.into()), Listener(reader.into())))
}

impl From<OwnedFd> for Reporter {
    /// The new process' end, as it was handed across an exec.
    fn from(pipe: OwnedFd) -> Self {
        Self(pipe.into())
    }
}

impl AsFd for Reporter {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Reporter {
    /// All is set up: what is left is the exec.
    pub fn about_to_execute(&mut self) -> Result<()> {
        self.0.write_all(&[MARK]).about("pipe")
    }

    /// All is set up, and there is nothing more to say. Nobody listening any more is no error.
    pub fn ready(mut self) {
        let _ = self.0.write_all(&[MARK]);
    }

    /// This went wrong. Nobody listening any more is no new error.
    pub fn complain(&mut self, failure: &Failure) {
        let _ = self.0.write_all(failure.to_string().as_bytes());
    }
}

impl Listener {
    /// Waits until the new process has come so far that it closes the pipe; gives what went wrong otherwise.
    pub fn outcome(mut self) -> Result<()> {
        let mut told = Vec::new();
        self.0.read_to_end(&mut told).about("pipe")?;
        match told.as_slice() {
            [] => Err(Failure::new("was killed while it was set up")),
            [MARK] => Ok(()),
            [MARK, text @ ..] | text => Err(Failure::new(String::from_utf8_lossy(text))),
        }
    }
}

/// Holds the new process back until its maker lets it go.
pub struct Gate(OwnedFd);

impl AsFd for Gate {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Opens a [`Gate`]; dropped unopened it ends the process behind.
pub struct Key(OwnedFd);

/// A closed gate and its key.
pub fn gate() -> Result<(Gate, Key)> {
    let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).about("pipe")?;
    Ok((Gate(reader), Key(writer)))
}

impl Gate {
    /// Waits until the gate is opened; tells whether it was.
    pub fn pass(&self) -> bool {
        let mut byte = [0];
        matches!(
            rustix::io::retry_on_intr(|| rustix::io::read(&self.0, &mut byte)),
            Ok(1)
        )
    }
}

impl Key {
    /// Lets the process behind the gate go on.
    pub fn open(self) -> Result<()> {
        rustix::io::write(&self.0, &[MARK]).about("pipe").map(|_| ())
    }
}
