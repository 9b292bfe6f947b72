//! P: what the apps of a pod share, and what not.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, test_kill_process};

use crate::outcome::{Fault, Outcome, ensure, equal};
use crate::sys;

/// The key of the System V segment.
const SEGMENT: i32 = 0x0ace;

const QUEUE: &std::ffi::CStr = c"/ace";

/// FIFOs in a volume that both apps share: opening one waits for the other app.
const FROM_MAIN: &str = "/shared/from-main";
const FROM_SIDEKICK: &str = "/shared/from-sidekick";

const NAMESPACES: [&str; 4] = ["pid", "net", "ipc", "uts"];

/// P6.
pub fn default_volume() -> Outcome {
    let found = fs::metadata("/shared")?;
    equal(
        "/shared",
        (found.uid(), found.gid(), found.mode() & 0o7777),
        (0, 0, 0o755),
    )
}

/// P6.
pub fn owned_volume() -> Outcome {
    let found = fs::metadata("/owned")?;
    equal(
        "/owned",
        (found.uid(), found.gid(), found.mode() & 0o7777),
        (7, 8, 0o1750),
    )
}

/// P4: nothing is left of the `app` in the manifest of the image.
pub fn replaced_app() -> Outcome {
    ensure(
        std::env::var_os("ACE_VALUE").is_none(),
        "the environment of the image's app is there",
    )?;
    ensure(fs::exists("/full/hidden")?, "a mount of the image's app is there")
}

/// P5.
pub fn read_only_root() -> Outcome {
    refuses("/file")
}

/// P6: the mount point is read-only, the volume is not.
pub fn read_only_volume() -> Outcome {
    refuses("/read-only/file")
}

fn refuses(path: &str) -> Outcome {
    match fs::File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => Ok(()),
        Err(error) => Err(Fault::Wrong(format!(
            "{path}: {error}, expected a read-only file system"
        ))),
        Ok(_) => Err(Fault::Wrong(format!("{path} can be made"))),
    }
}

/// P1, in `main`: makes what the other app must see, and compares the namespaces.
pub fn meet_as_main() -> Outcome {
    sys::make_segment(SEGMENT)?;
    sys::make_queue(QUEUE)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    tell(FROM_MAIN, &format!("port={}\n", listener.local_addr()?.port()))?;
    let other = hear(FROM_SIDEKICK)?;
    let own = facts()?;
    for name in NAMESPACES {
        equal(
            &format!("the {name} namespace of sidekick"),
            other.get(name),
            own.get(name),
        )?;
    }
    Ok(())
}

/// P1, in `sidekick`.
pub fn meet_as_sidekick() -> Outcome {
    let other = hear(FROM_MAIN)?;
    let result = compare(&other);
    // The other app waits for it, also after a failure.
    tell(FROM_SIDEKICK, "")?;
    result
}

fn compare(other: &HashMap<String, String>) -> Outcome {
    let own = facts()?;
    let value = |name: &str| {
        other
            .get(name)
            .cloned()
            .ok_or(format!("main has not told its {name}"))
    };
    equal("the hostname", &own["hostname"], &value("hostname")?)?;
    ensure(own["root"] != value("root")?, "both apps have one root")?;
    let pid = Pid::from_raw(value("process")?.parse()?).ok_or("main has no PID")?;
    test_kill_process(pid).map_err(|error| format!("main cannot be signalled: {error}"))?;
    TcpStream::connect(format!("127.0.0.1:{}", value("port")?))
        .map_err(|error| format!("the port of main: {error}"))?;
    sys::find_segment(SEGMENT).map_err(|error| format!("the SysV segment of main: {error}"))?;
    sys::find_queue(QUEUE).map_err(|error| format!("the POSIX queue of main: {error}"))?;
    Ok(())
}

/// What an app tells the other one about itself.
fn facts() -> Result<HashMap<String, String>, Fault> {
    let root = fs::metadata("/")?;
    let mut facts = HashMap::from([
        ("process".to_owned(), std::process::id().to_string()),
        ("root".to_owned(), format!("{}:{}", root.dev(), root.ino())),
        (
            "hostname".to_owned(),
            fs::read_to_string("/proc/sys/kernel/hostname")?.trim().to_owned(),
        ),
    ]);
    for name in NAMESPACES {
        facts.insert(
            name.to_owned(),
            fs::read_link(format!("/proc/self/ns/{name}"))?
                .display()
                .to_string(),
        );
    }
    Ok(facts)
}

fn tell(fifo: &str, more: &str) -> Outcome {
    make_fifo(fifo)?;
    let own: String = facts()?
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    fs::write(fifo, own + more)?;
    Ok(())
}

fn hear(fifo: &str) -> Result<HashMap<String, String>, Fault> {
    make_fifo(fifo)?;
    let text = fs::read_to_string(fifo)?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect())
}

/// Both apps do it; the first one succeeds.
fn make_fifo(path: &str) -> Outcome {
    match mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(error) => Err(Fault::Wrong(format!("{path}: {error}"))),
    }
}
