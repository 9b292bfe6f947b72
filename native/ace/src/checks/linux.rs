//! O: what every app of Linux finds in its root.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{PROC_SUPER_MAGIC, major, minor, statfs};

use crate::outcome::{Outcome, ensure, equal};

/// The devices and their numbers (the kernel's admin-guide/devices.txt).
const DEVICES: [(&str, u32, u32); 6] = [
    ("/dev/null", 1, 3),
    ("/dev/zero", 1, 5),
    ("/dev/full", 1, 7),
    ("/dev/random", 1, 8),
    ("/dev/urandom", 1, 9),
    ("/dev/tty", 5, 0),
];

const SYSFS_MAGIC: i64 = 0x6265_6572;
const TMPFS_MAGIC: i64 = 0x0102_1994;

/// O1.
pub fn devices() -> Outcome {
    for (path, expected_major, expected_minor) in DEVICES {
        let found = fs::metadata(path).map_err(|error| format!("{path}: {error}"))?;
        ensure(
            found.file_type().is_char_device(),
            format!("{path} is no character device"),
        )?;
        equal(
            path,
            (major(found.rdev()), minor(found.rdev())),
            (expected_major, expected_minor),
        )?;
        equal(path, found.mode() & 0o666, 0o666)?;
    }
    let console = fs::metadata("/dev/console").map_err(|error| format!("/dev/console: {error}"))?;
    ensure(
        console.file_type().is_char_device(),
        "/dev/console is no character device",
    )
}

/// O1.
pub fn terminals() -> Outcome {
    ensure(Path::new("/dev/pts/ptmx").exists(), "/dev/pts is no devpts")?;
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/ptmx")
        .map_err(|error| format!("/dev/ptmx: {error}"))?;
    Ok(())
}

/// O1.
pub fn shared_memory() -> Outcome {
    equal(
        "the mode of /dev/shm",
        fs::metadata("/dev/shm")?.mode() & 0o7777,
        0o1777,
    )?;
    equal(
        "the file system of /dev/shm",
        statfs("/dev/shm")?.f_type as i64,
        TMPFS_MAGIC,
    )?;
    fs::File::create_new("/dev/shm/ace").map_err(|error| format!("/dev/shm/ace: {error}"))?;
    Ok(())
}

/// O1.
pub fn kernel_file_systems() -> Outcome {
    equal(
        "the file system of /proc",
        statfs("/proc")?.f_type,
        PROC_SUPER_MAGIC,
    )?;
    equal(
        "/proc/self",
        fs::read_link("/proc/self")?,
        Path::new(&std::process::id().to_string()),
    )?;
    equal(
        "the file system of /sys",
        statfs("/sys")?.f_type as i64,
        SYSFS_MAGIC,
    )
}

/// O2: the image has none.
pub fn default_hosts() -> Outcome {
    let hosts = fs::read_to_string("/etc/hosts")?;
    let localhost =
        |line: &str| line.starts_with("127.0.0.1") && line.split_whitespace().any(|name| name == "localhost");
    ensure(
        hosts.lines().any(localhost),
        format!("/etc/hosts has no localhost: {hosts:?}"),
    )
}

/// O2: the image has its own.
pub fn own_hosts() -> Outcome {
    equal(
        "/etc/hosts",
        fs::read_to_string("/etc/hosts")?.as_str(),
        "192.0.2.7 own\n",
    )
}
