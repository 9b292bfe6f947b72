//! A client's connection to the init of a pod: what the pod's apps write comes as messages of a UNIX socket that keeps them
//! apart, and input goes back the same way. Both sides of it are here, so that they agree.

mod client;
mod message;

pub use client::{Client, Outcome, Wishes};
pub use message::{FromClient, Greeting, PIECE, Stream, StreamsOf, ToClient, send_to_client};

/// The name of the socket in the pod directory at which the pod's init accepts connections.
pub const SOCKET: &str = "attach";
