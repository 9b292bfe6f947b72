//! The addon, which makes the kernel library callable from the runtime: each function converts its
//! arguments, makes one call and converts errors. Its types are in native/index.ts.

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
