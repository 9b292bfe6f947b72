//! Unions of trees (rows E3, E4 and M15), made of real files.
#![cfg(feature = "archive")]

mod place;

use appc_kernel::archive::{Error, Layer, Merged, Placement, merge, xattrs};
use place::Place;
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid};
use std::collections::BTreeMap;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

fn layer(tree: PathBuf) -> Layer {
    Layer {
        tree,
        implied_directories: Vec::new(),
    }
}

/// Creates a tree: names ending in `/` are directories, `->` is a symlink, `=` a hard link, `:` a
/// file with content.
fn tree(place: &Place, name: &str, entries: &[&str]) -> PathBuf {
    let root = place.path(name);
    std::fs::create_dir(&root).unwrap();
    for entry in entries {
        if let Some((path, target)) = entry.split_once("->") {
            symlink(target, root.join(path)).unwrap();
        } else if let Some((path, other)) = entry.split_once('=') {
            std::fs::hard_link(root.join(other), root.join(path)).unwrap();
        } else if let Some((path, content)) = entry.split_once(':') {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), content).unwrap();
        } else {
            std::fs::create_dir_all(root.join(entry)).unwrap();
        }
    }
    root
}

/// Lists a tree in the notation of [`tree`].
fn listed(root: &Path) -> Vec<String> {
    fn walk(root: &Path, directory: &Path, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let facts = path.symlink_metadata().unwrap();
            if facts.is_dir() {
                out.push(format!("{name}/"));
                walk(root, &path, out);
            } else if facts.is_symlink() {
                out.push(format!("{name}->{}", path.read_link().unwrap().display()));
            } else if facts.is_file() {
                out.push(format!("{name}:{}", std::fs::read_to_string(&path).unwrap()));
            } else {
                out.push(format!("{name} {:?}", facts.file_type()));
            }
        }
    }
    let mut out = Vec::new();
    walk(root, root, &mut out);
    out.sort();
    out
}

fn made(place: &Place, layers: &[PathBuf], placement: Placement, keep: Option<&[&str]>) -> (PathBuf, Merged) {
    let target = place.fresh("union");
    let layers: Vec<_> = layers.iter().cloned().map(layer).collect();
    let keep = keep.map(|keep| keep.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
    let merged = merge(&layers, &target, placement, keep.as_deref()).unwrap();
    (target, merged)
}

#[test]
fn spec_e3_a_later_tree_replaces_what_an_earlier_one_has() {
    let place = Place::new("e3");
    let low = tree(
        &place,
        "low",
        &[
            "d/x:low",
            "d/both:low",
            "was-dir/inside:low",
            "was-file:low",
            "was-link->/outside",
            "same:low",
            "l->d",
        ],
    );
    let high = tree(
        &place,
        "high",
        &[
            "d/y:high",
            "d/both:high",
            "was-dir:high",
            "was-file/in:high",
            "was-link/in:high",
            "same:high",
            "l/z:high",
        ],
    );
    let top = tree(&place, "top", &["d/deep/er:top", "was-file/more:top"]);
    let expected = [
        "d/",
        "d/both:high",
        "d/deep/",
        "d/deep/er:top",
        "d/x:low",
        "d/y:high",
        "l/",
        "l/z:high",
        "same:high",
        "was-dir:high",
        "was-file/",
        "was-file/in:high",
        "was-file/more:top",
        "was-link/",
        "was-link/in:high",
    ];
    for placement in [Placement::Link, Placement::Copy] {
        let (target, merged) = made(&place, &[low.clone(), high.clone(), top.clone()], placement, None);
        assert_eq!(listed(&target), expected, "{placement:?}");
        assert_eq!(merged.files, 10);
        assert_eq!(merged.bytes, 37);
    }
}

#[test]
fn spec_e3_what_a_file_once_replaced_does_not_come_back() {
    let place = Place::new("resurrect");
    let layers = [
        tree(&place, "1", &["p/old:1", "q/old:1"]),
        tree(&place, "2", &["p:2", "q->p"]),
        tree(&place, "3", &["p/new:3"]),
    ];
    let (target, _) = made(&place, &layers, Placement::Link, None);
    assert_eq!(listed(&target), ["p/", "p/new:3", "q->p"]);
}

#[test]
fn spec_e4_nothing_is_left_but_what_is_named() {
    let place = Place::new("e4");
    let layers = [
        tree(
            &place,
            "1",
            &[
                "bin/sh:1",
                "bin/ls:1",
                "etc/ssl/a:1",
                "etc/passwd:1",
                "gone/x:1",
                "hidden/x:1",
                "empty/",
            ],
        ),
        tree(&place, "2", &["bin/ls:2", "usr/lib/so:2", "hidden->etc"]),
    ];
    let keep = [
        "/bin/ls",
        "/etc/ssl",
        "/usr/lib/so",
        "/hidden/x",
        "/empty/",
        "/no/such",
    ];
    for placement in [Placement::Link, Placement::Copy] {
        let (target, merged) = made(&place, &layers, placement, Some(&keep));
        let expected = [
            "bin/",
            "bin/ls:2",
            "empty/",
            "etc/",
            "etc/ssl/",
            "usr/",
            "usr/lib/",
            "usr/lib/so:2",
        ];
        assert_eq!(listed(&target), expected, "{placement:?}");
        assert_eq!(merged.files, 2);
    }
    let (target, _) = made(&place, &layers, Placement::Link, Some(&[]));
    assert_eq!(listed(&target), Vec::<String>::new());
}

#[test]
fn symlinks_in_the_way_lead_nowhere() {
    let place = Place::new("symlinks");
    let outside = tree(&place, "outside", &["kept:outside"]);
    let low = tree(&place, "low", &[&format!("etc->{}", outside.display())]);
    let high = tree(&place, "high", &["etc/passwd:high"]);
    for placement in [Placement::Link, Placement::Copy] {
        let (target, _) = made(&place, &[low.clone(), high.clone()], placement, None);
        assert_eq!(listed(&target), ["etc/", "etc/passwd:high"]);
        let (target, _) = made(&place, &[high.clone(), low.clone()], placement, None);
        assert_eq!(listed(&target), [format!("etc->{}", outside.display())]);
    }
    assert_eq!(listed(&outside), ["kept:outside"]);
    let linked = place.path("linked-root");
    symlink(&low, &linked).unwrap();
    let refused = merge(&[layer(linked)], &place.fresh("union"), Placement::Link, None);
    assert!(matches!(refused, Err(Error::Os { .. })), "{refused:?}");
}

/// All metadata of a file as text.
fn facts(path: &Path) -> String {
    let facts = path.symlink_metadata().unwrap();
    let attributes: Vec<_> = xattrs(path)
        .unwrap()
        .into_iter()
        .map(|(name, value)| format!("{}={value:?}", String::from_utf8_lossy(&name)))
        .collect();
    format!(
        "{:o} {}:{} {}.{} {} {attributes:?}",
        facts.mode(),
        facts.uid(),
        facts.gid(),
        facts.mtime(),
        facts.mtime_nsec(),
        facts.rdev()
    )
}

fn adorn(path: &Path, mode: u32, owner: u32, xattrs: &[(&str, &[u8])], mtime: i64) {
    let (uid, gid) = (Uid::from_raw(owner), Gid::from_raw(owner + 1));
    rustix::fs::chownat(CWD, path, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).unwrap();
    if !path.is_symlink() {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    for (name, value) in xattrs {
        rustix::fs::lsetxattr(path, *name, value, rustix::fs::XattrFlags::empty()).unwrap();
    }
    let time = Timespec {
        tv_sec: mtime,
        tv_nsec: 123_456_789,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// VFS_CAP_REVISION_2 with CAP_NET_RAW, effective.
const CAPABILITY: &[u8] = &[1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// user::rwx group::r-x other::--- and user 1000: rwx.
const ACL: &[u8] = &[
    2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 232, 3, 0, 0, 4, 0, 5, 0, 255, 255, 255, 255, 16,
    0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
];

#[test]
fn spec_a4_everything_a_file_has_is_kept_and_the_trees_are_not_touched() {
    let place = Place::new("metadata");
    let root = tree(
        &place,
        "tree",
        &["dir/suid:x", "dir/cap:x", "link->dir", "sub/deep/f:x", "acl/f:x"],
    );
    rustix::fs::mknodat(CWD, root.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let null = rustix::fs::makedev(1, 3);
    let device = rustix::fs::mknodat(
        CWD,
        root.join("null"),
        FileType::CharacterDevice,
        Mode::RUSR,
        null,
    )
    .is_ok();
    adorn(&root.join("dir/suid"), 0o6755, 7, &[("user.a", b"\0\xff")], 1);
    adorn(
        &root.join("dir/cap"),
        0o755,
        0,
        &[("security.capability", CAPABILITY), ("trusted.t", b"t")],
        -2,
    );
    adorn(&root.join("link"), 0, 3, &[("trusted.l", b"l")], 3);
    adorn(&root.join("fifo"), 0o620, 4, &[], 4);
    adorn(&root.join("sub/deep/f"), 0o400, 4, &[], 1_700_000_000);
    adorn(&root.join("sub/deep"), 0o1777, 5, &[("user.d", b"")], 5);
    adorn(&root.join("sub"), 0o2711, 6, &[], 6);
    adorn(
        &root.join("acl"),
        0o750,
        0,
        &[
            ("system.posix_acl_default", ACL),
            ("system.posix_acl_access", ACL),
        ],
        6,
    );
    adorn(&root.join("dir"), 0, 7, &[], 7);
    adorn(&root, 0o711, 8, &[("user.root", b"r")], 8);
    let mut names = vec![
        "",
        "dir",
        "dir/suid",
        "dir/cap",
        "link",
        "fifo",
        "sub",
        "sub/deep",
        "sub/deep/f",
        "acl",
        "acl/f",
    ];
    names.extend(device.then_some("null"));
    let all = |root: &Path| -> BTreeMap<String, String> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), facts(&root.join(name))))
            .collect()
    };
    let directories = || {
        ["", "dir", "sub", "sub/deep"].map(|name| {
            let facts = root.join(name).metadata().unwrap();
            (facts.atime(), facts.mtime(), facts.ctime(), facts.ctime_nsec())
        })
    };
    let (before, times) = (all(&root), directories());
    for placement in [Placement::Copy, Placement::Link] {
        let (target, _) = made(&place, std::slice::from_ref(&root), placement, None);
        assert_eq!(all(&target), before, "{placement:?}");
        assert_eq!(all(&root), before);
        assert_eq!(
            directories(),
            times,
            "the tree's directories were touched ({placement:?})"
        );
    }
    assert!(
        root.join("fifo")
            .symlink_metadata()
            .unwrap()
            .file_type()
            .is_fifo()
    );
}

#[test]
fn hard_links_of_one_tree_stay_links_and_are_none_across_trees() {
    let place = Place::new("links");
    let low = tree(&place, "low", &["a:x", "sub/", "sub/b=a", "c=a", "single:s"]);
    let high = tree(&place, "high", &["c:own"]);
    // Links from outside, as a union by link leaves them: not among the tree's own links.
    std::fs::hard_link(low.join("single"), place.path("elsewhere")).unwrap();
    std::fs::hard_link(low.join("a"), high.join("d")).unwrap();
    let (target, _) = made(&place, &[low.clone(), high], Placement::Copy, None);
    let inode = |name: &str| target.join(name).metadata().unwrap().ino();
    assert_eq!(inode("a"), inode("sub/b"));
    assert_ne!(inode("a"), inode("c"));
    assert_ne!(inode("a"), inode("d"));
    assert_eq!(target.join("single").metadata().unwrap().nlink(), 1);
    assert_ne!(inode("a"), low.join("a").metadata().unwrap().ino());
    let (target, _) = made(&place, std::slice::from_ref(&low), Placement::Link, None);
    for name in ["a", "sub/b", "c", "single"] {
        assert_eq!(
            target.join(name).metadata().unwrap().ino(),
            low.join(name).metadata().unwrap().ino()
        );
    }
}

#[test]
fn a_sparse_file_stays_one() {
    let place = Place::new("sparse");
    let root = tree(&place, "tree", &["sparse:start"]);
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(root.join("sparse"))
        .unwrap();
    file.set_len(64 << 20).unwrap();
    let (target, merged) = made(&place, &[root], Placement::Copy, None);
    let facts = target.join("sparse").metadata().unwrap();
    assert_eq!((facts.len(), merged.bytes), (64 << 20, 64 << 20));
    assert!(facts.blocks() * 512 < 1 << 20, "{} blocks", facts.blocks());
    assert!(
        std::fs::read(target.join("sparse"))
            .unwrap()
            .starts_with(b"start\0")
    );
}

#[test]
fn an_implied_directory_takes_the_metadata_of_the_lower_tree() {
    let place = Place::new("implied");
    let low = tree(&place, "low", &["tmp/", "etc/a:low"]);
    let high = tree(&place, "high", &["tmp/x:high", "etc/b:high", "new/c:high"]);
    adorn(&low.join("tmp"), 0o1777, 9, &[], 9);
    adorn(&low.join("etc"), 0o700, 9, &[], 9);
    let layers = [
        Layer {
            tree: low.clone(),
            implied_directories: vec!["/etc".into()],
        },
        Layer {
            tree: high.clone(),
            implied_directories: ["/", "/etc", "/new", "/tmp"].map(String::from).into(),
        },
    ];
    let target = place.fresh("union");
    let merged = merge(&layers, &target, Placement::Link, None).unwrap();
    assert_eq!(facts(&target.join("tmp")), facts(&low.join("tmp")));
    assert_eq!(
        facts(&target.join("etc")),
        facts(&high.join("etc")),
        "implied in both: the topmost counts"
    );
    assert_eq!(facts(&target), facts(&low));
    assert_eq!(merged.implied_directories, ["/etc", "/new"]);
}

#[test]
fn refusals_name_the_place() {
    let place = Place::new("refusals");
    let root = tree(&place, "tree", &["a:x"]);
    let missing = merge(
        &[layer(place.path("none"))],
        &place.fresh("union"),
        Placement::Link,
        None,
    )
    .unwrap_err();
    assert_eq!(
        missing.to_string(),
        format!(
            "{}: opening the tree: no such file or directory",
            place.path("none").display()
        )
    );
    let full = merge(&[layer(root.clone())], &root, Placement::Link, None).unwrap_err();
    assert_eq!(
        full.to_string(),
        format!("{}: the target: directory not empty", root.display())
    );
    let target = place.fresh("union");
    assert_eq!(merge(&[], &target, Placement::Link, None), Ok(Merged::default()));
}

#[test]
fn a_tree_as_deep_as_paths_are_long_and_a_wide_one() {
    let place = Place::new("deep");
    let deep = place.path("deep");
    std::fs::create_dir(&deep).unwrap();
    let mut here = rustix::fs::open(&deep, rustix::fs::OFlags::PATH, Mode::empty()).unwrap();
    let name = "d".repeat(9);
    for _ in 0..400 {
        rustix::fs::mkdirat(&here, &name, Mode::RWXU).unwrap();
        here = rustix::fs::openat(&here, &name, rustix::fs::OFlags::PATH, Mode::empty()).unwrap();
    }
    rustix::fs::symlinkat("end", &here, "s").unwrap();
    let wide = place.path("wide");
    for number in 0..300 {
        std::fs::create_dir_all(wide.join(format!("{number}/in"))).unwrap();
    }
    let (target, merged) = made(&place, &[deep, wide], Placement::Copy, None);
    assert_eq!(merged.files, 1);
    let names = std::fs::read_dir(&target).unwrap().count();
    assert_eq!(names, 301);
    assert!(target.join("299/in").is_dir());
}
