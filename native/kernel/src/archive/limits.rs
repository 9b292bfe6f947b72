/// Limits of one reading; exceeding one is [`Error::Limit`](super::Error::Limit), [`Error::Size`](super::Error::Size) or
/// [`Error::Room`](super::Error::Room).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the uncompressed tar.
    pub tar_bytes: u64,
    /// Entries, directories made because the archive leaves them out included.
    pub entries: u64,
    /// Bytes of the file `manifest`.
    pub manifest_bytes: u64,
    /// Uncompressed bytes per compressed byte, looked at once [`EXPANSION_FROM`] have come out.
    pub expansion: u64,
    /// Bytes that must stay free on the file system that is extracted to.
    pub free_bytes: u64,
    /// The same of inodes, where the file system counts them.
    pub free_nodes: u64,
}

/// Below this many uncompressed bytes no expansion is suspicious: small archives are mostly padding.
pub(super) const EXPANSION_FROM: u64 = 64 << 20;
/// Bytes of one pax header, of one GNU long name, and of all global pax records together.
pub(super) const META_BYTES: u64 = 1 << 20;
/// Bytes behind the end-of-archive marker: they belong to the image ID, so the record keeps them.
pub(super) const TRAILING_BYTES: u64 = 1 << 20;
/// Memory a decompressor may take for its window.
pub(super) const WINDOW_BYTES: u64 = 128 << 20;
/// Longest path, in bytes (PATH_MAX without its NUL).
pub(super) const PATH_BYTES: usize = 4095;
/// Longest name between two slashes (NAME_MAX).
pub(super) const NAME_BYTES: usize = 255;
/// Longest value of an extended attribute (XATTR_SIZE_MAX).
pub(super) const XATTR_BYTES: usize = 65536;
/// Extended attributes of one entry; the kernel lists no more than 64 KiB of names.
pub(super) const XATTRS: usize = 1000;
/// Directories that are told as left out by an archive: callers keep the list.
pub(super) const IMPLIED: usize = 4096;
