//! What a new process reports to its creator through a pipe: a mark if all succeeded, otherwise the
//! failure. For an app's process the mark means that only the exec is left, which closes the pipe;
//! for the pod init, that it waits.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::pipe::PipeFlags;

use crate::failure::{About, Failure, Result};

const MARK: u8 = 0;

/// The new process' end.
pub struct Reporter(File);

/// The creator's end.
pub struct Listener(File);

/// A new pair.
pub fn channel() -> Result<(Reporter, Listener)> {
    let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).about("pipe")?;
    Ok((Reporter(writer.into()), Listener(reader.into())))
}

impl From<OwnedFd> for Reporter {
    /// The new process' end, inherited across an exec.
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
    /// Reports that all is set up and only the exec is left.
    pub fn about_to_execute(&mut self) -> Result<()> {
        self.0.write_all(&[MARK]).about("pipe")
    }

    /// Reports that all is set up and nothing follows. It is no error if the creator has ended.
    pub fn ready(mut self) {
        let _ = self.0.write_all(&[MARK]);
    }

    /// Reports a failure. It is no further error if the creator has ended.
    pub fn complain(&mut self, failure: &Failure) {
        let _ = self.0.write_all(failure.to_string().as_bytes());
    }
}

impl Listener {
    /// Waits until the new process closes the pipe after its mark; otherwise returns its failure.
    pub fn outcome(mut self) -> Result<()> {
        let mut report = Vec::new();
        self.0.read_to_end(&mut report).about("pipe")?;
        match report.as_slice() {
            [] => Err(Failure::new("was killed while it was set up")),
            [MARK] => Ok(()),
            [MARK, text @ ..] | text => Err(Failure::new(String::from_utf8_lossy(text))),
        }
    }
}

/// Blocks the new process until its creator opens the gate.
pub struct Gate(OwnedFd);

impl AsFd for Gate {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Opens a [`Gate`]; dropping it unopened ends the process at the gate.
pub struct Key(OwnedFd);

/// A closed gate and its key.
pub fn gate() -> Result<(Gate, Key)> {
    let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).about("pipe")?;
    Ok((Gate(reader), Key(writer)))
}

impl Gate {
    /// Waits until the gate is opened; returns whether it was.
    pub fn pass(&self) -> bool {
        let mut byte = [0];
        matches!(
            rustix::io::retry_on_intr(|| rustix::io::read(&self.0, &mut byte)),
            Ok(1)
        )
    }
}

impl Key {
    /// Lets the process at the gate continue.
    pub fn open(self) -> Result<()> {
        rustix::io::write(&self.0, &[MARK]).about("pipe").map(|_| ())
    }
}
