//! Fuzzing of everything that reads archives: no panic, no unbounded memory, no reading without
//! end.
//!
//! `APPC_FUZZ_RUNS` is the number of mutants (a default run takes a few seconds), `APPC_FUZZ_SEED`
//! is the number of the first one: a number gives the same mutant on every machine with the same
//! `tar`.
#![cfg(feature = "archive")]

mod memory;
mod mutation;
mod place;
mod tar;

use appc_kernel::archive::{Limits, export, ingest, inspect, verify};
use mutation::{Dice, accepted, compressed, extra_headers, fix_checksums, mutate};
use place::Place;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;
use tar::{BLOCK, record};

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting::new();

const LIMITS: Limits = Limits {
    tar_bytes: 1 << 24,
    entries: 1000,
    manifest_bytes: 1 << 16,
    expansion: 1000,
    free_bytes: 0,
    free_nodes: 0,
};
/// The default number of mutants: a few seconds.
const RUNS: u64 = 800;
/// Maximum memory of one reading beside its input, without the libraries' windows.
const MOST_MEMORY: usize = 24 << 20;
/// Maximum memory of the process in KiB, including the windows of all decompressors.
const MOST_RESIDENT: i64 = 400 << 10;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Input that fails when it is read again at its end.
struct Source<'a> {
    bytes: Cursor<&'a [u8]>,
    ended: u32,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.bytes.read(buffer)?;
        if length == 0 && !buffer.is_empty() {
            self.ended += 1;
            assert!(self.ended < 1000, "the reader does not stop at the end");
        }
        Ok(length)
    }
}

/// What a tar program writes for a tree with most kinds of files, in each of its formats.
fn archives_of_tar(place: &Place) -> Vec<Vec<u8>> {
    let tree = place.fresh("tree");
    let long = "n".repeat(120);
    fs::create_dir_all(tree.join("rootfs/bin").join(&long)).unwrap();
    fs::write(tree.join("manifest"), r#"{"acKind":"ImageManifest"}"#).unwrap();
    fs::write(tree.join("rootfs/bin").join(&long).join(&long), "deep").unwrap();
    fs::write(tree.join("rootfs/bin/sh"), [9; 3000]).unwrap();
    fs::hard_link(tree.join("rootfs/bin/sh"), tree.join("rootfs/bin/ash")).unwrap();
    std::os::unix::fs::symlink(&long, tree.join("rootfs/link")).unwrap();
    rustix::fs::setxattr(
        tree.join("rootfs/bin/sh"),
        "user.x",
        b"\0\n",
        rustix::fs::XattrFlags::empty(),
    )
    .unwrap();
    ["v7", "oldgnu", "gnu", "ustar", "pax"]
        .into_iter()
        .filter_map(|format| {
            let mut tar = Command::new("tar");
            tar.arg("-cf-")
                .arg(format!("--format={format}"))
                .args(["--sort=name", "--mtime=@1.25", "-b1"]);
            if format == "pax" {
                tar.args([
                    "--xattrs",
                    "--pax-option=delete=atime,delete=ctime,globexthdr.name=g,comment=c",
                ]);
            }
            let made = tar
                .arg("-C")
                .arg(&tree)
                .args(["manifest", "rootfs"])
                .output()
                .ok()?;
            // v7 and ustar leave out what they cannot represent; their output is a seed all the
            // same.
            (!made.stdout.is_empty()).then_some(made.stdout)
        })
        .collect()
}

/// Headers of every kind that other programs write.
fn hand_made() -> Vec<u8> {
    let mut bytes = tar::tar();
    let pax = [
        record("LIBARCHIVE.xattr.user%2Ea", "AP8"),
        record("size", "5"),
        record("uid", "4000000000"),
        record("linkpath", "rootfs"),
    ]
    .concat();
    let mut base256 = tar::entry("rootfs/base256", b'0', "", b"");
    base256[108..116].copy_from_slice(&[0x80, 0, 0, 0, 0, 1, 0, 0]);
    base256[136..148].copy_from_slice(&[0xff; 12]);
    tar::checksum(&mut base256[..BLOCK]);
    let more = [
        base256,
        tar::entry("x", b'x', "", &pax),
        tar::entry("rootfs/more", b'0', "", b"12345"),
        tar::entry("././@LongLink", b'K', "", b"rootfs/a\0"),
        tar::entry("rootfs/long", b'2', "short", b""),
    ]
    .concat();
    let end = bytes.len() - 2 * BLOCK;
    bytes.splice(end..end, more);
    bytes
}

fn mutant(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number + 1) | 1);
    let mut bytes = seeds[dice.roll(seeds.len())].clone();
    let compression = dice.roll(5);
    let packed = compression > 0 && dice.roll(3) == 0;
    let changes = 1 + dice.roll(4);
    if !packed {
        for _ in 0..changes {
            if dice.roll(3) == 0 {
                extra_headers(&mut bytes, &mut dice);
            } else if dice.roll(8) == 0 {
                let other = &seeds[dice.roll(seeds.len())];
                let from = dice.roll(other.len() / BLOCK) * BLOCK;
                let at = dice.roll(bytes.len() / BLOCK) * BLOCK;
                let part = &other[from..(from + 2 * BLOCK).min(other.len())];
                bytes.splice(at..at, part.iter().copied());
            } else {
                mutate(&mut bytes, &mut dice);
            }
        }
        if dice.roll(5) > 0 {
            fix_checksums(&mut bytes);
        }
    }
    let mut bytes = compressed(&bytes, compression);
    if packed {
        (0..changes).for_each(|_| mutate(&mut bytes, &mut dice));
    }
    bytes
}

#[test]
fn fuzz_the_archive_reader() {
    let place = Place::new("fuzz");
    let mut seeds = archives_of_tar(&place);
    if seeds.len() < 5 {
        eprintln!("the tar on this machine wrote {} of 5 formats", seeds.len());
    }
    seeds.extend([tar::tar(), hand_made()]);
    for seed in &seeds {
        let read = |bytes: &[u8]| inspect(bytes, LIMITS).map(|facts| facts.tar_bytes);
        assert_eq!(read(seed), Ok(seed.len() as u64), "a seed is no image");
    }
    let first = setting("APPC_FUZZ_SEED", 0);
    let (mut read, mut refused) = (0, 0);
    for number in first..first + setting("APPC_FUZZ_RUNS", RUNS) {
        let bytes = mutant(&seeds, number);
        MEMORY.restart();
        let source = Source {
            bytes: Cursor::new(&bytes),
            ended: 0,
        };
        let facts = accepted(inspect(source, LIMITS));
        let most = MEMORY.most();
        assert!(most < MOST_MEMORY, "mutant {number}: {most} bytes of memory");
        let Some(facts) = facts else {
            refused += 1;
            continue;
        };
        read += 1;
        assert!(
            facts.tar_bytes <= LIMITS.tar_bytes && facts.entries <= LIMITS.entries,
            "mutant {number}"
        );
        assert!(
            facts.manifest.len() as u64 <= LIMITS.manifest_bytes,
            "mutant {number}"
        );
        let again = inspect(&bytes[..], LIMITS).unwrap();
        assert_eq!(
            (again.image_id, again.entries),
            (facts.image_id, facts.entries),
            "mutant {number}"
        );
    }
    assert!(
        read > 0 && refused > 0,
        "the mutations test something: {read} read, {refused} refused"
    );
    assert!(resident() < MOST_RESIDENT, "{} KiB resident", resident());
}

/// Maximum memory that the process has used so far, in KiB.
fn resident() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

/// The record is the store's own file, but disks break: a damaged one is refused with an error or
/// reported as a problem.
#[test]
fn fuzz_the_record() {
    const MAGIC: usize = 8;
    let place = Place::new("fuzz-record");
    let tree = place.fresh("image");
    ingest(&hand_made()[..], &tree, LIMITS, |_| {}).unwrap();
    assert_eq!(verify(&tree), Ok(Vec::new()));
    let record = fs::read(tree.join("record")).unwrap();
    let items = zstd::decode_all(&record[MAGIC..]).unwrap();
    let outside = |tree: &Path| fs::read_dir(tree.parent().unwrap()).unwrap().count();
    for number in 0..setting("APPC_FUZZ_RUNS", RUNS) / 10 {
        let mut dice = Dice(number + 1);
        let mut items = items.clone();
        (0..=dice.roll(3)).for_each(|_| mutate(&mut items, &mut dice));
        let packed = zstd::encode_all(&items[..], 1).unwrap();
        fs::write(tree.join("record"), [&record[..MAGIC], &packed].concat()).unwrap();
        accepted(export(&tree, &mut std::io::sink()));
        accepted(verify(&tree));
        assert_eq!(outside(&tree), 1, "mutant {number}");
    }
}
