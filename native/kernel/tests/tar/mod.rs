//! Tars built by hand.
#![allow(dead_code, reason = "not every test needs all of it")]

pub const BLOCK: usize = 512;

pub fn checksum(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

pub fn entry(path: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
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

/// A pax record; its length includes the length field.
pub fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let length = (rest..)
        .find(|length| length.to_string().len() + rest == *length)
        .unwrap();
    format!("{length} {key}={value}\n").into_bytes()
}

/// An image with an entry of most kinds.
pub fn tar() -> Vec<u8> {
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
