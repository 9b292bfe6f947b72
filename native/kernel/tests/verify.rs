//! Every change in a stored image is found and named.
#![cfg(feature = "archive")]

mod place;
mod tar;

use appc_kernel::archive::{Limits, ingest, verify};
use place::Place;
use rustix::fs::{AtFlags, CWD, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tar::{BLOCK, entry, record};

const LIMITS: Limits = Limits {
    tar_bytes: 1 << 24,
    entries: 1000,
    manifest_bytes: 1 << 16,
    expansion: 1000,
    free_bytes: 0,
    free_nodes: 0,
};

fn archive() -> Vec<u8> {
    let attributes = [
        record("mtime", "12.5"),
        record("SCHILY.xattr.user.a", "\0b"),
        record("SCHILY.xattr.trusted.t", "t"),
    ]
    .concat();
    let far = record("mtime", "-99999999999.5");
    let parts = [
        entry("manifest", b'0', "", b"{}"),
        entry("rootfs", b'5', "", b""),
        entry("rootfs/file", b'0', "", &[7; 300_000]),
        entry("rootfs/empty", b'0', "", b""),
        entry("x", b'x', "", &attributes),
        entry("rootfs/attributes", b'0', "", b"a"),
        entry("x", b'x', "", &far),
        entry("rootfs/far", b'0', "", b""),
        entry("rootfs/hard", b'1', "rootfs/file", b""),
        entry("rootfs/sym", b'2', "../..", b""),
        entry("rootfs/fifo", b'6', "", b""),
        entry("rootfs/late/file", b'0', "", b""),
        entry("rootfs/late", b'5', "", b""),
        entry("rootfs/implied/by/it", b'0', "", b"x"),
        vec![0; 2 * BLOCK],
    ];
    parts.concat()
}

fn stored(place: &Place) -> PathBuf {
    let tree = place.fresh("image");
    ingest(&archive()[..], &tree, LIMITS, |_| {}).unwrap();
    tree
}

fn found(tree: &Path) -> Vec<String> {
    verify(tree)
        .unwrap()
        .into_iter()
        .map(|found| format!("{} {}", found.path, found.problem))
        .collect()
}

/// Restores the time of an entry, which most changes change too.
fn restore(path: &Path, seconds: i64, nanos: i64) {
    let time = Timespec {
        tv_sec: seconds,
        tv_nsec: nanos,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// The time in the headers of [`entry`].
const TIME: i64 = 0o7346545000;

#[test]
fn an_image_as_it_came_has_no_problems() {
    let place = Place::new("verify-good");
    let tree = stored(&place);
    assert_eq!(found(&tree), Vec::<String>::new());
    // A union by hard links makes such a link: it is no change of the image.
    fs::hard_link(tree.join("rootfs/file"), place.path("linked")).unwrap();
    fs::hard_link(tree.join("rootfs/empty"), place.path("linked-too")).unwrap();
    assert_eq!(found(&tree), Vec::<String>::new());
}

type Change = (&'static str, fn(&Path), &'static [&'static str]);

const CHANGES: &[Change] = &[
    (
        "content, with its time set back",
        |rootfs| {
            let path = rootfs.join("file");
            fs::File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .write_all_at(b"!", 200_000)
                .unwrap();
            restore(&path, TIME, 0);
        },
        &["/file content"],
    ),
    (
        "size",
        |rootfs| {
            fs::File::options()
                .write(true)
                .open(rootfs.join("file"))
                .unwrap()
                .set_len(5)
                .unwrap();
            restore(&rootfs.join("file"), TIME, 0);
        },
        &["/file size: 5 bytes instead of 300000"],
    ),
    (
        "mode",
        |rootfs| fs::set_permissions(rootfs.join("empty"), fs::Permissions::from_mode(0o4755)).unwrap(),
        &["/empty mode: 4755 instead of 0755"],
    ),
    (
        "owner of a symlink",
        |rootfs| {
            let (uid, gid) = (Some(Uid::from_raw(7)), Some(Gid::from_raw(8)));
            rustix::fs::chownat(CWD, rootfs.join("sym"), uid, gid, AtFlags::SYMLINK_NOFOLLOW).unwrap();
        },
        &["/sym owner: 7:8 instead of 0:0"],
    ),
    (
        "time",
        |rootfs| restore(&rootfs.join("attributes"), 12, 600_000_000),
        &["/attributes time: 12.600000000 instead of 12.500000000"],
    ),
    (
        "attributes, overlay's too",
        |rootfs| {
            let path = rootfs.join("attributes");
            rustix::fs::setxattr(&path, "user.a", b"c", XattrFlags::empty()).unwrap();
            rustix::fs::removexattr(&path, "trusted.t").unwrap();
            rustix::fs::setxattr(&path, "user.new", b"", XattrFlags::empty()).unwrap();
            rustix::fs::setxattr(
                rootfs.join("late"),
                "trusted.overlay.opaque",
                b"y",
                XattrFlags::empty(),
            )
            .unwrap();
        },
        &[
            "/attributes xattrs: trusted.t, user.a, user.new",
            "/late xattrs: trusted.overlay.opaque",
        ],
    ),
    (
        "target of a symlink",
        |rootfs| {
            fs::remove_file(rootfs.join("sym")).unwrap();
            symlink("/etc", rootfs.join("sym")).unwrap();
            restore(&rootfs.join("sym"), TIME, 0);
            restore(rootfs, TIME, 0);
        },
        &["/sym target: /etc instead of ../.."],
    ),
    (
        "a file in place of a FIFO",
        |rootfs| {
            fs::remove_file(rootfs.join("fifo")).unwrap();
            fs::write(rootfs.join("fifo"), "x").unwrap();
            restore(rootfs, TIME, 0);
        },
        &["/fifo type: a file instead of a FIFO"],
    ),
    (
        "a FIFO in place of a file",
        |rootfs| {
            fs::remove_file(rootfs.join("empty")).unwrap();
            let mode = Mode::RUSR;
            rustix::fs::mknodat(CWD, rootfs.join("empty"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
            restore(rootfs, TIME, 0);
        },
        &["/empty type: a FIFO instead of a file"],
    ),
    (
        "a missing file, and its hard link",
        |rootfs| {
            fs::remove_file(rootfs.join("file")).unwrap();
            restore(rootfs, TIME, 0);
        },
        &["/file missing"],
    ),
    (
        "a hard link that is a file of its own",
        |rootfs| {
            fs::remove_file(rootfs.join("hard")).unwrap();
            fs::copy(rootfs.join("file"), rootfs.join("hard")).unwrap();
            restore(rootfs, TIME, 0);
        },
        &["/hard hard link: no longer one with /file"],
    ),
    (
        "two files become one",
        |rootfs| {
            fs::remove_file(rootfs.join("late/file")).unwrap();
            fs::hard_link(rootfs.join("empty"), rootfs.join("late/file")).unwrap();
            restore(&rootfs.join("late"), TIME, 0);
        },
        &["/late/file hard link: with another file"],
    ),
    (
        "added things, told once for a whole directory",
        |rootfs| {
            fs::create_dir_all(rootfs.join("new/deep")).unwrap();
            fs::write(rootfs.join("implied/by/me"), "").unwrap();
        },
        &[
            "/ time: … instead of 1000000000.000000000",
            "/new added",
            "/implied/by time: … instead of 0.000000000",
            "/implied/by/me added",
        ],
    ),
    (
        "a directory that is a symlink now",
        |rootfs| {
            fs::rename(rootfs.join("late"), rootfs.join("moved")).unwrap();
            symlink("moved", rootfs.join("late")).unwrap();
            restore(rootfs, TIME, 0);
        },
        &[
            "/late/file missing",
            "/late type: a symlink instead of a directory",
            "/moved added",
        ],
    ),
    (
        "mode of a directory the archive left out",
        |rootfs| fs::set_permissions(rootfs.join("implied"), fs::Permissions::from_mode(0o777)).unwrap(),
        &["/implied mode: 0777 instead of 0755"],
    ),
    (
        "the manifest",
        |rootfs| fs::write(rootfs.with_file_name("manifest"), "[]").unwrap(),
        &["manifest content"],
    ),
    (
        "the record is gone",
        |rootfs| fs::remove_file(rootfs.with_file_name("record")).unwrap(),
        &["record missing"],
    ),
    (
        "the record is cut short",
        |rootfs| {
            fs::File::options()
                .write(true)
                .open(rootfs.with_file_name("record"))
                .unwrap()
                .set_len(60)
                .unwrap()
        },
        &["record damaged: …"],
    ),
    (
        "no rootfs",
        |rootfs| fs::rename(rootfs, rootfs.with_file_name("gone")).unwrap(),
        &[
            "/ missing",
            "/file missing",
            "/empty missing",
            "/attributes missing",
            "/far missing",
            "/hard missing",
            "/sym missing",
            "/fifo missing",
            "/late/file missing",
            "/late missing",
            "/implied/by/it missing",
        ],
    ),
];

/// Whether `found` matches `pattern`, in which `…` stands for any text.
fn fits(found: &str, pattern: &str) -> bool {
    match pattern.split_once('…') {
        Some((start, end)) => found.starts_with(start) && found.ends_with(end),
        None => found == pattern,
    }
}

#[test]
fn every_change_is_named() {
    let place = Place::new("verify-changes");
    for (name, change, expected) in CHANGES {
        let tree = stored(&place);
        change(&tree.join("rootfs"));
        let found = found(&tree);
        let all = found.len() == expected.len()
            && found
                .iter()
                .zip(*expected)
                .all(|(found, expected)| fits(found, expected));
        assert!(all, "{name}: {found:#?}");
    }
}

#[test]
fn an_access_list_that_is_no_more_than_a_mode() {
    let place = Place::new("verify-acl");
    let mut acl = vec![2, 0, 0, 0];
    for (tag, bits) in [(1u16, 6u16), (4, 4), (32, 0)] {
        acl.extend_from_slice(&tag.to_le_bytes());
        acl.extend_from_slice(&bits.to_le_bytes());
        acl.extend_from_slice(&[255; 4]);
    }
    let key = b"SCHILY.xattr.system.posix_acl_access=";
    let mut pax = format!("{} ", key.len() + acl.len() + 4).into_bytes();
    pax.extend_from_slice(key);
    pax.extend_from_slice(&acl);
    pax.push(b'\n');
    let bytes = [
        entry("manifest", b'0', "", b"{}"),
        entry("rootfs", b'5', "", b""),
        entry("x", b'x', "", &pax),
        entry("rootfs/a", b'0', "", b"a"),
    ]
    .concat();
    let tree = place.fresh("image");
    ingest(&bytes[..], &tree, LIMITS, |_| {}).unwrap();
    assert_eq!(
        tree.join("rootfs/a").metadata().unwrap().permissions().mode() & 0o7777,
        0o640
    );
    assert_eq!(found(&tree), Vec::<String>::new());
}

#[test]
fn an_image_under_another_id() {
    let place = Place::new("verify-id");
    let tree = stored(&place);
    let other = tree.with_file_name(format!("sha512-{}", "0".repeat(128)));
    fs::rename(&tree, &other).unwrap();
    let found = found(&other);
    assert!(
        found.len() == 1 && found[0].starts_with("record id: it is that of sha512-"),
        "{found:?}"
    );
}

#[test]
fn a_change_that_hides_from_the_sum_of_its_file_is_told_by_the_digest_of_the_tar() {
    let place = Place::new("verify-sum");
    let tree = stored(&place);
    let path = tree.join("rootfs/file");
    let file = fs::File::options().read(true).write(true).open(&path).unwrap();
    // Multiples of the polynomial of CRC-32 change no sum: 0x1_04c1_1db7, bits reflected, at any
    // place.
    let mut bytes = [0; 5];
    file.read_exact_at(&mut bytes, 1000).unwrap();
    let polynomial = u64::from(0x04c1_1db7u32.reverse_bits()) << 1 | 1;
    for (byte, change) in bytes.iter_mut().zip(polynomial.to_le_bytes()) {
        *byte ^= change;
    }
    file.write_all_at(&bytes, 1000).unwrap();
    restore(&path, TIME, 0);
    let found = found(&tree);
    assert!(
        found.len() == 1 && found[0].starts_with("/ content: of some file, the tar is now sha512-"),
        "{found:?}"
    );
}

#[test]
fn looking_leaves_no_trace() {
    let place = Place::new("verify-trace");
    let tree = stored(&place);
    let facts = |path: &Path| {
        let stat = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW).unwrap();
        (
            stat.st_mtime,
            stat.st_mtime_nsec,
            stat.st_ctime,
            stat.st_ctime_nsec,
        )
    };
    let before = [
        facts(&tree),
        facts(&tree.join("rootfs")),
        facts(&tree.join("rootfs/file")),
    ];
    assert_eq!(found(&tree), Vec::<String>::new());
    assert_eq!(
        [
            facts(&tree),
            facts(&tree.join("rootfs")),
            facts(&tree.join("rootfs/file"))
        ],
        before
    );
}
