//! `appc-init exited DIR APP`: records how an app ended (stage0/schema/status.ts), from the
//! variables that systemd.exec(5) passes to ExecStopPost.

use rustix::time::{ClockId, Timespec};
use serde::Serialize;

use crate::failure::{About, Result};
use crate::pod_directory::PodDirectory;

/// The record `AppExit` of stage0/schema/status.ts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AppExit {
    code: Option<String>,
    status: Option<Status>,
    result: String,
    finished_at: String,
    monotonic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pre_start: Option<u8>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Status {
    Number(u32),
    Signal(String),
}

/// Writes `status/APP`; keeps a record that a failed pre-start handler has written.
pub fn run(directory: &str, app: &str) -> Result<u8> {
    let directory = PodDirectory::open(directory)?;
    let earlier = directory.exit(app)?.unwrap_or_default();
    let pre_start = serde_json::from_slice::<serde_json::Value>(&earlier)
        .is_ok_and(|exit| exit.get("preStart").is_some());
    if !pre_start {
        let code = variable("EXIT_CODE");
        let status = code.is_some().then(|| variable("EXIT_STATUS")).flatten();
        write(&directory, app, code, status, None)?;
    }
    Ok(0)
}

/// Records that the app did not start because its pre-start handler ended with `status`.
pub fn pre_start_failed(directory: &PodDirectory, app: &str, status: u8) -> Result<()> {
    write(directory, app, None, None, Some(status))
}

fn write(
    directory: &PodDirectory,
    app: &str,
    code: Option<String>,
    status: Option<String>,
    pre_start: Option<u8>,
) -> Result<()> {
    let exit = AppExit {
        code,
        status: status.map(|text| text.parse().map_or(Status::Signal(text), Status::Number)),
        result: variable("SERVICE_RESULT").unwrap_or_else(|| "exit-code".into()),
        finished_at: nanoseconds(ClockId::Realtime),
        monotonic: nanoseconds(ClockId::Monotonic),
        pre_start,
    };
    let mut content = serde_json::to_vec(&exit).about(app)?;
    content.push(b'\n');
    directory.write_exit(app, &content)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn nanoseconds(clock: ClockId) -> String {
    let Timespec { tv_sec, tv_nsec } = rustix::time::clock_gettime(clock);
    (i128::from(tv_sec) * 1_000_000_000 + i128::from(tv_nsec)).to_string()
}
