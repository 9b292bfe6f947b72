//! Parser for what a D-Bus server sends over a stream socket: a greeting line, then messages (D-Bus
//! Specification, Authentication Protocol and Message Format).

use rustix::io::{Errno, Result};

/// Length of the fixed part of a message header, before the header fields.
const FIXED_BYTES: usize = 16;

/// The first byte of a message whose numbers are little-endian.
const LITTLE_ENDIAN: u8 = b'l';

/// The message type of a signal, the only type that is not an answer to a call.
const SIGNAL: u8 = 4;

/// The maximum message length of the specification; a greeting line is much shorter.
const MAX_BYTES: usize = 128 << 20;
const MAX_LINE_BYTES: usize = 1 << 12;

/// Splits the bytes that were read into messages.
#[derive(Default)]
pub struct BusStream {
    unread: Vec<u8>,
    greeted: bool,
}

impl BusStream {
    /// Adds the bytes that were read next. Returns the complete messages so far, the greeting line
    /// first, concatenated. Signals are returned only if they contain one of `words`: systemd sends
    /// signals about all units to every connection, and while many pods start they are many times
    /// more than one connection needs.
    ///
    /// `EBADMSG` where the bytes cannot be a message of a server on this machine.
    pub fn push(&mut self, piece: &[u8], words: &[Vec<u8>]) -> Result<Vec<u8>> {
        self.unread.extend_from_slice(piece);
        let mut complete = Vec::new();
        let mut at = 0;
        if !self.greeted {
            let Some(end) = find(&self.unread, b"\r\n") else {
                let fits = self.unread.len() <= MAX_LINE_BYTES;
                return if fits { Ok(complete) } else { Err(Errno::BADMSG) };
            };
            at = end + 2;
            complete.extend_from_slice(&self.unread[..at]);
            self.greeted = true;
        }
        while let Some(length) = length(&self.unread[at..])? {
            let Some(message) = self.unread.get(at..at + length) else {
                break;
            };
            if message[1] != SIGNAL || words.iter().any(|word| find(message, word).is_some()) {
                complete.extend_from_slice(message);
            }
            at += length;
        }
        self.unread.drain(..at);
        Ok(complete)
    }
}

/// The length of the message at the start of `bytes`; `None` if the header is not complete yet.
fn length(bytes: &[u8]) -> Result<Option<usize>> {
    let Some(header) = bytes.first_chunk::<FIXED_BYTES>() else {
        return Ok(None);
    };
    if header[0] != LITTLE_ENDIAN {
        return Err(Errno::BADMSG);
    }
    let number = |at: usize| {
        let [a, b, c, d] = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        u32::from_le_bytes([a, b, c, d]) as usize
    };
    let (body, fields) = (number(4), number(12));
    let length = (FIXED_BYTES + fields).next_multiple_of(8) + body;
    if length > MAX_BYTES {
        return Err(Errno::BADMSG);
    }
    Ok(Some(length))
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let first = word.first()?;
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| byte == first) {
        at += next;
        if bytes[at..].starts_with(word) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::BusStream;
    use rustix::io::Errno;

    /// A message of the type `kind`: fields of 5 bytes, padded to 8, then the body.
    fn message(kind: u8, body: &str) -> Vec<u8> {
        let mut bytes = vec![b'l', kind, 0, 1];
        for number in [body.len() as u32, 1, 5] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(body.as_bytes());
        bytes
    }

    fn words() -> Vec<Vec<u8>> {
        vec![b"appc-one".to_vec(), b"Reloading".to_vec()]
    }

    #[test]
    fn greeting_and_messages_are_given_whole_however_they_come() {
        let (answer, signal) = (message(2, "answer"), message(4, "about appc-one.service"));
        let sent = [b"OK 0123\r\n".to_vec(), answer, signal].concat();
        for size in 1..=sent.len() {
            let mut stream = BusStream::default();
            let returned: Vec<Vec<u8>> = sent
                .chunks(size)
                .map(|piece| stream.push(piece, &words()).expect("takes it"))
                .collect();
            assert_eq!(returned.concat(), sent, "in pieces of {size}");
        }
    }

    #[test]
    fn signals_about_others_are_left_out() {
        let mut stream = BusStream::default();
        assert_eq!(stream.push(b"OK\r\n", &[]), Ok(b"OK\r\n".to_vec()));
        let sent = [message(4, "appc-other"), message(4, ""), message(3, "appc-other")].concat();
        assert_eq!(stream.push(&sent, &words()), Ok(message(3, "appc-other")));
        assert_eq!(stream.push(&message(4, "appc-one"), &[]), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let mut big_endian = message(4, "");
        big_endian[0] = b'B';
        let mut huge = message(4, "");
        huge[7] = 0xff;
        for sent in [big_endian, huge] {
            let mut stream = BusStream::default();
            let sent = [b"OK\r\n".to_vec(), sent].concat();
            assert_eq!(stream.push(&sent, &words()), Err(Errno::BADMSG));
        }
        let mut stream = BusStream::default();
        assert_eq!(stream.push(&[b'x'; 5000], &[]), Err(Errno::BADMSG));
    }
}
