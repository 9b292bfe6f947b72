//! The kernel library for the runtime: arguments in, one call, errors out. The typed face is native/index.ts.

mod archive;
mod attachment;
mod connection;
mod error;
mod growth;
mod lock;
mod message;
mod network;
mod overlay;
mod process;
mod seccomp;
mod terminal;
mod trees;
