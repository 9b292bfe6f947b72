//! The mounts that a process sees, proc_pid_mountinfo(5): at which paths one and the same directory is.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One mount.
struct Mount {
    id: u64,
    /// Which file system it shows, `major:minor`.
    device: Vec<u8>,
    /// Which directory of that file system.
    root: PathBuf,
    /// Where.
    point: PathBuf,
}

/// All of them.
pub struct MountTable(Vec<Mount>);

/// A file or directory by its file system, whatever mounts show it.
pub struct Location {
    device: Vec<u8>,
    path: PathBuf,
}

impl MountTable {
    /// Reads a file like /proc/self/mountinfo. What does not look like a mount is left out.
    pub fn parse(text: &[u8]) -> Self {
        Self(text.split(|byte| *byte == b'\n').filter_map(mount).collect())
    }

    /// Where `path`, without symlinks in it, is, on the mount of that ID.
    pub fn location(&self, mount: u64, path: &Path) -> Option<Location> {
        let found = self.0.iter().find(|candidate| candidate.id == mount)?;
        Some(Location {
            device: found.device.clone(),
            path: found.root.join(path.strip_prefix(&found.point).ok()?),
        })
    }

    /// The paths of it by all mounts that show it, some of which may be covered by other mounts.
    pub fn paths_of(&self, location: &Location) -> Vec<PathBuf> {
        self.0
            .iter()
            .filter(|mount| mount.device == location.device)
            .filter_map(|mount| Some(mount.point.join(location.path.strip_prefix(&mount.root).ok()?)))
            .collect()
    }
}

impl Location {
    /// Whether it is `other` or below.
    pub fn is_within(&self, other: &Self) -> bool {
        self.device == other.device && self.path.starts_with(&other.path)
    }
}

/// `36 35 98:0 /root /point options…`
fn mount(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let id = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
    Some(Mount {
        id,
        device: fields.nth(1)?.to_owned(),
        root: path(fields.next()?),
        point: path(fields.next()?),
    })
}

/// Blanks and backslashes of a path stand there as three octal digits.
fn path(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, tail @ ..] = rest {
        let octal = match rest {
            [b'\\', digits @ ..] => digits.get(..3).and_then(octal),
            _ => None,
        };
        bytes.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &tail[3..] } else { tail };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"21 1 8:1 / / rw - ext4 /dev/sda1 rw
22 21 8:2 / /var/lib rw,relatime shared:1 - ext4 /dev/sdb rw
23 21 8:2 /appc /srv/a\\040b rw - ext4 /dev/sdb rw
24 21 8:2 /appc/cas /srv/images rw - ext4 /dev/sdb rw
25 21 8:2 /other /srv/other rw - ext4 /dev/sdb rw
26 21 0:5 / /proc rw - proc proc rw
no mount
";

    fn location(mount: u64, path: &str) -> Location {
        MountTable::parse(TABLE).location(mount, Path::new(path)).unwrap()
    }

    #[test]
    fn a_directory_has_a_path_by_every_mount_that_shows_it() {
        let data = location(22, "/var/lib/appc");
        let paths = MountTable::parse(TABLE).paths_of(&data);
        assert_eq!(paths, ["/var/lib/appc", "/srv/a b"].map(PathBuf::from));
    }

    #[test]
    fn what_is_within_a_directory_is_so_by_every_mount() {
        let data = location(22, "/var/lib/appc");
        for (mount, path, within) in [
            (22, "/var/lib/appc", true),
            (22, "/var/lib/appc/pods/run", true),
            (22, "/var/lib/appcd", false),
            (22, "/var/lib", false),
            (23, "/srv/a b/trees", true),
            (24, "/srv/images", true),
            (24, "/srv/images/sha512-1/rootfs", true),
            (25, "/srv/other", false),
            (21, "/appc", false),
        ] {
            assert_eq!(location(mount, path).is_within(&data), within, "{path}");
        }
    }
}
