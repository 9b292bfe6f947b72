//! The mounts that a process sees, proc_pid_mountinfo(5), and the paths at which they show one
//! directory.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One mount.
struct Mount {
    id: u64,
    /// The file system that the mount shows, `major:minor`.
    device: Vec<u8>,
    /// The directory of that file system that the mount shows.
    root: PathBuf,
    /// The mount point.
    point: PathBuf,
}

/// All mounts that a process sees.
pub struct MountTable(Vec<Mount>);

/// A file or directory on a file system, independent of the mounts that show it.
pub struct Location {
    device: Vec<u8>,
    path: PathBuf,
}

impl MountTable {
    /// Parses the text of /proc/self/mountinfo. Skips lines that are not valid.
    pub fn parse(text: &[u8]) -> Self {
        Self(text.split(|byte| *byte == b'\n').filter_map(mount).collect())
    }

    /// The location of `path`, which contains no symlinks, on the mount with that ID.
    pub fn location(&self, mount: u64, path: &Path) -> Option<Location> {
        let entry = self.0.iter().find(|candidate| candidate.id == mount)?;
        Some(Location {
            device: entry.device.clone(),
            path: entry.root.join(path.strip_prefix(&entry.point).ok()?),
        })
    }

    /// The paths of a location through all mounts that show it. Other mounts may cover some of the
    /// paths.
    pub fn paths_of(&self, location: &Location) -> Vec<PathBuf> {
        self.0
            .iter()
            .filter(|mount| mount.device == location.device)
            .filter_map(|mount| Some(mount.point.join(location.path.strip_prefix(&mount.root).ok()?)))
            .collect()
    }
}

impl Location {
    /// Whether this location is `other` or below it.
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

/// Decodes a path: blanks and backslashes are written as `\` and three octal digits.
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
