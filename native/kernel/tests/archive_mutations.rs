//! Thousands of slightly broken archives: each is read or refused in words, none ends the process or leaves its place.
#![cfg(feature = "archive")]

use appc_kernel::archive::{Error, Limits, export, ingest, inspect, remove_tree};
use std::io::Write;
use std::path::{Path, PathBuf};

const LIMITS: Limits = Limits {
    tar_bytes: 1 << 24,
    entries: 1000,
    manifest_bytes: 1 << 16,
    expansion: 1000,
};
const BLOCK: usize = 512;

/// xorshift64*: the same mutations in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }
}

fn checksum(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn entry(path: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
    let mut block = vec![0; BLOCK];
    block[..path.len()].copy_from_slice(path.as_bytes());
    block[100..108].copy_from_slice(b"0000755\0");
    block[108..116].copy_from_slice(b"0000000\0");
    block[116..124].copy_from_slice(b"0000000\0");
    block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    block[136..148].copy_from_slice(b"07346545000\0");
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link.as_bytes());
    block[257..265].copy_from_slice(b"ustar\x0000");
    checksum(&mut block);
    block.extend_from_slice(content);
    block.resize(block.len().next_multiple_of(BLOCK), 0);
    block
}

/// A pax record; its length counts itself.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let length = (rest..)
        .find(|length| length.to_string().len() + rest == *length)
        .unwrap();
    format!("{length} {key}={value}\n").into_bytes()
}

fn tar() -> Vec<u8> {
    let pax = [
        record("path", "rootfs/pax"),
        record("mtime", "12.5"),
        record("SCHILY.xattr.user.a", "\0b"),
    ]
    .concat();
    let parts = [
        entry("manifest", b'0', "", br#"{"acKind":"ImageManifest"}"#),
        entry("rootfs", b'5', "", b""),
        entry("pax", b'x', "", &pax),
        entry("short", b'0', "", b"content of a file"),
        entry("././@LongLink", b'L', "", b"rootfs/a/gnu/long/name\0"),
        entry("short", b'0', "", &[7; 1500]),
        entry("global", b'g', "", &record("comment", "hi")),
        entry("rootfs/hard", b'1', "rootfs/pax", b""),
        entry("rootfs/sym", b'2', "../../..", b""),
        entry("rootfs/fifo", b'6', "", b""),
        entry("rootfs/d/", b'5', "", b""),
        entry("rootfs/d/e", b'0', "", b""),
        vec![0; 2 * BLOCK],
    ];
    parts.concat()
}

fn compressed(tar: &[u8], how: usize) -> Vec<u8> {
    match how {
        0 => tar.to_vec(),
        1 => {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            to.write_all(tar).unwrap();
            to.finish().unwrap()
        }
        2 => {
            let mut to = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            to.write_all(tar).unwrap();
            to.finish().unwrap()
        }
        3 => {
            let mut to = liblzma::write::XzEncoder::new(Vec::new(), 1);
            to.write_all(tar).unwrap();
            to.finish().unwrap()
        }
        _ => zstd::encode_all(tar, 1).unwrap(),
    }
}

/// One change a broken disk, a bad program or a bad person would make.
fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    if bytes.is_empty() {
        return;
    }
    let at = dice.roll(bytes.len());
    let blocks = bytes.len() / BLOCK;
    match dice.roll(7) {
        0 => bytes[at] ^= 1 << dice.roll(8),
        1 => bytes[at] = [0, 0xff, b'/', b'.', b'0', b'7', 0x80][dice.roll(7)],
        2 => bytes.truncate(at),
        3 => {
            let end = (at + dice.roll(40)).min(bytes.len());
            bytes[at..end].fill([0, 0xff, b'9', b'/'][dice.roll(4)]);
        }
        4 => {
            let block = dice.roll(blocks) * BLOCK;
            let copy = bytes.get(block..block + BLOCK).unwrap_or_default().to_vec();
            let to = dice.roll(blocks) * BLOCK;
            bytes.splice(to..to, copy);
        }
        5 => {
            let block = dice.roll(blocks) * BLOCK;
            let end = (block + BLOCK).min(bytes.len());
            bytes.drain(block..end);
        }
        _ => {
            // A field of a header: name, mode, uid, gid, size, mtime, type, link, magic, device.
            let block = dice.roll(blocks) * BLOCK;
            let field = [0, 100, 108, 116, 124, 136, 156, 157, 257, 329, 337][dice.roll(11)];
            for byte in bytes.iter_mut().skip(block + field).take(1 + dice.roll(8)) {
                *byte = [b'0', b'7', b'/', b'.', 0, 0xff, 0x80, b'1', b'2', b'5'][dice.roll(10)];
            }
        }
    }
}

/// Right checksums lead deeper into the reader.
fn mend(bytes: &mut [u8]) {
    for block in bytes
        .chunks_exact_mut(BLOCK)
        .filter(|block| block[257..262] == *b"ustar")
    {
        checksum(block);
    }
}

fn judged<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(error.to_string().contains(' '), "an error in words: {error:?}");
            None
        }
    }
}

fn mutants(count: u64, mut each: impl FnMut(u64, &[u8])) {
    let tar = tar();
    for seed in 0..count {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (seed + 1));
        let mut bytes = tar.clone();
        let how = dice.roll(5);
        let inside = how == 0 || dice.roll(2) == 0;
        let changes = 1 + dice.roll(3);
        if inside {
            (0..changes).for_each(|_| mutate(&mut bytes, &mut dice));
            if dice.roll(4) > 0 {
                mend(&mut bytes);
            }
        }
        let mut bytes = compressed(&bytes, how);
        if !inside {
            (0..changes).for_each(|_| mutate(&mut bytes, &mut dice));
        }
        each(seed, &bytes);
    }
}

#[test]
fn three_thousand_broken_archives_are_read_or_refused() {
    let (mut read, mut refused) = (0, 0);
    mutants(3000, |_, bytes| match judged(inspect(bytes, LIMITS)) {
        Some(_) => read += 1,
        None => refused += 1,
    });
    assert!(
        read > 100 && refused > 1000,
        "the mutations test something: {read} read, {refused} refused"
    );
}

struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = remove_tree(&self.0);
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn broken_archives_stay_in_their_place_and_what_comes_in_goes_out_again() {
    let place = Place(std::env::temp_dir().join(format!("appc-mutations-{}", std::process::id())));
    let staging = place.0.join("a/b/staging");
    std::fs::create_dir_all(place.0.join("a/b")).unwrap();
    let mut out = Vec::new();
    mutants(300, |seed, bytes| {
        std::fs::create_dir(&staging).unwrap();
        if let Some(facts) = judged(ingest(bytes, &staging, LIMITS, |_| {})) {
            out.clear();
            assert_eq!(
                export(&staging, &mut out).as_ref(),
                Ok(&facts.image_id),
                "mutation {seed}"
            );
            assert_eq!(out.len() as u64, facts.tar_bytes);
        }
        remove_tree(&staging).unwrap();
        assert_eq!(
            (names(&place.0), names(&place.0.join("a"))),
            (vec!["a".into()], vec!["b".into()])
        );
        assert_eq!(
            names(&place.0.join("a/b")),
            Vec::<String>::new(),
            "mutation {seed}"
        );
    });
}
