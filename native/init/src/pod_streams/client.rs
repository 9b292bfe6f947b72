//! One who is attached to the pod.

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
use super::{has_room, tell};

/// A client that may lose something and reads nothing for so long does not hold the apps up any more.
const PATIENCE: Duration = Duration::from_secs(2);

/// When a piece is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The pod runs: there is room.
    Running,
    /// The pod ends: what has no room is put into a file.
    Last,
}

/// Where its input goes.
enum Feeding {
    Nobody,
    /// To this app, which is yet to start.
    Later(String),
    App(String),
}

/// A connection that has attached itself.
pub struct Client {
    socket: OwnedFd,
    /// The only app it asked for; empty: all.
    app: String,
    output: bool,
    lossless: bool,
    input: Feeding,
    /// Since when there has been no room for a piece.
    full: Option<Instant>,
    /// It was full for too long: bytes it did not get are counted.
    skipped: Option<u64>,
    /// What goes into the file.
    rest: Vec<u8>,
    gone: bool,
    /// It is gone, but what it sent waits until there is room.
    hung_up: bool,
}

impl Client {
    /// A client that gets what `app` writes (empty: all apps) where it asks for `output`.
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
            gone: false,
            hung_up: false,
        }
    }

    /// From now on its input goes to its app, or where it named none, to the only app that takes any; tells whether there is one.
    pub fn take_input(&mut self, inputs: &[Input]) -> bool {
        let mut takers = inputs
            .iter()
            .filter(|input| self.app.is_empty() || input.app == self.app);
        self.input = match (takers.next(), takers.next()) {
            (Some(only), None) => Feeding::App(only.app.clone()),
            // The launcher attaches itself before there are apps.
            _ if self.lossless => Feeding::Later(self.app.clone()),
            _ => return false,
        };
        true
    }

    /// An app has started that takes input.
    pub fn app_takes_input(&mut self, app: &str) {
        if matches!(&self.input, Feeding::Later(name) if name == app) {
            self.input = Feeding::App(app.to_owned());
        }
    }

    /// Tells whether it is there for that app alone, and goes with it. The launcher stays until the pod ends.
    pub fn asked_for(&self, app: &str) -> bool {
        !self.lossless && !app.is_empty() && self.app == app
    }

    /// Ends the connection of a client that cannot have what it asks for.
    pub fn refuse(self, problem: &str) {
        let subject = if self.app.is_empty() {
            "pod".to_owned()
        } else {
            format!("app {}", self.app)
        };
        tell(
            &self.socket,
            ToClient::Refused,
            format!("{subject}: {problem}").as_bytes(),
        );
    }

    fn feeds(&self, input: &Input) -> bool {
        matches!(&self.input, Feeding::App(app) if *app == input.app)
    }

    /// Tells whether what it sends has to wait.
    fn is_busy(&self, inputs: &[Input]) -> bool {
        let full = inputs.iter().any(|input| input.is_full() && self.feeds(input));
        full || matches!(self.input, Feeding::Later(_))
    }

    /// Tells whether it gets what that app writes.
    pub fn reads(&self, app: &str) -> bool {
        self.output && !self.gone && (self.app.is_empty() || self.app == app)
    }

    /// What is to be waited for.
    pub fn watched(&self, inputs: &[Input]) -> Option<PollFd<'_>> {
        let mut events = PollFlags::empty();
        let busy = self.is_busy(inputs);
        if !busy {
            events |= PollFlags::IN;
        }
        if self.full.is_some() {
            events |= PollFlags::OUT;
        }
        // That it is gone would be told again and again.
        (!(self.hung_up && busy)).then(|| PollFd::new(&self.socket, events))
    }

    /// Takes note of what has happened to its connection.
    pub fn update(&mut self, events: PollFlags) {
        if events.contains(PollFlags::OUT) {
            self.full = None;
            self.tell_skipped();
        }
        self.hung_up |= events.intersects(PollFlags::HUP | PollFlags::ERR);
    }

    /// Stops to wait for it where it is time to.
    pub fn check_patience(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.skipped = Some(0);
        }
    }

    fn tell_skipped(&mut self) {
        if let Some(skipped) = self.skipped.take().filter(|skipped| *skipped > 0) {
            tell(&self.socket, ToClient::Skipped, skipped.to_string().as_bytes());
        }
    }

    /// When it stops to hold the apps up.
    pub fn deadline(&self) -> Option<Instant> {
        self.full
            .filter(|_| !self.lossless && self.skipped.is_none())
            .map(|since| since + PATIENCE)
    }

    /// Tells whether it has no room, and the apps wait for it.
    pub fn holds_up(&self) -> bool {
        self.full.is_some() && self.skipped.is_none()
    }

    /// Tells whether a piece can be sent now; where not, it is full from now on.
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
            // Nobody reads it.
            Err(_) => self.gone = true,
            Ok(()) => {}
        }
    }

    /// A line for the operator. There is always room for one, unless the client has read none of many.
    pub fn note(&mut self, line: &[u8]) {
        tell(&self.socket, ToClient::Note, line);
    }

    /// It is over, and what has found no room is handed over.
    pub fn end(&mut self) {
        self.tell_skipped();
        let file = Some(&self.rest)
            .filter(|rest| !rest.is_empty())
            .and_then(|rest| file_of(rest).ok());
        let attached: Vec<_> = file.iter().map(AsFd::as_fd).collect();
        let _ = send_to_client(&self.socket, ToClient::End, &[], &attached);
        self.gone = true;
    }

    /// Tells whether nothing more is to be done for it.
    pub fn is_over(&self) -> bool {
        self.gone
    }

    /// Takes what it has sent.
    pub fn receive(&mut self, inputs: &mut [Input]) {
        let mut space = Vec::new();
        while !self.gone && !self.is_busy(inputs) {
            space.resize(PIECE + 1, 0);
            match transfer::receive_now(&self.socket, &mut space) {
                Err(Errno::AGAIN) => return,
                Ok((0, _)) | Err(_) => self.gone = true,
                Ok((length, _)) => {
                    let input = inputs.iter_mut().find(|input| self.feeds(input));
                    match (FromClient::parse(&space[..length]), input) {
                        (Ok(FromClient::Input(bytes)), Some(input)) => input.take(bytes),
                        (Ok(FromClient::InputEnd), Some(input)) => input.end(),
                        // Its app has ended, or takes no input.
                        _ => {}
                    }
                }
            }
        }
    }
}

/// A file in memory.
fn file_of(content: &[u8]) -> std::io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create("appc-rest", MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    Ok(file.into())
}
