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

/// Opens a directory or file and takes its flock(2) without waiting; nothing when another holds it. Close-on-exec.
#[napi]
pub fn try_lock(path: String, mode: String) -> Result<Option<RawFd>, Failure> {
    let mode = self::mode(&mode)?;
    let told = |errno| error::errno(&path, errno);
    let fd = lock::open(path.as_ref()).map_err(told)?;
    let taken = lock::try_lock(&fd, mode).map_err(told)?;
    Ok(taken.then(|| fd.into_raw_fd()))
}

/// Opens and waits for the lock in a thread of its own, which the end of the process does not wait for.
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
                .map_err(|errno| error::thrown(&env, error::errno(&path, errno)))
        }));
    });
    spawned
        .map(|_| promise)
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))
}

/// Lets two paths change places at once, renameat2(2) with RENAME_EXCHANGE.
#[napi]
pub fn exchange(one: String, other: String) -> Result<(), Failure> {
    let (here, flags) = (rustix::fs::CWD, rustix::fs::RenameFlags::EXCHANGE);
    rustix::fs::renameat_with(here, &one, here, &other, flags)
        .map_err(|errno| error::errno(&format!("exchanging {one} and {other}"), errno))
}

/// Duplicates the descriptors to exactly `first` and the numbers after it, inherited across exec.
#[napi]
pub fn inherit_from(first: RawFd, fds: Vec<RawFd>) -> Result<(), Failure> {
    let told = |errno| error::errno(&format!("descriptors {fds:?} from {first} on"), errno);
    if first < 0 || fds.iter().any(|fd| *fd < 0) {
        return Err(told(Errno::BADF));
    }
    // SAFETY: none is -1, and they are only borrowed for this one call, which fails with EBADF where one is not open.
    let borrowed = fds.iter().map(|fd| unsafe { BorrowedFd::borrow_raw(*fd) });
    let all: Vec<_> = (first..).zip(borrowed.map(Some)).collect();
    descriptors::inherit_all(&all).map_err(told)
}

/// Writes all of the file system that holds `path` to disk, syncfs(2), in a thread of its own.
#[napi]
pub fn sync_file_system(env: &Env, path: String) -> Result<Object<'_>, Failure> {
    promise::<(), ()>(env, "sync", move || {
        lock::open(path.as_ref())
            .and_then(rustix::fs::syncfs)
            .map_err(|errno| archive::Error::Os { what: path, errno })
    })
}
