use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};

/// An open file whose reads and writes block even if its description is non-blocking: the runtime
/// makes the pipes that it uses non-blocking, and all who share the description share this mode.
pub struct BlockingFile(pub File);

impl BlockingFile {
    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.0, flags)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Read for BlockingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(PollFlags::IN)?,
                other => return other,
            }
        }
    }
}

impl Write for BlockingFile {
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
        // More bytes than a pipe holds: both ends must wait for each other.
        let bytes = vec![7; 1 << 20];
        let sent = bytes.clone();
        let writer = std::thread::spawn(move || BlockingFile(to.into()).write_all(&sent));
        let mut read = Vec::new();
        BlockingFile(from.into()).read_to_end(&mut read).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(read, bytes);
    }
}
