//! Errors for JavaScript: `code` is the name of an errno, or begins with `ARCHIVE_`.

use appc_kernel::archive;
use napi::{Env, JsError};
use rustix::io::Errno;

/// An error whose status becomes the `code` of the JavaScript error that a function throws.
pub type Failure = napi::Error<String>;

/// An error of the kernel about `what` (a path, or a path and the operation on it).
pub fn errno(what: &str, errno: Errno) -> Failure {
    archive(archive::Error::Os {
        what: what.into(),
        errno,
    })
}

/// An error of the archive functions.
pub fn archive(error: archive::Error) -> Failure {
    let message = error.to_string();
    let code = match error {
        archive::Error::Invalid(_) => "ARCHIVE_INVALID".into(),
        archive::Error::Limit(_) => "ARCHIVE_LIMIT".into(),
        archive::Error::Size(_) => "ARCHIVE_SIZE".into(),
        archive::Error::Room(_) => "ARCHIVE_ROOM".into(),
        archive::Error::Os { errno, .. } => name(errno),
    };
    Failure::new(code, message)
}

/// The errno of an I/O error; EIO if it does not come from the kernel.
pub fn errno_of(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// An error of the runtime itself about a value or a promise.
pub fn of_node(error: napi::Error) -> Failure {
    Failure::new(error.status.as_ref().into(), error.reason.clone())
}

/// Converts `failure` for a promise: only a JavaScript error has a `code` of ours.
pub fn to_js_error(env: &Env, failure: Failure) -> napi::Error {
    napi::Error::from(JsError::from(failure).into_unknown(*env))
}

macro_rules! names {
    ($($name:ident $constant:ident),* $(,)?) => {
        const NAMES: &[(Errno, &str)] = &[$((Errno::$constant, stringify!($name))),*];
    };
}

names! {
    E2BIG TOOBIG, EACCES ACCESS, EADDRINUSE ADDRINUSE, EADDRNOTAVAIL ADDRNOTAVAIL, EAFNOSUPPORT AFNOSUPPORT,
    EAGAIN AGAIN, EBADF BADF, EBUSY BUSY, ECANCELED CANCELED, ECHILD CHILD,
    ECONNREFUSED CONNREFUSED, ECONNRESET CONNRESET, EDQUOT DQUOT, EEXIST EXIST,
    EFAULT FAULT, EFBIG FBIG, EILSEQ ILSEQ, EINTR INTR, EINVAL INVAL, EIO IO, EISDIR ISDIR, ELOOP LOOP, EMFILE MFILE,
    EMLINK MLINK, ENAMETOOLONG NAMETOOLONG, ENFILE NFILE, ENODATA NODATA, ENODEV NODEV, ENOENT NOENT, ENOEXEC NOEXEC,
    ENOMEM NOMEM, ENOSPC NOSPC, ENOSYS NOSYS, ENOTDIR NOTDIR, ENOTEMPTY NOTEMPTY, ENOTSUP NOTSUP, ENOTTY NOTTY,
    ENXIO NXIO, EOVERFLOW OVERFLOW, EPERM PERM, EPIPE PIPE, EPROTO PROTO, ERANGE RANGE, EROFS ROFS, ESPIPE SPIPE, ESRCH SRCH,
    ESTALE STALE, ETXTBSY TXTBSY, EXDEV XDEV,
}

fn name(errno: Errno) -> String {
    let entry = NAMES.iter().find(|(candidate, _)| *candidate == errno);
    entry.map_or_else(
        || format!("E{}", errno.raw_os_error()),
        |(_, name)| (*name).into(),
    )
}
