//! Image archives: reading, hashing, extracting and rebuilding them.
//!
//! One pass: a thread decompresses into a ring of buffers, a second one hashes them, the caller's thread reads the
//! tar and extracts it. What is not file content goes, compressed, to the record, from which [`export`] rebuilds
//! the identical tar.
//!
//! Where the reader has to choose, it does what Go's `archive/tar`, and so actool, does: an archive may end without
//! its marker, a lone block of zeros is a fault, a `rootfs` entry must be there. Where actool reads what could be
//! read in two ways (two names for one entry, content of what has none), it refuses.

mod acl_text;
mod compression;
mod content;
mod digest;
mod encoding;
mod entry;
mod error;
mod export;
mod extract;
mod file_digest;
mod growing;
mod header;
mod implied;
mod kind;
mod layout;
mod limits;
mod merge;
mod metadata;
mod number;
mod path;
mod patient;
mod pax;
mod pipeline;
mod places;
mod plain;
mod queue;
mod record;
mod remove;
mod ring;
mod room;
mod scratch;
mod spill;
mod stream;
mod verify;
mod walk;
mod xattr;

pub use compression::Compression;
pub use digest::sha512;
pub use error::{Error, Result};
pub use export::export;
pub use file_digest::file_digest;
pub use growing::{Growing, Growth};
pub use limits::Limits;
pub use merge::{How, Layer, Merged, merge};
pub use metadata::copy_metadata;
pub use patient::Patient;
pub use pipeline::{Facts, ingest, inspect};
pub use plain::write_plain;
pub use remove::remove_tree;
pub use verify::{Problem, verify};
pub use xattr::xattrs;
