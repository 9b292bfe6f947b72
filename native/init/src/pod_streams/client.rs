//! A client attached to the pod.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use appc_kernel::attachment::{FromClient, PIECE, Stream, ToClient, send_to_client};
use appc_kernel::transfer;
use rustix::event::{PollFd, PollFlags};
use rustix::fs::MemfdFlags;
use rustix::io::Errno;

use super::input::Input;
use super::{has_room, send_message};

/// A client that may lose data stops blocking the apps after reading nothing for this time.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// When a piece is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The pod runs: the client has room.
    Running,
    /// The pod ends: what does not fit is put into a file.
    Last,
}

/// The destination of the client's input.
enum Feeding {
    Nobody,
    /// This app, which has not started yet.
    Later(String),
    App(String),
}

/// A connection of an attached client.
pub struct Client {
    socket: OwnedFd,
    /// The only app it requested; empty: all apps.
    app: String,
    output: bool,
    lossless: bool,
    input: Feeding,
    /// The time since when there has been no room for a piece.
    full: Option<Instant>,
    /// The number of bytes skipped since the client was full for too long; `None` while it has
    /// room.
    skipped: Option<u64>,
    /// The content of the file.
    rest: Vec<u8>,
    is_closed: bool,
    /// The client has closed the connection, but its messages wait for room.
    hung_up: bool,
}

impl Client {
    /// A client that gets what `app` writes (empty: all apps), if it requests `output`.
    pub fn new(socket: OwnedFd, app: &str, output: bool, lossless: bool) -> Self {
        Self {
            socket,
            app: app.to_owned(),
            output,
            lossless,
            input: Feeding::Nobody,
            full: None,
            skipped: None,
            rest: Vec::new(),
            is_closed: false,
            hung_up: false,
        }
    }

    /// From now on the client's input goes to its app or, if it named none, to the only app that
    /// accepts input. Returns whether there is one.
    pub fn take_input(&mut self, inputs: &[Input]) -> bool {
        let mut takers = inputs
            .iter()
            .filter(|input| self.app.is_empty() || input.app == self.app);
        self.input = match (takers.next(), takers.next()) {
            (Some(only), None) => Feeding::App(only.app.clone()),
            // The launcher attaches before the apps start.
            _ if self.lossless => Feeding::Later(self.app.clone()),
            _ => return false,
        };
        true
    }

    /// Handles the start of an app that accepts input.
    pub fn app_takes_input(&mut self, app: &str) {
        if matches!(&self.input, Feeding::Later(name) if name == app) {
            self.input = Feeding::App(app.to_owned());
        }
    }

    /// Whether it requested only this app, and so ends with it. The launcher stays until the pod
    /// ends.
    pub fn asked_for(&self, app: &str) -> bool {
        !self.lossless && !app.is_empty() && self.app == app
    }

    /// Ends the connection of a client whose request cannot be fulfilled.
    pub fn refuse(self, problem: &str) {
        let subject = if self.app.is_empty() {
            "pod".to_owned()
        } else {
            format!("app {}", self.app)
        };
        send_message(
            &self.socket,
            ToClient::Refused,
            format!("{subject}: {problem}").as_bytes(),
        );
    }

    fn feeds(&self, input: &Input) -> bool {
        matches!(&self.input, Feeding::App(app) if *app == input.app)
    }

    /// Whether its messages must wait.
    fn is_busy(&self, inputs: &[Input]) -> bool {
        let full = inputs.iter().any(|input| input.is_full() && self.feeds(input));
        full || matches!(self.input, Feeding::Later(_))
    }

    /// Whether it gets what this app writes.
    pub fn reads(&self, app: &str) -> bool {
        self.output && !self.is_closed && (self.app.is_empty() || self.app == app)
    }

    /// The descriptor to wait for.
    pub fn watched(&self, inputs: &[Input]) -> Option<PollFd<'_>> {
        let mut events = PollFlags::empty();
        let busy = self.is_busy(inputs);
        if !busy {
            events |= PollFlags::IN;
        }
        if self.full.is_some() {
            events |= PollFlags::OUT;
        }
        // A closed connection would be reported again and again.
        (!(self.hung_up && busy)).then(|| PollFd::new(&self.socket, events))
    }

    /// Records the events of its connection.
    pub fn update(&mut self, events: PollFlags) {
        if events.contains(PollFlags::OUT) {
            self.full = None;
            self.tell_skipped();
        }
        self.hung_up |= events.intersects(PollFlags::HUP | PollFlags::ERR);
    }

    /// Stops waiting for it if it is time to.
    pub fn check_timeout(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.skipped = Some(0);
        }
    }

    fn tell_skipped(&mut self) {
        if let Some(skipped) = self.skipped.take().filter(|skipped| *skipped > 0) {
            send_message(&self.socket, ToClient::Skipped, skipped.to_string().as_bytes());
        }
    }

    /// The time at which it stops blocking the apps.
    pub fn deadline(&self) -> Option<Instant> {
        self.full
            .filter(|_| !self.lossless && self.skipped.is_none())
            .map(|since| since + MAX_WAIT)
    }

    /// Whether it has no room, and the apps wait for it.
    pub fn holds_up(&self) -> bool {
        self.full.is_some() && self.skipped.is_none()
    }

    /// Whether a piece can be sent now; if not, marks the client as full.
    pub fn can_take(&mut self, now: Instant) -> bool {
        if self.skipped.is_some() || has_room(self.socket.as_fd()) {
            return true;
        }
        self.full.get_or_insert(now);
        false
    }

    /// Sends a piece of a stream.
    pub fn send(&mut self, stream: Stream, bytes: &[u8], when: When) {
        if when == When::Last && (!self.rest.is_empty() || !has_room(self.socket.as_fd())) {
            return ToClient::Wrote(stream).append(bytes, &mut self.rest);
        }
        if let Some(skipped) = &mut self.skipped {
            *skipped += bytes.len() as u64;
            return;
        }
        match send_to_client(&self.socket, ToClient::Wrote(stream), bytes, &[]) {
            Err(Errno::MSGSIZE) if bytes.len() > 1 => {
                let (first, second) = bytes.split_at(bytes.len() / 2);
                self.send(stream, first, when);
                self.send(stream, second, when);
            }
            // The client reads no more.
            Err(_) => self.is_closed = true,
            Ok(()) => {}
        }
    }

    /// Sends a line for the operator. There is room for one, unless the client has left many
    /// unread.
    pub fn note(&mut self, line: &[u8]) {
        send_message(&self.socket, ToClient::Note, line);
    }

    /// Ends the connection; passes on what found no room.
    pub fn end(&mut self) {
        self.tell_skipped();
        let file = Some(&self.rest)
            .filter(|rest| !rest.is_empty())
            .and_then(|rest| file_of(rest).ok());
        let attached: Vec<_> = file.iter().map(AsFd::as_fd).collect();
        let _ = send_to_client(&self.socket, ToClient::End, &[], &attached);
        self.is_closed = true;
    }

    /// Whether the connection is closed and nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.is_closed
    }

    /// Receives its messages.
    pub fn receive(&mut self, inputs: &mut [Input]) {
        let mut space = Vec::new();
        while !self.is_closed && !self.is_busy(inputs) {
            space.resize(PIECE + 1, 0);
            match transfer::receive_now(&self.socket, &mut space) {
                Err(Errno::AGAIN) => return,
                Ok((0, _)) | Err(_) => self.is_closed = true,
                Ok((length, _)) => {
                    let input = inputs.iter_mut().find(|input| self.feeds(input));
                    match (FromClient::parse(&space[..length]), input) {
                        (Ok(FromClient::Input(bytes)), Some(input)) => input.push(bytes),
                        (Ok(FromClient::InputEnd), Some(input)) => input.end(),
                        // Its app has ended, or accepts no input.
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Creates a file in memory.
fn file_of(content: &[u8]) -> std::io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create("appc-rest", MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    Ok(file.into())
}
