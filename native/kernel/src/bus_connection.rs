//! A connection to a D-Bus server.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::io::{Errno, Result};

use crate::bus_stream::BusStream;

/// Maximum number of bytes per read.
const PIECE_BYTES: usize = 1 << 16;

/// The connection is given up when the server reads nothing for this long.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// One side of the socket. One thread reads it, others write to it.
pub struct BusConnection {
    socket: UnixStream,
    words: Mutex<Vec<Vec<u8>>>,
}

impl BusConnection {
    /// Connects to the server at the socket `path`.
    pub fn connect(path: &Path) -> Result<Self> {
        UnixStream::connect(path).and_then(Self::over).map_err(errno_of)
    }

    fn over(socket: UnixStream) -> std::io::Result<Self> {
        socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
        let words = Mutex::default();
        Ok(Self { socket, words })
    }

    /// Writes all of `bytes`.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        (&self.socket).write_all(bytes).map_err(errno_of)
    }

    /// Sets the filter for signals: from now on [`Self::read`] passes on only those that contain
    /// one of `words`; see [`BusStream::push`].
    pub fn listen(&self, words: Vec<Vec<u8>>) {
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// Closes the connection for both sides: [`Self::read`] returns.
    pub fn close(&self) {
        // The connection may have ended already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Reads until the connection ends. `received` gets the greeting line and complete messages,
    /// and an empty vector at the end. Input that is not a D-Bus message ends the connection.
    pub fn read(&self, mut received: impl FnMut(Vec<u8>)) {
        let mut space = vec![0; PIECE_BYTES];
        let mut stream = BusStream::default();
        loop {
            let length = self.read_piece(&mut space);
            let words = self.words.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match stream.push(&space[..length], &words) {
                Ok(complete) if length > 0 && complete.is_empty() => {}
                Ok(complete) if length > 0 => received(complete),
                _ => {
                    self.close();
                    received(Vec::new());
                    return;
                }
            }
        }
    }

    /// Reads the next bytes into `space` and returns their number; 0 at the end and after any
    /// error.
    fn read_piece(&self, space: &mut [u8]) -> usize {
        loop {
            match (&self.socket).read(space) {
                Err(failed) if failed.kind() == std::io::ErrorKind::Interrupted => {}
                outcome => return outcome.unwrap_or(0),
            }
        }
    }
}

fn errno_of(failed: std::io::Error) -> Errno {
    Errno::from_io_error(&failed).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::BusConnection;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    /// A signal without fields.
    fn signal(body: &str) -> Vec<u8> {
        let mut bytes = vec![b'l', 4, 0, 1];
        for number in [body.len() as u32, 1, 0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(body.as_bytes());
        bytes
    }

    /// Everything that a connection passes on when a server sends `sent` and closes its side.
    fn received_from(words: &[&str], sent: &[u8]) -> Vec<Vec<u8>> {
        let (ours, mut theirs) = UnixStream::pair().expect("makes sockets");
        let connection = BusConnection::over(ours).expect("takes the socket");
        connection.listen(words.iter().map(|word| word.as_bytes().to_vec()).collect());
        theirs.write_all(sent).expect("sends");
        drop(theirs);
        let mut received = Vec::new();
        connection.read(|bytes| received.push(bytes));
        received
    }

    #[test]
    fn signals_that_were_asked_for_are_given_then_the_end() {
        let (one, other) = (signal("appc-one"), signal("appc-other"));
        let sent = [b"OK\r\n".to_vec(), other, one.clone()].concat();
        let whole = [b"OK\r\n".to_vec(), one].concat();
        assert_eq!(received_from(&["appc-one"], &sent), [whole, Vec::new()]);
    }

    #[test]
    fn what_is_no_message_ends_the_connection() {
        let (ours, mut theirs) = UnixStream::pair().expect("makes sockets");
        let connection = BusConnection::over(ours).expect("takes the socket");
        theirs.write_all(b"OK\r\nBroken, and more bytes").expect("sends");
        let mut received = Vec::new();
        connection.read(|bytes| received.push(bytes));
        assert_eq!(received, [Vec::new()]);
        assert_eq!(theirs.read(&mut [0]).expect("reads the end"), 0);
    }

    #[test]
    fn a_message_that_is_cut_off_is_not_given() {
        let message = signal("appc-one");
        let sent = [b"OK\r\n", &message[..message.len() - 1]].concat();
        assert_eq!(
            received_from(&["appc-one"], &sent),
            [b"OK\r\n".to_vec(), Vec::new()]
        );
    }

    #[test]
    fn closing_ends_the_reader() {
        let (ours, theirs) = UnixStream::pair().expect("makes sockets");
        let connection = BusConnection::over(ours).expect("takes the socket");
        connection.write(b"AUTH").expect("writes");
        let mut written = [0; 4];
        (&theirs).read_exact(&mut written).expect("reads");
        assert_eq!(&written, b"AUTH");
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| {
                let mut received = Vec::new();
                connection.read(|bytes| received.push(bytes));
                received
            });
            connection.close();
            assert_eq!(reader.join().expect("ends"), [Vec::<u8>::new()]);
        });
    }
}
