//! The messages between a pod's init and those who connect to it. The first byte tells the kind, the rest is its content.

use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::{Errno, Result};

use crate::transfer;

/// The most bytes of a stream in one message. A socket's usual buffer takes three such messages.
pub const PIECE: usize = 32 << 10;

/// A standard stream of an app that it writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// What the pod's init tells a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToClient {
    /// An app wrote these bytes.
    Wrote(Stream),
    /// A line for the operator, in our own words.
    Note,
    /// So many bytes (a decimal number) were not sent, because the client read nothing for too long.
    Skipped,
    /// The end. Where the client's buffer had no room for the last bytes, a file with them is attached: [`ToClient`] messages, each
    /// after its length as 32 bits of this machine.
    End,
    /// The connection is refused, for this reason; it ends.
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

    /// The kind of a message, and its content. `EPROTO` where it is none.
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

    /// Appends the message to the content of the file that goes with [`ToClient::End`].
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
        /// The only app it asks for; empty: all.
        app: &'a str,
        /// It wants what the apps write; notes come in any case.
        output: bool,
        /// It sends input, to the app that is named.
        input: bool,
        /// Whatever it does not read in time waits for it: the apps are held up. Otherwise it is skipped after a while.
        lossless: bool,
    },
    /// The streams of a new process of an app, the app itself or an event handler. Attached are the reading ends of its output and its error, and the writing end of
    /// its input, where it has one.
    Streams(StreamsOf<'a>),
    /// A line for all clients.
    Note(&'a [u8]),
}

/// Whose streams they are.
#[derive(Debug, PartialEq, Eq)]
pub struct StreamsOf<'a> {
    /// The app's name.
    pub app: &'a str,
    /// The fields of each of its journal entries, in journald's native format.
    pub fields: &'a [u8],
}

const OUTPUT: u8 = 1;
const INPUT: u8 = 2;
const LOSSLESS: u8 = 4;

impl<'a> Greeting<'a> {
    /// The message.
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
            Self::Streams(StreamsOf { app, fields }) => [b"s", app.as_bytes(), b"\0", fields].concat(),
            Self::Note(line) => [b"n", *line].concat(),
        }
    }

    /// The greeting that a message is. `EPROTO` where it is none.
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
                Ok(Self::Streams(StreamsOf {
                    app: name(&rest[..end])?,
                    fields: &rest[end + 1..],
                }))
            }
            [b'n', line @ ..] => Ok(Self::Note(line)),
            _ => Err(Errno::PROTO),
        }
    }
}

/// What an attached client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromClient<'a> {
    /// Bytes for the app's standard input.
    Input(&'a [u8]),
    /// The input is at its end.
    InputEnd,
}

impl<'a> FromClient<'a> {
    /// The message.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Input(bytes) => [b"i", bytes].concat(),
            Self::InputEnd => b"z".to_vec(),
        }
    }

    /// What a message says. `EPROTO` where it says nothing.
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
        let streams = StreamsOf {
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
