//! Image archives.

use crate::error::{self, Failure};
use crate::growth::Growth;
use appc_kernel::archive::{self, BlockingFile, Facts, Growing, Limits};
use appc_kernel::memory;
use napi::bindgen_prelude::{Buffer, Either, Function, Object, ToNapiValue, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use std::ffi::OsString;
use std::io::Read;
use std::os::fd::{BorrowedFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Progress is reported after this many bytes, or after a certain time.
const PROGRESS_BYTES: u64 = 1 << 20;
const PROGRESS_TIME: Duration = Duration::from_millis(100);

/// See `IngestLimits` in native/index.ts.
#[napi(object, object_to_js = false)]
pub struct IngestLimits {
    /// Number of bytes of the uncompressed tar.
    pub tar_bytes: f64,
    /// Number of entries of the archive.
    pub entries: f64,
    /// Number of bytes of the file `manifest`.
    pub manifest_bytes: f64,
    /// Number of uncompressed bytes per compressed byte.
    pub expansion: f64,
    /// Number of bytes that must stay free on the target file system.
    pub free_bytes: f64,
    /// Number of inodes that must stay free there.
    pub free_nodes: f64,
}

impl From<IngestLimits> for Limits {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates"
    )]
    fn from(limits: IngestLimits) -> Self {
        Self {
            tar_bytes: limits.tar_bytes as u64,
            entries: limits.entries as u64,
            manifest_bytes: limits.manifest_bytes as u64,
            expansion: limits.expansion as u64,
            free_bytes: limits.free_bytes as u64,
            free_nodes: limits.free_nodes as u64,
        }
    }
}

/// See `ArchiveFacts` in native/index.ts.
#[napi(object, object_from_js = false)]
pub struct ArchiveFacts {
    /// `sha512-` and 128 hex digits.
    #[napi(js_name = "imageID")]
    pub image_id: String,
    /// The bytes of the file `manifest`.
    pub manifest: Buffer,
    /// `none`, `gzip`, `bzip2`, `xz` or `zstd`.
    pub compression: &'static str,
    /// Number of bytes of the uncompressed tar.
    pub tar_bytes: f64,
    /// Number of bytes of all regular files.
    pub content_bytes: f64,
    /// Number of entries of the archive.
    pub entries: f64,
    /// Absolute image paths.
    pub implied_directories: Vec<String>,
}

impl From<Facts> for ArchiveFacts {
    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript's numbers; exact up to 8 PiB"
    )]
    fn from(facts: Facts) -> Self {
        Self {
            image_id: facts.image_id,
            manifest: facts.manifest.into(),
            compression: facts.compression.name(),
            tar_bytes: facts.tar_bytes as f64,
            content_bytes: facts.content_bytes as f64,
            entries: facts.entries as f64,
            implied_directories: facts.implied_directories,
        }
    }
}

/// See `Xattr` in native/index.ts.
#[napi(object, object_from_js = false)]
pub struct Attribute {
    /// With its namespace prefix.
    pub name: String,
    /// Any bytes.
    pub value: Buffer,
}

/// See native/index.ts.
#[napi]
pub fn sha512(text: String) -> String {
    archive::sha512(text.as_bytes())
}

/// See native/index.ts.
#[napi]
pub fn file_digest<'env>(
    env: &'env Env,
    path: String,
    algorithm: String,
    before: Uint8Array,
    after: Uint8Array,
    growth: Option<&Growth>,
) -> Result<Object<'env>, Failure> {
    let (before, after) = (before.to_vec(), after.to_vec());
    let growth = growth.map(Growth::shared);
    promise::<Vec<u8>, Buffer>(env, "digest", move || {
        let digest = archive::file_digest(path.as_ref(), &algorithm, &before, &after, growth)?;
        digest.ok_or_else(|| archive::Error::Invalid(format!("{algorithm}: is no digest")))
    })
}

/// Duplicates the open descriptor `fd`, so that the caller may close its own.
pub fn duplicate(fd: RawFd) -> Result<BlockingFile, Failure> {
    if fd < 0 {
        return Err(error::errno(&format!("descriptor {fd}"), rustix::io::Errno::BADF));
    }
    // SAFETY: `fd` is not -1, and is only borrowed for this one call, which fails with EBADF if it
    // is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    rustix::io::fcntl_dupfd_cloexec(borrowed, 3)
        .map(|fd| BlockingFile(fd.into()))
        .map_err(|errno| error::errno(&format!("descriptor {fd}"), errno))
}

/// Runs `work` on a thread of its own; its result settles the promise.
pub fn promise<'env, T: Send + 'static, J: ToNapiValue + From<T> + 'static>(
    env: &'env Env,
    name: &str,
    work: impl FnOnce() -> archive::Result<T> + Send + 'static,
) -> Result<Object<'env>, Failure> {
    promise_or::<T, J>(env, name, || work().map_err(error::archive))
}

/// Like [`promise`], for work with errors of another type.
pub fn promise_or<'env, T: Send + 'static, J: ToNapiValue + From<T> + 'static>(
    env: &'env Env,
    name: &str,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Object<'env>, Failure> {
    let (deferred, promise) = env
        .create_deferred::<J, Box<dyn FnOnce(Env) -> napi::Result<J>>>()
        .map_err(error::of_node)?;
    let spawned = std::thread::Builder::new().name(name.into()).spawn(move || {
        let result = work();
        deferred.resolve(Box::new(move |env| {
            result
                .map(J::from)
                .map_err(|failure| error::to_js_error(&env, failure))
        }));
    });
    spawned
        .map(|_| promise)
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))
}

/// A JavaScript function that gets a number of bytes, callable from any thread.
pub type OnProgress = ThreadsafeFunction<f64, (), f64, Status, false, true>;

/// Makes `call` callable from another thread, without keeping the process alive.
pub fn progress_reporter(call: Option<Function<'_, f64, ()>>) -> Result<Option<OnProgress>, Failure> {
    call.map(|call| call.build_threadsafe_function().weak::<true>().build())
        .transpose()
        .map_err(error::of_node)
}

/// Limits how often `report` is called.
pub fn throttled(report: Option<OnProgress>) -> impl FnMut(u64) + Send {
    let mut last_report = (0, Instant::now());
    move |bytes| {
        let Some(report) = &report else { return };
        if bytes - last_report.0 >= PROGRESS_BYTES || last_report.1.elapsed() >= PROGRESS_TIME {
            last_report = (bytes, Instant::now());
            #[expect(
                clippy::cast_precision_loss,
                reason = "JavaScript's numbers; exact up to 8 PiB"
            )]
            report.call(bytes as f64, ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

/// Reads an image archive to its end and extracts it into `staging`.
#[napi]
pub fn ingest<'env>(
    env: &'env Env,
    fd: RawFd,
    staging: String,
    limits: IngestLimits,
    on_progress: Option<Function<'_, f64, ()>>,
    growth: Option<&Growth>,
) -> Result<Object<'env>, Failure> {
    let source = duplicate(fd)?;
    let source: Box<dyn Read + Send> = match growth {
        Some(growth) => Box::new(Growing::new(source.0, growth.shared())),
        None => Box::new(source),
    };
    let limits = Limits::from(limits);
    let report = progress_reporter(on_progress)?;
    promise::<_, ArchiveFacts>(env, "ingest", move || {
        memory::release_heap();
        archive::ingest(source, Path::new(&staging), limits, throttled(report))
    })
}

/// Reads and checks an image archive to its end, but writes nothing.
#[napi]
pub fn inspect_archive(env: &Env, fd: RawFd, limits: IngestLimits) -> Result<Object<'_>, Failure> {
    let source = duplicate(fd)?;
    let limits = Limits::from(limits);
    promise::<_, ArchiveFacts>(env, "inspect", move || archive::inspect(source, limits))
}

/// Writes the tar of the image at `tree` to `fd`; returns its image ID.
#[napi]
pub fn export_archive(env: &Env, tree: String, fd: RawFd) -> Result<Object<'_>, Failure> {
    let mut to = duplicate(fd)?;
    promise::<_, String>(env, "export", move || archive::export(Path::new(&tree), &mut to))
}

/// Writes the uncompressed bytes of the archive open as `from`, from its beginning, to `to`, on a
/// thread of its own. The caller remains the owner of both descriptors.
#[napi]
pub fn write_plain(env: &Env, from: RawFd, to: RawFd) -> Result<Object<'_>, Failure> {
    let (from, mut to) = (duplicate(from)?, duplicate(to)?);
    rustix::fs::seek(&from.0, rustix::fs::SeekFrom::Start(0))
        .map_err(|errno| error::errno("archive", errno))?;
    promise::<(), ()>(env, "plain", move || archive::write_plain(from, &mut to))
}

/// Opens a pipe; returns the reading end and the writing end. Both are close-on-exec; the caller
/// must close them.
#[napi]
pub fn open_pipe() -> Result<Vec<RawFd>, Failure> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|errno| error::errno("a new pipe", errno))?;
    Ok(vec![read.into_raw_fd(), write.into_raw_fd()])
}

/// The extended attributes of `path`, without following a symlink, sorted by name. A path that is
/// not UTF-8 is given as bytes.
#[napi]
pub fn xattrs(path: Either<String, Buffer>) -> Result<Vec<Attribute>, Failure> {
    let path = match path {
        Either::A(text) => PathBuf::from(text),
        Either::B(bytes) => PathBuf::from(OsString::from_vec(bytes.into())),
    };
    let all = archive::xattrs(&path).map_err(error::archive)?;
    all.into_iter()
        .map(|(name, value)| {
            let name = String::from_utf8(name).map_err(|name| {
                let name = String::from_utf8_lossy(name.as_bytes()).into_owned();
                error::errno(
                    &format!("{}: the attribute {name}", path.display()),
                    rustix::io::Errno::ILSEQ,
                )
            })?;
            Ok(Attribute {
                name,
                value: value.into(),
            })
        })
        .collect()
}

/// Copies owner, mode, times and extended attributes of one directory to another.
#[napi]
pub fn copy_metadata(from: String, to: String) -> Result<(), Failure> {
    archive::copy_metadata(Path::new(&from), Path::new(&to)).map_err(error::archive)
}

/// Removes a tree; see [`archive::remove_tree`].
#[napi]
pub fn remove_tree(path: String) -> Result<(), Failure> {
    archive::remove_tree(Path::new(&path)).map_err(error::archive)
}
