//! Locks and descriptors.

use std::os::fd::{BorrowedFd, IntoRawFd, RawFd};
use std::path::PathBuf;

use appc_kernel::lock::{self, LockMode};
use appc_kernel::{archive, descriptors};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use rustix::io::Errno;

use crate::archive::promise;
use crate::error::{self, Failure};

fn mode(name: &str) -> Result<LockMode, Failure> {
    match name {
        "shared" => Ok(LockMode::Shared),
        "exclusive" => Ok(LockMode::Exclusive),
        _ => Err(error::errno(&format!("lock mode {name}"), Errno::INVAL)),
    }
}

/// Opens a directory or file and acquires its flock(2) without waiting; `None` if another process
/// holds it. Close-on-exec.
#[napi]
pub fn try_lock(path: String, mode: String) -> Result<Option<RawFd>, Failure> {
    let mode = self::mode(&mode)?;
    let failure = |errno| error::errno(&path, errno);
    let fd = lock::open(path.as_ref()).map_err(failure)?;
    let taken = lock::try_lock(&fd, mode).map_err(failure)?;
    Ok(taken.then(|| fd.into_raw_fd()))
}

/// Opens a directory or file and waits for the lock on a thread of its own, which does not keep the
/// process alive.
#[napi]
pub fn wait_lock(env: &Env, path: String, mode: String) -> Result<Object<'_>, Failure> {
    let mode = self::mode(&mode)?;
    let (deferred, promise) = env
        .create_deferred::<RawFd, Box<dyn FnOnce(Env) -> napi::Result<RawFd>>>()
        .map_err(error::of_node)?;
    let spawned = std::thread::Builder::new().name("lock".into()).spawn(move || {
        let locked = lock::open(&PathBuf::from(&path)).and_then(|fd| lock::lock(&fd, mode).map(|()| fd));
        deferred.resolve(Box::new(move |env| {
            locked
                .map(IntoRawFd::into_raw_fd)
                .map_err(|errno| error::to_js_error(&env, error::errno(&path, errno)))
        }));
    });
    spawned
        .map(|_| promise)
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))
}

/// Exchanges two paths atomically, renameat2(2) with RENAME_EXCHANGE.
#[napi]
pub fn exchange(first: String, second: String) -> Result<(), Failure> {
    let (here, flags) = (rustix::fs::CWD, rustix::fs::RenameFlags::EXCHANGE);
    rustix::fs::renameat_with(here, &first, here, &second, flags)
        .map_err(|errno| error::errno(&format!("exchanging {first} and {second}"), errno))
}

/// Duplicates the descriptors to the numbers from `first` upwards, inherited across exec.
#[napi]
pub fn inherit_from(first: RawFd, fds: Vec<RawFd>) -> Result<(), Failure> {
    let failure = |errno| error::errno(&format!("descriptors {fds:?} from {first} on"), errno);
    if first < 0 || fds.iter().any(|fd| *fd < 0) {
        return Err(failure(Errno::BADF));
    }
    // SAFETY: no descriptor is -1, and they are only borrowed for this one call, which fails with
    // EBADF if one is not open.
    let borrowed = fds.iter().map(|fd| unsafe { BorrowedFd::borrow_raw(*fd) });
    let all: Vec<_> = (first..).zip(borrowed.map(Some)).collect();
    descriptors::inherit_all(&all).map_err(failure)
}

/// Writes the file system that contains `path` to disk, syncfs(2), on a thread of its own.
#[napi]
pub fn sync_file_system(env: &Env, path: String) -> Result<Object<'_>, Failure> {
    promise::<(), ()>(env, "sync", move || {
        lock::open(path.as_ref())
            .and_then(rustix::fs::syncfs)
            .map_err(|errno| archive::Error::Os { what: path, errno })
    })
}
