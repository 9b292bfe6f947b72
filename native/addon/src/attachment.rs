//! The launcher's connection to the pod's init.

use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use appc_kernel::attachment::{Client, Greeting, Outcome, RelayOptions};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use rustix::io::Errno;

use crate::error::{self, Failure};

/// Both ends of a connection.
#[napi(object, object_from_js = false)]
pub struct Attachment {
    /// The end for [`relay_attachment`].
    pub ours: RawFd,
    /// The end for the pod's init, which duplicates it from this process. Close-on-exec.
    pub theirs: RawFd,
}

/// Creates a connection for a pod that is about to start. `app` is the only app whose streams are
/// requested; empty: all apps.
#[napi]
pub fn open_attachment(app: String, output: bool, input: bool) -> Result<Attachment, Failure> {
    let greeting = Greeting::Attach {
        app: &app,
        output,
        input,
        lossless: true,
    };
    let (ours, theirs) = Client::pair(&greeting).map_err(|errno| error::errno("socket", errno))?;
    let ours = OwnedFd::from(ours).into_raw_fd();
    let theirs = theirs.into_raw_fd();
    Ok(Attachment { ours, theirs })
}

/// Relays, on a thread of its own, what comes from the pod and, if `input`, what comes from
/// standard input, until the pod has ended. Returns the text about output that could not be
/// written; `None` if there is none.
#[napi]
pub fn relay_attachment(
    env: &Env,
    ours: RawFd,
    input: bool,
    carriage_returns: bool,
) -> Result<Object<'_>, Failure> {
    let client = client(ours)?;
    let options = RelayOptions {
        input,
        carriage_returns,
    };
    let (deferred, promise) = env
        .create_deferred::<Option<String>, Box<dyn FnOnce(Env) -> napi::Result<Option<String>>>>()
        .map_err(error::of_node)?;
    let spawned = std::thread::Builder::new()
        .name("attachment".into())
        .spawn(move || {
            let outcome = client.relay(options);
            deferred.resolve(Box::new(move |env| {
                outcome
                    .map(words)
                    .map_err(|errno| error::to_js_error(&env, error::errno("the pod's streams", errno)))
            }));
        });
    spawned
        .map(|_| promise)
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))
}

fn words(outcome: Outcome) -> Option<String> {
    outcome.unwritten().map(|(stream, errno)| {
        let reason = std::io::Error::from(errno).to_string();
        let reason = reason
            .split(" (os error")
            .next()
            .unwrap_or_default()
            .to_lowercase();
        format!("{stream}: cannot be written: {reason}")
    })
}

/// Ends a connection: what was sent already still arrives, then the end.
#[napi]
pub fn leave_attachment(ours: RawFd) -> Result<(), Failure> {
    client(ours).map(|client| client.leave())
}

fn client(fd: RawFd) -> Result<Client, Failure> {
    let failure = |errno| error::errno(&format!("descriptor {fd}"), errno);
    if fd < 0 {
        return Err(failure(Errno::BADF));
    }
    // SAFETY: `fd` is not -1, and is only borrowed for this one call, which fails with EBADF if it
    // is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    borrowed
        .as_fd()
        .try_clone_to_owned()
        .map(Client::from)
        .map_err(|failed| failure(error::errno_of(&failed)))
}
