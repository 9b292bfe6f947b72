//! Messages as a whole: encrypted, decrypted, changed and cut off.

use appc_message::{Error, Sealing, decrypt, derive};
use std::io::{self, Read};

const PASSPHRASE: &[u8] = b"correct horse";

fn sealed(content: &[u8]) -> Vec<u8> {
    let mut sealing = Sealing::new(PASSPHRASE).unwrap();
    let mut message = Vec::new();
    for piece in content.chunks(10_000) {
        sealing.update(piece);
        message.append(&mut sealing.take());
    }
    message.append(&mut sealing.finish());
    message
}

fn opened(message: &[u8]) -> appc_message::Result<Vec<u8>> {
    let mut content = Vec::new();
    decrypt(message, &mut content, PASSPHRASE, u64::MAX, |_| ())?;
    Ok(content)
}

#[test]
fn what_is_sealed_is_opened() {
    for length in [0, 1, 15, 16, 17, 22, 65_535, 65_536, 65_537, 300_000] {
        let content: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
        assert_eq!(opened(&sealed(&content)).unwrap(), content, "{length} bytes");
    }
}

#[test]
fn no_part_of_a_message_is_a_message() {
    let message = sealed(&[7; 100]);
    // The packet with the key ends at byte 48: a message that is cut off before it needs no key
    // derivation, which is slow.
    for length in (0..40).chain(message.len() - 30..message.len()) {
        let error = opened(&message[..length]).unwrap_err();
        assert!(matches!(error, Error::Broken(_)), "{length} bytes: {error}");
    }
}

#[test]
fn a_message_with_a_changed_byte_is_refused() {
    let message = sealed(&[7; 20]);
    for at in 40..message.len() {
        let mut changed = message.clone();
        changed[at] ^= 0x10;
        assert!(opened(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_message_ends_where_it_grows_beyond_its_limit() {
    let message = sealed(&[7; 1000]);
    let error = decrypt(&message[..], io::sink(), PASSPHRASE, 999, |_| ()).unwrap_err();
    assert!(matches!(error, Error::Size), "{error}");
    decrypt(&message[..], io::sink(), PASSPHRASE, 1000, |_| ()).unwrap();
}

#[test]
fn a_reader_that_gives_single_bytes_gives_the_same() {
    struct Slow<'a>(&'a [u8]);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }
    let content = vec![7; 70_000];
    let message = sealed(&content);
    let mut out = Vec::new();
    decrypt(Slow(&message), &mut out, PASSPHRASE, u64::MAX, |_| ()).unwrap();
    assert_eq!(out, content);
}

#[test]
fn reading_is_reported_byte_by_byte() {
    let message = sealed(&[7; 200_000]);
    let mut reported = Vec::new();
    decrypt(&message[..], io::sink(), PASSPHRASE, u64::MAX, |bytes| {
        reported.push(bytes)
    })
    .unwrap();
    assert!(reported.is_sorted());
    assert_eq!(reported.last(), Some(&(message.len() as u64)));
}

#[test]
fn a_key_is_derived_only_with_a_known_specifier() {
    let simple = derive(&[0, 2], b"password", 32).unwrap();
    // The digest of "password", and that of a zero byte and "password".
    assert_eq!(simple[..4], [0x5b, 0xaa, 0x61, 0xe4]);
    assert_eq!(simple.len(), 32);
    assert!(matches!(derive(&[0, 99], b"x", 16), Err(Error::Broken(_))));
    assert!(matches!(derive(&[3, 8, 1], b"x", 16), Err(Error::Broken(_))));
    assert!(matches!(derive(&[], b"x", 16), Err(Error::Broken(_))));
}

#[test]
fn deriving_a_key_takes_no_more_memory_than_allowed() {
    let mut specifier = vec![4];
    specifier.extend([1; 16]);
    for [passes, lanes, memory] in [
        [1, 1, 20],
        [255, 1, 16],
        [1, 1, 255],
        [0, 1, 10],
        [1, 0, 10],
        [1, 200, 4],
    ] {
        let mut specifier = specifier.clone();
        specifier.extend([passes, lanes, memory]);
        let error = derive(&specifier, b"x", 16).unwrap_err();
        assert!(
            matches!(error, Error::Broken(_)),
            "{passes} {lanes} {memory}: {error}"
        );
    }
    specifier.extend([1, 1, 10]);
    assert_eq!(derive(&specifier, b"x", 16).unwrap().len(), 16);
}
