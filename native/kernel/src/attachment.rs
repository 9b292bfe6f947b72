//! A client's connection to the init of a pod. The init sends what the pod's apps write as messages
//! of a UNIX socket that keeps message boundaries; input goes back the same way. Both sides of the
//! protocol are here, so that they agree.

mod client;
mod message;

pub use client::{Client, Outcome, RelayOptions};
pub use message::{FromClient, Greeting, PIECE, Stream, StreamOwner, ToClient, send_to_client};

/// The name of the socket in the pod directory at which the pod's init accepts connections.
pub const SOCKET: &str = "attach";
