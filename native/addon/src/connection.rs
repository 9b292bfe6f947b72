//! A connection to a UNIX socket, read in a thread of its own.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

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
pub struct Connection(Arc<UnixStream>);

#[napi]
impl Connection {
    /// Writes all of `bytes`.
    #[napi]
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        (&*self.0).write_all(bytes).map_err(told)
    }

    /// Ends it, for both sides.
    #[napi]
    pub fn close(&self) {
        // It may be at its end already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// Connects to the socket at `path`; `received` gets what comes in, and nothing (no bytes) at the end.
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
    std::thread::Builder::new()
        .name("connection".into())
        .spawn(move || {
            let mut space = vec![0; PIECE_BYTES];
            loop {
                let length = read(&incoming, &mut space);
                let piece = Buffer::from(&space[..length]);
                received.call(piece, ThreadsafeFunctionCallMode::NonBlocking);
                if length == 0 {
                    return;
                }
            }
        })
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))?;
    Ok(Connection(socket))
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
