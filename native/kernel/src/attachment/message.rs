//! The messages between a pod's init and its clients. The first byte is the kind, the rest is the
//! content.

use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::{Errno, Result};

use crate::transfer;

/// Maximum number of a stream's bytes in one message. A socket's default buffer has room for three
/// such messages.
pub const PIECE: usize = 32 << 10;

/// A standard stream that an app writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// A message from the pod's init to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToClient {
    /// An app wrote these bytes.
    Wrote(Stream),
    /// A line of appc itself for the operator.
    Note,
    /// This number of bytes (decimal) was not sent, because the client read nothing for too long.
    Skipped,
    /// The end. Where the client's buffer had no room for the last bytes, a file with them is
    /// attached. The file holds [`ToClient`] messages, each preceded by its length as 32 bits in
    /// this machine's byte order.
    End,
    /// The init refuses the connection for this reason and closes it.
    Refused,
}

impl ToClient {
    const fn code(self) -> u8 {
        match self {
            Self::Wrote(Stream::Output) => b'o',
            Self::Wrote(Stream::Error) => b'e',
            Self::Note => b'n',
            Self::Skipped => b's',
            Self::End => b'z',
            Self::Refused => b'r',
        }
    }

    /// Splits a message into its kind and its content. `EPROTO` where the kind is unknown.
    pub fn parse(message: &[u8]) -> Result<(Self, &[u8])> {
        const ALL: [ToClient; 6] = [
            ToClient::Wrote(Stream::Output),
            ToClient::Wrote(Stream::Error),
            ToClient::Note,
            ToClient::Skipped,
            ToClient::End,
            ToClient::Refused,
        ];
        let (code, content) = message.split_first().ok_or(Errno::PROTO)?;
        let kind = ALL
            .into_iter()
            .find(|kind| kind.code() == *code)
            .ok_or(Errno::PROTO)?;
        Ok((kind, content))
    }

    /// Appends the message to the content of the file that is attached to [`ToClient::End`].
    pub fn append(self, content: &[u8], file: &mut Vec<u8>) {
        file.extend((content.len() as u32 + 1).to_ne_bytes());
        file.push(self.code());
        file.extend(content);
    }
}

/// Sends a message without waiting: `EAGAIN` where the client's buffer has no room.
pub fn send_to_client(
    socket: impl AsFd,
    kind: ToClient,
    content: &[u8],
    attached: &[BorrowedFd<'_>],
) -> Result<()> {
    transfer::send_now(
        socket,
        &[IoSlice::new(&[kind.code()]), IoSlice::new(content)],
        attached,
    )
}

/// The first message on a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Greeting<'a> {
    /// A client attaches itself.
    Attach {
        /// The only app whose streams the client wants; empty: all apps.
        app: &'a str,
        /// Whether the client wants the output of the apps; it gets notes in any case.
        output: bool,
        /// Whether the client sends input, to the app `app`.
        input: bool,
        /// Whether output waits until the client reads it, which blocks the apps. Otherwise the
        /// init skips output after a while.
        lossless: bool,
    },
    /// The streams of a new process of an app: the app itself or an event handler. Attached are the
    /// reading ends of its output and error, and the writing end of its input if it has one.
    Streams(StreamOwner<'a>),
    /// A line for all clients.
    Note(&'a [u8]),
}

/// The owner of streams.
#[derive(Debug, PartialEq, Eq)]
pub struct StreamOwner<'a> {
    /// The app's name.
    pub app: &'a str,
    /// The fields of each of its journal entries, in journald's native format.
    pub fields: &'a [u8],
}

const OUTPUT: u8 = 1;
const INPUT: u8 = 2;
const LOSSLESS: u8 = 4;

impl<'a> Greeting<'a> {
    /// Encodes the message.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Attach {
                app,
                output,
                input,
                lossless,
            } => {
                let flag = |is, flag| if is { flag } else { 0 };
                let flags = flag(*output, OUTPUT) | flag(*input, INPUT) | flag(*lossless, LOSSLESS);
                [&[b'a', flags], app.as_bytes()].concat()
            }
            Self::Streams(StreamOwner { app, fields }) => [b"s", app.as_bytes(), b"\0", fields].concat(),
            Self::Note(line) => [b"n", *line].concat(),
        }
    }

    /// Parses a greeting. `EPROTO` where the message is none.
    pub fn parse(message: &'a [u8]) -> Result<Self> {
        let name = |bytes| std::str::from_utf8(bytes).map_err(|_| Errno::PROTO);
        match message {
            [b'a', flags, app @ ..] => Ok(Self::Attach {
                app: name(app)?,
                output: flags & OUTPUT != 0,
                input: flags & INPUT != 0,
                lossless: flags & LOSSLESS != 0,
            }),
            [b's', rest @ ..] => {
                let end = rest.iter().position(|byte| *byte == 0).ok_or(Errno::PROTO)?;
                Ok(Self::Streams(StreamOwner {
                    app: name(&rest[..end])?,
                    fields: &rest[end + 1..],
                }))
            }
            [b'n', line @ ..] => Ok(Self::Note(line)),
            _ => Err(Errno::PROTO),
        }
    }
}

/// A message from an attached client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromClient<'a> {
    /// Bytes for the app's standard input.
    Input(&'a [u8]),
    /// The input has ended.
    InputEnd,
}

impl<'a> FromClient<'a> {
    /// Encodes the message.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Input(bytes) => [b"i", bytes].concat(),
            Self::InputEnd => b"z".to_vec(),
        }
    }

    /// Parses a message. `EPROTO` where the kind is unknown.
    pub fn parse(message: &'a [u8]) -> Result<Self> {
        match message {
            [b'i', bytes @ ..] => Ok(Self::Input(bytes)),
            [b'z'] => Ok(Self::InputEnd),
            _ => Err(Errno::PROTO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_comes_back_as_it_was() {
        let streams = StreamOwner {
            app: "web",
            fields: b"A=1\nB=2\n",
        };
        let attach = Greeting::Attach {
            app: "",
            output: true,
            input: false,
            lossless: true,
        };
        for greeting in [attach, Greeting::Streams(streams), Greeting::Note(b"a line")] {
            assert_eq!(Greeting::parse(&greeting.bytes()), Ok(greeting));
        }
    }

    #[test]
    fn input_comes_back_as_it_was() {
        for sent in [FromClient::Input(b"bytes\xff"), FromClient::InputEnd] {
            assert_eq!(FromClient::parse(&sent.bytes()), Ok(sent));
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for message in [&b""[..], b"x", b"a", b"s", b"sweb", b"a\x01\xff"] {
            assert_eq!(Greeting::parse(message), Err(Errno::PROTO), "{message:?}");
        }
        for message in [&b""[..], b"x", b"zz"] {
            assert_eq!(FromClient::parse(message), Err(Errno::PROTO), "{message:?}");
            assert_eq!(
                ToClient::parse(&message[..message.len().min(1)]).is_err(),
                message != b"zz"
            );
        }
    }
}
