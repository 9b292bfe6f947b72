//! Damaged archives, the same in every run.
#![allow(dead_code, reason = "not every test needs all of it")]

use crate::tar::{BLOCK, checksum};
use appc_kernel::archive::Error;
use std::io::Write;

/// xorshift64*: the same mutations in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }
}

/// Compressed in one of five ways.
pub fn compressed(tar: &[u8], compression: usize) -> Vec<u8> {
    match compression {
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

/// One change that a broken disk, a faulty program or an attacker could make.
pub fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
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

/// One change inside the content of an extra header (pax, or GNU's long names).
pub fn extra_headers(bytes: &mut [u8], dice: &mut Dice) {
    let extra: Vec<usize> = (0..bytes.len() / BLOCK)
        .filter(|block| matches!(bytes[block * BLOCK + 156], b'x' | b'g' | b'L' | b'K'))
        .collect();
    if extra.is_empty() {
        return;
    }
    let content = (extra[dice.roll(extra.len())] + 1) * BLOCK;
    let at = content + dice.roll(120);
    for byte in bytes.iter_mut().skip(at).take(1 + dice.roll(4)) {
        *byte = [
            b'0', b'9', b'1', b' ', b'=', b'\n', 0, 0xff, b'.', b'/', b'-', b'%',
        ][dice.roll(12)];
    }
}

/// Makes the checksums right, so that the reader gets past the headers.
pub fn fix_checksums(bytes: &mut [u8]) {
    for block in bytes
        .chunks_exact_mut(BLOCK)
        .filter(|block| block[257..262] == *b"ustar")
    {
        checksum(block);
    }
}

/// The result, or `None` where the archive was refused with an error.
pub fn accepted<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains(' '), "an error in words: {error:?}");
            assert!(
                !message.contains("thread"),
                "a thread of the reader panicked: {error:?}"
            );
            None
        }
    }
}
