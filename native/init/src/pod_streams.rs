//! What the pod's init does while the pod runs. It reads what the apps write, and passes each piece
//! to all destinations (the journal and the attached clients) before it reads the next one. It
//! buffers nothing beyond this piece: a destination that must not lose data blocks the app, as the
//! reader of any pipe does. No code runs while no data flows.

mod client;
mod input;
mod journal;
mod lines;
mod source;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use appc_kernel::attachment::{Greeting, PIECE, Stream, StreamOwner, ToClient};
use appc_kernel::signals::ExternalSignals;
use appc_kernel::{memory, transfer};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::SocketFlags;

use client::{Client, When};
use input::Input;
use journal::Journal;
use source::{ReadResult, Source};

/// After this time without data, memory is released before the wait continues.
const IDLE_TIME: Duration = Duration::from_millis(300);

/// The streams of a pod and its attached clients.
pub struct PodStreams {
    stop: ExternalSignals,
    listener: OwnedFd,
    /// Connections that have sent nothing yet.
    new: Vec<OwnedFd>,
    clients: Vec<Client>,
    sources: Vec<Source>,
    inputs: Vec<Input>,
    journal: Journal,
}

/// A descriptor for which the init waits.
#[derive(Clone, Copy)]
enum Watched {
    Stop,
    Listener,
    New(usize),
    Client(usize),
    Source(usize),
    Input(usize),
    Journal,
}

/// The events of a wait.
type Events = Vec<(Watched, PollFlags)>;

impl PodStreams {
    /// The streams of a starting pod. `stop` ends it; apps and clients connect at `listener`.
    pub fn new(
        stop: ExternalSignals,
        listener: OwnedFd,
        journal: Option<OwnedFd>,
        launcher: Option<OwnedFd>,
    ) -> Self {
        Self {
            stop,
            listener,
            new: launcher.into_iter().collect(),
            clients: Vec::new(),
            sources: Vec::new(),
            inputs: Vec::new(),
            journal: Journal::new(journal),
        }
    }

    /// Serves until the pod must stop; then passes on everything that was written before.
    pub fn run(&mut self) {
        loop {
            let events = self.wait();
            if events.iter().any(|(watched, _)| matches!(watched, Watched::Stop)) && self.stop.has_arrived() {
                return self.finish();
            }
            self.pass_on(&events);
        }
    }

    fn pass_on(&mut self, events: &Events) {
        let now = Instant::now();
        self.journal.check_timeout(now);
        self.clients
            .iter_mut()
            .for_each(|client| client.check_timeout(now));
        let (mut greeting, mut sent) = (Vec::new(), Vec::new());
        for (watched, events) in events {
            match *watched {
                Watched::Client(index) => {
                    self.clients[index].update(*events);
                    sent.push(index);
                }
                Watched::Input(index) => self.inputs[index].write(*events),
                Watched::Source(index) => {
                    self.sources[index].flow(&mut self.clients, &mut self.journal, now);
                }
                Watched::New(index) => greeting.push(index),
                Watched::Stop | Watched::Listener | Watched::Journal => {}
            }
        }
        for source in self
            .sources
            .iter_mut()
            .filter(|source| source.waits_for_journal())
        {
            source.flow(&mut self.clients, &mut self.journal, now);
        }
        for index in sent {
            self.clients[index].receive(&mut self.inputs);
        }
        // In reverse order, so that the other indexes stay valid.
        let greeting: Vec<OwnedFd> = greeting
            .into_iter()
            .rev()
            .map(|index| self.new.remove(index))
            .collect();
        greeting
            .into_iter()
            .rev()
            .for_each(|socket| self.receive_greeting(socket));
        self.accept();
        self.remove_ended();
        self.tell_losses();
    }

    /// Waits until one of the descriptors is ready.
    fn wait(&self) -> Events {
        let deadline = self.deadline();
        let idle_deadline = Instant::now() + IDLE_TIME;
        if deadline.is_some_and(|deadline| deadline < idle_deadline) {
            return self.wait_with(|watched| poll(watched, deadline));
        }
        let events = self.wait_with(|watched| poll(watched, Some(idle_deadline)));
        if !events.is_empty() {
            return events;
        }
        if deadline.is_some() {
            return self.wait_with(|watched| poll(watched, deadline));
        }
        memory::release_heap();
        self.wait_with(memory::release_program_and_poll)
    }

    /// The time at which there is work to do even without data.
    fn deadline(&self) -> Option<Instant> {
        let clients = self.clients.iter().filter_map(Client::deadline);
        clients.chain(self.journal.deadline()).min()
    }

    fn wait_with(&self, wait: impl FnOnce(&mut [PollFd<'_>])) -> Events {
        let (mut all, mut polled) = (Vec::new(), Vec::new());
        let mut watch = |watched, fd| {
            all.push(watched);
            polled.push(fd);
        };
        watch(Watched::Stop, PollFd::new(&self.stop, PollFlags::IN));
        watch(Watched::Listener, PollFd::new(&self.listener, PollFlags::IN));
        for (index, socket) in self.new.iter().enumerate() {
            watch(Watched::New(index), PollFd::new(socket, PollFlags::IN));
        }
        for (index, client) in self.clients.iter().enumerate() {
            if let Some(fd) = client.watched(&self.inputs) {
                watch(Watched::Client(index), fd);
            }
        }
        for (index, source) in self.sources.iter().enumerate() {
            if let Some(fd) = source.watched(&self.clients) {
                watch(Watched::Source(index), fd);
            }
        }
        for (index, input) in self.inputs.iter().enumerate() {
            watch(Watched::Input(index), input.watched());
        }
        if self.sources.iter().any(Source::waits_for_journal) {
            if let Some(fd) = self.journal.watched() {
                watch(Watched::Journal, fd);
            }
        }
        wait(&mut polled);
        let events = polled.iter().map(PollFd::revents);
        all.into_iter()
            .zip(events)
            .filter(|(_, events)| !events.is_empty())
            .collect()
    }

    /// Accepts the waiting connections.
    fn accept(&mut self) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        while let Ok(socket) = rustix::net::accept_with(&self.listener, flags) {
            if transfer::peer_user(&socket) == Ok(0) {
                self.new.push(socket);
            }
        }
    }

    /// Handles the first message of a connection.
    fn receive_greeting(&mut self, socket: OwnedFd) {
        let mut space = vec![0; PIECE];
        let (length, fds) = match transfer::receive_now(&socket, &mut space) {
            Err(Errno::AGAIN) => return self.new.push(socket),
            received => received.unwrap_or_default(),
        };
        match Greeting::parse(&space[..length]) {
            Ok(Greeting::Attach {
                app,
                output,
                input,
                lossless,
            }) => {
                let mut client = Client::new(socket, app, output, lossless);
                if client.asked_for(app) && !is_running(&self.sources, app) {
                    client.refuse("is not running");
                } else if input && !client.take_input(&self.inputs) {
                    client.refuse("takes no input (appc run --interactive gives it some)");
                } else {
                    self.clients.push(client);
                }
            }
            Ok(Greeting::Streams(owner)) => self.add_streams(&owner, fds),
            Ok(Greeting::Note(line)) => self.clients.iter_mut().for_each(|client| client.note(line)),
            // The connection ended before its first message.
            Err(_) => {}
        }
    }

    fn add_streams(&mut self, owner: &StreamOwner<'_>, fds: Vec<OwnedFd>) {
        let mut fds = fds.into_iter();
        for (stream, fd) in [Stream::Output, Stream::Error].into_iter().zip(fds.by_ref()) {
            self.sources.push(Source::new(owner, stream, fd));
        }
        if let Some(fd) = fds.next() {
            // A process that replaces an earlier one gets the input from now on.
            self.inputs.retain(|input| input.app != owner.app);
            self.inputs.push(Input::new(owner.app, fd));
            self.clients
                .iter_mut()
                .for_each(|client| client.app_takes_input(owner.app));
        }
    }

    /// Informs the clients of apps that have ended, and removes connections that are closed.
    fn remove_ended(&mut self) {
        self.inputs.retain(|input| !input.is_over());
        self.clients.retain(|client| !client.is_over());
        if !self.sources.iter().any(Source::is_over) {
            return;
        }
        let (ended, running): (Vec<Source>, Vec<Source>) = std::mem::take(&mut self.sources)
            .into_iter()
            .partition(Source::is_over);
        self.sources = running;
        for source in ended
            .iter()
            .filter(|source| !is_running(&self.sources, &source.app))
        {
            let of_app = self
                .clients
                .iter_mut()
                .filter(|client| client.asked_for(&source.app));
            of_app.for_each(Client::end);
        }
        self.clients.retain(|client| !client.is_over());
    }

    fn tell_losses(&mut self) {
        if let Some(line) = self.journal.new_loss() {
            self.clients
                .iter_mut()
                .for_each(|client| client.note(line.as_bytes()));
        }
    }

    /// Ends the pod: passes on what is in the pipes, without waiting for clients; a client without
    /// room gets a file.
    fn finish(&mut self) {
        self.accept();
        std::mem::take(&mut self.new)
            .into_iter()
            .for_each(|socket| self.receive_greeting(socket));
        for source in &mut self.sources {
            let mut left = source.capacity();
            while let ReadResult::Bytes(length) = source.read(&mut self.clients, When::Last) {
                source.flush(&mut self.journal);
                left = left.saturating_sub(length);
                // A process that still writes to this pipe is not in the pod.
                if left == 0 {
                    break;
                }
            }
            source.end();
            source.flush(&mut self.journal);
        }
        self.tell_losses();
        self.clients.iter_mut().for_each(Client::end);
    }
}

/// Whether a process of the app has open streams.
fn is_running(sources: &[Source], app: &str) -> bool {
    sources.iter().any(|source| source.app == app)
}

/// Waits for one of the descriptors, until `deadline` at the latest.
fn poll(watched: &mut [PollFd<'_>], deadline: Option<Instant>) {
    let left = deadline
        .and_then(|deadline| Timespec::try_from(deadline.saturating_duration_since(Instant::now())).ok());
    // The call can fail only with EINTR or ENOMEM, both of which are temporary: the next call
    // retries.
    let _ = rustix::event::poll(watched, left.as_ref());
}

/// Whether a socket has room for a piece of maximum length and another small message.
fn has_room(socket: BorrowedFd<'_>) -> bool {
    // The kernel reports a UNIX socket as writable while at most a quarter of its buffer is in use.
    let mut watched = [PollFd::from_borrowed_fd(socket, PollFlags::OUT)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let _ = rustix::event::poll(&mut watched, Some(&now));
    watched[0].revents().contains(PollFlags::OUT)
}

/// Sends a message to a client; an error is ignored, because only the client loses it.
fn send_message(socket: impl AsFd, kind: ToClient, content: &[u8]) {
    let _ = appc_kernel::attachment::send_to_client(socket, kind, content, &[]);
}
