//! The kernel library for Node: arguments in, one call, errors out. The typed face is native/index.ts.

mod archive;
mod error;
mod lock;
mod seccomp;
mod terminal;
