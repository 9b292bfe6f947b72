//! The client's side of an attachment: it passes on what the pod's apps write, and its own input.

use std::fs::File;
use std::io::Read;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, Result};

use super::message::{FromClient, Greeting, PIECE, Stream, ToClient};
use crate::{named_socket, transfer};

/// A connection to a pod's init.
pub struct Client(OwnedFd);

/// How a client relays the streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct RelayOptions {
    /// Whether standard input goes to the app.
    pub input: bool,
    /// Whether a line ends with carriage return and newline: the terminal is raw.
    pub carriage_returns: bool,
}

/// How an attachment ended.
#[derive(Debug, Default)]
pub struct Outcome {
    output: Option<Errno>,
    error: Option<Errno>,
    /// The reason why the pod's init refused the connection.
    pub refused: Option<String>,
}

impl Outcome {
    /// The standard stream that could not be written, and the error. It is no error if the stream's
    /// reader has closed it.
    pub fn unwritten(&self) -> Option<(&'static str, Errno)> {
        let failed = |name, errno: Option<Errno>| {
            errno
                .filter(|errno| *errno != Errno::PIPE)
                .map(|errno| (name, errno))
        };
        failed("standard output", self.output).or(failed("standard error", self.error))
    }
}

impl Client {
    /// Connects to the init of the pod at `directory` and sends `greeting`. `ECONNREFUSED` or
    /// `ENOENT` where no init listens.
    pub fn connect(directory: &Path, greeting: &Greeting<'_>, attached: &[BorrowedFd<'_>]) -> Result<Self> {
        let socket = named_socket::connect(directory, super::SOCKET)?;
        transfer::send(&socket, &greeting.bytes(), attached)?;
        Ok(Self(socket))
    }

    /// A connection whose greeting is already sent, and the other side, which a pod's init gets
    /// later.
    pub fn pair(greeting: &Greeting<'_>) -> Result<(Self, OwnedFd)> {
        let (ours, theirs) = transfer::pair()?;
        transfer::send(&ours, &greeting.bytes(), &[])?;
        Ok((Self(ours), theirs))
    }

    /// Tells the pod's init that the client wants nothing more. What was sent already still
    /// arrives, then the end.
    pub fn leave(&self) {
        // If the pod's init is gone, the connection ends by itself.
        let _ = rustix::net::shutdown(&self.0, rustix::net::Shutdown::Write);
    }

    /// Relays until the pod's init ends the attachment or is gone.
    pub fn relay(&self, options: RelayOptions) -> Result<Outcome> {
        let mut relay = Relay {
            client: self,
            options,
            input: Input::new(options.input),
            outcome: Outcome::default(),
        };
        relay.run()?;
        Ok(relay.outcome)
    }
}

impl From<OwnedFd> for Client {
    fn from(socket: OwnedFd) -> Self {
        Self(socket)
    }
}

impl From<Client> for OwnedFd {
    fn from(client: Client) -> Self {
        client.0
    }
}

/// The state of the input from standard input.
enum Input {
    /// More input may follow.
    Open,
    /// A message that waits for room in the socket.
    Waiting(Vec<u8>),
    /// No input was requested, or it has ended.
    Closed,
}

impl Input {
    const fn new(is_requested: bool) -> Self {
        if is_requested { Self::Open } else { Self::Closed }
    }
}

struct Relay<'a> {
    client: &'a Client,
    options: RelayOptions,
    input: Input,
    outcome: Outcome,
}

impl Relay<'_> {
    fn run(&mut self) -> Result<()> {
        let mut space = vec![0; PIECE + 1];
        loop {
            let (readable, input) = self.wait()?;
            if input {
                self.pass_input()?;
            }
            if readable && !self.receive(&mut space)? {
                return Ok(());
            }
        }
    }

    /// Waits; returns whether there is a message, and whether input can be passed on.
    fn wait(&self) -> Result<(bool, bool)> {
        let mut events = PollFlags::IN;
        if matches!(self.input, Input::Waiting(_)) {
            events |= PollFlags::OUT;
        }
        let mut watched = vec![PollFd::new(&self.client.0, events)];
        if matches!(self.input, Input::Open) {
            watched.push(PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN));
        }
        rustix::io::retry_on_intr(|| rustix::event::poll(&mut watched, None))?;
        let socket = watched[0].revents();
        let input = watched.get(1).map_or(socket.contains(PollFlags::OUT), |stdin| {
            !stdin.revents().is_empty()
        });
        Ok((
            socket.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR),
            input,
        ))
    }

    fn pass_input(&mut self) -> Result<()> {
        let message = match std::mem::replace(&mut self.input, Input::Closed) {
            Input::Waiting(message) => message,
            Input::Closed => return Ok(()),
            Input::Open => {
                let mut space = vec![0; PIECE];
                match rustix::io::read(rustix::stdio::stdin(), &mut space) {
                    Ok(0) => FromClient::InputEnd.bytes(),
                    Ok(length) => FromClient::Input(&space[..length]).bytes(),
                    Err(Errno::AGAIN | Errno::INTR) => {
                        self.input = Input::Open;
                        return Ok(());
                    }
                    // Input that cannot be read counts as ended.
                    Err(_) => FromClient::InputEnd.bytes(),
                }
            }
        };
        let at_end = matches!(FromClient::parse(&message), Ok(FromClient::InputEnd));
        match transfer::send_now(&self.client.0, &[std::io::IoSlice::new(&message)], &[]) {
            Ok(()) if at_end => {}
            Ok(()) => self.input = Input::Open,
            Err(Errno::AGAIN) => self.input = Input::Waiting(message),
            // The peer is gone; the messages that it sent before are still to be read.
            Err(_) => {}
        }
        Ok(())
    }

    /// Receives a message; returns whether another may follow.
    fn receive(&mut self, space: &mut [u8]) -> Result<bool> {
        let (length, attached) = match transfer::receive_now(&self.client.0, space) {
            Ok((0, _)) => return Ok(false),
            // The peer has closed without reading all of our input; the messages that it sent
            // before come next.
            Err(Errno::AGAIN | Errno::CONNRESET) => return Ok(true),
            received => received?,
        };
        let (kind, content) = ToClient::parse(&space[..length])?;
        if kind != ToClient::End {
            return Ok(self.act(kind, content));
        }
        for file in attached {
            self.read_rest(File::from(file))
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        }
        Ok(false)
    }

    fn read_rest(&mut self, mut file: File) -> std::io::Result<()> {
        std::io::Seek::rewind(&mut file)?;
        let mut length = [0; size_of::<u32>()];
        let mut message = Vec::new();
        while file.read_exact(&mut length).is_ok() {
            message.resize(u32::from_ne_bytes(length) as usize, 0);
            file.read_exact(&mut message)?;
            let (kind, content) = ToClient::parse(&message)?;
            self.act(kind, content);
        }
        Ok(())
    }

    fn act(&mut self, kind: ToClient, content: &[u8]) -> bool {
        match kind {
            ToClient::Wrote(stream) => self.write(stream, content),
            ToClient::Note => self.write(Stream::Error, &[content, b"\n"].concat()),
            ToClient::Skipped => {
                let bytes = String::from_utf8_lossy(content);
                let line = format!("warning: {bytes} bytes were skipped: they were not read in time\n");
                self.write(Stream::Error, line.as_bytes());
            }
            ToClient::Refused => {
                self.outcome.refused = Some(String::from_utf8_lossy(content).into_owned());
                return false;
            }
            ToClient::End => return false,
        }
        true
    }

    /// Writes all of `bytes`, unless an earlier write has failed.
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let (fd, failed) = match stream {
            Stream::Output => (rustix::stdio::stdout(), &mut self.outcome.output),
            Stream::Error => (rustix::stdio::stderr(), &mut self.outcome.error),
        };
        if failed.is_some() {
            return;
        }
        let written = if self.options.carriage_returns {
            write_all(fd, &with_carriage_returns(bytes))
        } else {
            write_all(fd, bytes)
        };
        *failed = written.err();
    }
}

fn write_all(fd: BorrowedFd<'_>, mut rest: &[u8]) -> Result<()> {
    while !rest.is_empty() {
        match rustix::io::write(fd, rest) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut room = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
                rustix::io::retry_on_intr(|| rustix::event::poll(&mut room, None))?;
            }
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

fn with_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut converted = Vec::with_capacity(bytes.len() + 16);
    for byte in bytes {
        if *byte == b'\n' {
            converted.push(b'\r');
        }
        converted.push(*byte);
    }
    converted
}
