//! `appc-init attach DIR [--stdin] [APP]`: shows what a pod's apps write from now on, and with
//! `--stdin` sends standard input to one of them.

use appc_kernel::attachment::{Client, Greeting, RelayOptions};
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};
use crate::pod_directory::PodDirectory;

/// Returns 0 when the pod, or this app, has ended.
pub fn run(directory: &str, app: &[&str], input: bool) -> Result<u8> {
    let directory = PodDirectory::open(directory)?;
    let app = app.first().copied().unwrap_or_default();
    let greeting = Greeting::Attach {
        app,
        output: true,
        input,
        lossless: false,
    };
    let client = match Client::connect(directory.path(), &greeting, &[]) {
        Err(Errno::NOENT | Errno::CONNREFUSED) => Err(Failure::new("is not running")),
        connected => connected.about("cannot be attached to"),
    }
    .about("pod")?;
    let options = RelayOptions {
        input,
        carriage_returns: false,
    };
    let outcome = client.relay(options).about("pod")?;
    if let Some(reason) = outcome.refused {
        return Err(Failure::new(reason));
    }
    match outcome.unwritten() {
        None => Ok(0),
        Some((stream, errno)) => Err(errno).about(format_args!("{stream}: cannot be written")),
    }
}
