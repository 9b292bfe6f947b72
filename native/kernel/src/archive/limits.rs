/// Limits for reading one archive. Exceeding one is [`Error::Limit`](super::Error::Limit),
/// [`Error::Size`](super::Error::Size) or [`Error::Room`](super::Error::Room).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Number of bytes of the uncompressed tar.
    pub tar_bytes: u64,
    /// Number of entries, including the implied directories.
    pub entries: u64,
    /// Number of bytes of the file `manifest`.
    pub manifest_bytes: u64,
    /// Number of uncompressed bytes per compressed byte, checked after [`EXPANSION_FROM`]
    /// uncompressed bytes.
    pub expansion: u64,
    /// Number of bytes that must stay free on the target file system.
    pub free_bytes: u64,
    /// Number of inodes that must stay free, if the file system counts them.
    pub free_nodes: u64,
}

/// Below this number of uncompressed bytes no expansion is suspicious: small archives are mostly
/// padding.
pub(super) const EXPANSION_FROM: u64 = 64 << 20;
/// Number of bytes of one pax header, of one GNU long name, and of all global pax records together.
pub(super) const META_BYTES: u64 = 1 << 20;
/// Number of bytes after the end-of-archive marker: they belong to the image ID, so the record
/// keeps them.
pub(super) const TRAILING_BYTES: u64 = 1 << 20;
/// Memory that a decompressor may use for its window, in bytes.
pub(super) const WINDOW_BYTES: u64 = 128 << 20;
/// Longest path, in bytes (PATH_MAX without its NUL).
pub(super) const PATH_BYTES: usize = 4095;
/// Longest name between two slashes (NAME_MAX).
pub(super) const NAME_BYTES: usize = 255;
/// Longest value of an extended attribute (XATTR_SIZE_MAX).
pub(super) const XATTR_BYTES: usize = 65536;
/// Extended attributes of one entry; the kernel lists no more than 64 KiB of names.
pub(super) const XATTRS: usize = 1000;
/// Maximum number of implied directories that are reported: callers keep the list.
pub(super) const IMPLIED: usize = 4096;
