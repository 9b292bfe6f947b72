use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};

/// An open file whose reads and writes wait, whether or not somebody made it non-blocking: the runtime does that to the pipes
/// it uses, and the mode belongs to all who share them.
pub struct Patient(pub File);

impl Patient {
    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.0, flags)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(PollFlags::IN)?,
                other => return other,
            }
        }
    }
}

impl Write for Patient {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(PollFlags::OUT)?,
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::{PipeFlags, pipe_with};

    #[test]
    fn a_pipe_that_would_not_block_is_read_and_written_whole() {
        let (from, to) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
        // More than a pipe holds: both ends must wait for the other.
        let bytes = vec![7; 1 << 20];
        let sent = bytes.clone();
        let writer = std::thread::spawn(move || Patient(to.into()).write_all(&sent));
        let mut read = Vec::new();
        Patient(from.into()).read_to_end(&mut read).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(read, bytes);
    }
}
