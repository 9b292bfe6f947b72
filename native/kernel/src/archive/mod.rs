//! Image archives: reading, hashing, extracting and rebuilding them.
//!
//! There is one pass: a thread decompresses into a ring of buffers, a second one hashes them, and
//! the caller's thread reads the tar and extracts it. All bytes that are not file content go,
//! compressed, to the record, from which [`export`] rebuilds the identical tar.
//!
//! Where formats leave a choice, the reader does what Go's `archive/tar`, and so actool, does: an
//! archive may end without its marker, a single block of zeros is an error, a `rootfs` entry is
//! required. Input that actool accepts but that is ambiguous (two names for one entry, content of
//! an entry type without content) is refused.

mod acl_text;
mod blocking_file;
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

pub use blocking_file::BlockingFile;
pub use compression::Compression;
pub use digest::sha512;
pub use error::{Error, Result};
pub use export::export;
pub use file_digest::file_digest;
pub use growing::{Growing, Growth};
pub use limits::Limits;
pub use merge::{Layer, Merged, Placement, merge};
pub use metadata::copy_metadata;
pub use pipeline::{Facts, ingest, inspect};
pub use plain::write_plain;
pub use remove::remove_tree;
pub use verify::{Problem, verify};
pub use xattr::xattrs;
