//! A connection to a D-Bus server, read on a thread of its own.

use std::path::Path;
use std::sync::Arc;

use appc_kernel::bus_connection::BusConnection;
use napi::bindgen_prelude::{Buffer, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::error::{self, Failure};

/// See `Connection` in native/index.ts.
#[napi]
pub struct Connection(Arc<BusConnection>);

#[napi]
impl Connection {
    /// Writes all of `bytes`.
    #[napi]
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.0
            .write(bytes)
            .map_err(|errno| error::errno("connection", errno))
    }

    /// From now on only signals that contain one of `words` are passed on.
    #[napi]
    pub fn listen(&self, words: Vec<String>) {
        self.0.listen(words.into_iter().map(String::into_bytes).collect());
    }

    /// Closes the connection for both sides.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// Connects to the D-Bus server at the socket `path`. `received` gets the greeting line and
/// complete messages, and an empty buffer at the end.
#[napi]
pub fn connect(path: String, received: Function<'_, Buffer, ()>) -> Result<Connection, Failure> {
    let connected = BusConnection::connect(Path::new(&path)).map_err(|errno| error::errno(&path, errno))?;
    let connection = Arc::new(connected);
    let received = received
        .build_threadsafe_function::<Buffer>()
        .build()
        .map_err(error::of_node)?;
    let reading = Arc::clone(&connection);
    std::thread::Builder::new()
        .name("connection".into())
        .spawn(move || {
            reading.read(|bytes| {
                received.call(bytes.into(), ThreadsafeFunctionCallMode::NonBlocking);
            });
        })
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))?;
    Ok(Connection(connection))
}
