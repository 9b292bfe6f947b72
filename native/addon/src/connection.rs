//! A connection to a D-Bus server, read in a thread of its own.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use appc_kernel::bus_stream::BusStream;
use napi::bindgen_prelude::{Buffer, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::error::{self, Failure};

/// Read at once, at most.
const PIECE_BYTES: usize = 1 << 16;

/// Whoever reads nothing for so long is not going to.
const WRITE_PATIENCE: Duration = Duration::from_secs(60);

/// See `Connection` in native/index.ts.
#[napi]
pub struct Connection {
    socket: Arc<UnixStream>,
    words: Words,
}

/// What signals are wanted for.
type Words = Arc<Mutex<Vec<Vec<u8>>>>;

#[napi]
impl Connection {
    /// Writes all of `bytes`.
    #[napi]
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        (&*self.socket).write_all(bytes).map_err(told)
    }

    /// From now on signals that hold one of `words` are given.
    #[napi]
    pub fn listen(&self, words: Vec<String>) {
        let words = words.into_iter().map(String::into_bytes).collect();
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// Ends it, for both sides.
    #[napi]
    pub fn close(&self) {
        // It may be at its end already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// Connects to the D-Bus server at the socket `path`; `received` gets the line of its greeting and messages, whole, and nothing (no
/// bytes) at the end.
#[napi]
pub fn connect(path: String, received: Function<'_, Buffer, ()>) -> Result<Connection, Failure> {
    let open = || {
        let socket = UnixStream::connect(&path)?;
        socket.set_write_timeout(Some(WRITE_PATIENCE))?;
        Ok(Arc::new(socket))
    };
    let socket = open().map_err(|failed: std::io::Error| error::errno(&path, error::errno_of(&failed)))?;
    let received = received
        .build_threadsafe_function::<Buffer>()
        .build()
        .map_err(error::of_node)?;
    let incoming = Arc::clone(&socket);
    let words = Words::default();
    let wanted = Arc::clone(&words);
    std::thread::Builder::new()
        .name("connection".into())
        .spawn(move || {
            let give = |piece: Vec<u8>| received.call(piece.into(), ThreadsafeFunctionCallMode::NonBlocking);
            let mut space = vec![0; PIECE_BYTES];
            let mut stream = BusStream::default();
            loop {
                let length = read(&incoming, &mut space);
                let words = wanted.lock().unwrap_or_else(PoisonError::into_inner).clone();
                match stream.take(&space[..length], &words) {
                    Ok(whole) if length > 0 && whole.is_empty() => {}
                    Ok(whole) if length > 0 => {
                        give(whole);
                    }
                    // what is no message of D-Bus is the end of it
                    _ => {
                        let _ = incoming.shutdown(Shutdown::Both);
                        give(Vec::new());
                        return;
                    }
                }
            }
        })
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))?;
    Ok(Connection { socket, words })
}

/// How many bytes come next; none at the end, whatever it was that ended it.
fn read(mut socket: &UnixStream, space: &mut [u8]) -> usize {
    loop {
        match socket.read(space) {
            Err(failed) if failed.kind() == std::io::ErrorKind::Interrupted => {}
            outcome => return outcome.unwrap_or(0),
        }
    }
}

fn told(failed: std::io::Error) -> Failure {
    error::errno("connection", error::errno_of(&failed))
}
