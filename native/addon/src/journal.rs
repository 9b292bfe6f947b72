//! Reading the journal in a thread of its own, and asking journald to take in what was written to it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use appc_kernel::truncation::Watch;
use napi::bindgen_prelude::{Buffer, Object};
use napi::{Env, JsDeferred};
use napi_derive::napi;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::Errno;

use crate::error::{self, Failure};
use crate::libsystemd::{self, Journal};

/// A batch is full when it has so many entries or bytes.
const BATCH_ENTRIES: usize = 512;
const BATCH_BYTES: usize = 1 << 20;

/// See `JournalEntry` in native/index.ts.
#[napi(object, object_from_js = false)]
pub struct JournalEntry {
    /// MESSAGE=
    pub message: Buffer,
    /// PRIORITY=
    pub priority: Option<u32>,
    /// _LINE_BREAK=
    pub line_break: Option<String>,
}

type Batch = Vec<JournalEntry>;
/// A call of `next` that waits for its answer.
type Asked = JsDeferred<Batch, Box<dyn FnOnce(Env) -> napi::Result<Batch>>>;

/// See `JournalReader` in native/index.ts.
#[napi]
pub struct JournalReader {
    /// The thread reads when it is asked, no further: what is not asked for waits in the journal.
    questions: Sender<Asked>,
    /// Wakes it where it waits for the journal: it is to end there.
    end: Arc<OwnedFd>,
}

#[napi]
impl JournalReader {
    /// The entries that come next.
    #[napi]
    pub fn next<'env>(&self, env: &'env Env) -> Result<Object<'env>, Failure> {
        let (asked, promise): (Asked, _) = env.create_deferred().map_err(error::of_node)?;
        self.questions
            .send(asked)
            .map_err(|_| error::errno("the journal's reader", Errno::PIPE))?;
        Ok(promise)
    }

    /// Where the journal ends now is the end.
    #[napi]
    pub fn end(&self) -> Result<(), Failure> {
        rustix::io::write(&self.end, &1_u64.to_ne_bytes())
            .map(drop)
            .map_err(|errno| error::errno("the journal's reader", errno))
    }
}

impl Drop for JournalReader {
    fn drop(&mut self) {
        // A thread that cannot be woken is one that waits for nothing.
        let _ = self.end();
    }
}

/// Reads the entries that have all of `matches`, those there are and, to follow it, those that come.
#[napi]
pub fn read_journal(matches: Vec<String>, follow: bool) -> Result<JournalReader, Failure> {
    let end = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map(Arc::new)
        .map_err(|errno| error::errno("eventfd", errno))?;
    let (questions, asked) = channel();
    let reader = JournalReader {
        questions,
        end: Arc::clone(&end),
    };
    std::thread::Builder::new()
        .name("journal".into())
        .spawn(move || answer(&asked, Following::begin(&matches, &end, follow)))
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))?;
    Ok(reader)
}

/// The thread: answers until nobody asks any more.
fn answer(asked: &Receiver<Asked>, begun: Result<Following<'_>, Failure>) {
    let mut following = match begun {
        Ok(following) => following,
        Err(failure) => {
            if let Ok(asked) = asked.recv() {
                asked.resolve(Box::new(move |env| Err(error::thrown(&env, failure))));
            }
            return;
        }
    };
    while let Ok(asked) = asked.recv() {
        let batch = following.next();
        asked.resolve(Box::new(move |env| {
            batch.map_err(|failure| error::thrown(&env, failure))
        }));
    }
}

/// So often a truncated file may come in the way of one batch.
const REOPENINGS: u32 = 10;

/// The journal, read to its end and on.
struct Following<'a> {
    journal: Journal,
    matches: &'a [String],
    /// Entries that were read.
    read: u64,
    /// journald truncates the files it archives, which the library has mapped.
    watch: Watch,
    /// Readable: no further than the journal goes now.
    end: &'a OwnedFd,
    ending: bool,
}

impl<'a> Following<'a> {
    fn begin(matches: &'a [String], end: &'a OwnedFd, follow: bool) -> Result<Self, Failure> {
        let watch = Watch::begin().map_err(told)?;
        let mut journal = Journal::open(matches)?;
        let mut ending = !follow;
        if follow && journal.changes().is_err() {
            // No more inotify instances, say: what would have come meanwhile comes at the end.
            drop(journal);
            wait(&mut [PollFd::new(end, PollFlags::IN)], None).map_err(told)?;
            journal = Journal::open(matches)?;
            ending = true;
        }
        Ok(Self {
            journal,
            matches,
            read: 0,
            watch,
            end,
            ending,
        })
    }

    /// The entries from the position on, as soon as there are any; none at the end.
    fn next(&mut self) -> Result<Batch, Failure> {
        let mut reopenings = 0;
        loop {
            let step = self.step();
            if self.watch.struck() {
                reopenings += 1;
                if reopenings > REOPENINGS {
                    return Err(told(Errno::IO));
                }
                self.reopen()?;
                continue;
            }
            let Step { batch, read, last } = step.map_err(told)?;
            self.read += read;
            if last || !batch.is_empty() {
                return Ok(batch);
            }
        }
    }

    /// Reads what there is, or waits for more.
    fn step(&mut self) -> Result<Step, Errno> {
        let step = batch(&mut self.journal)?;
        if step.read > 0 {
            return Ok(step);
        }
        if self.ending {
            return Ok(Step { last: true, ..step });
        }
        self.ending = asked_or_changed(&self.journal, self.end.as_fd())?;
        self.journal.process()?;
        Ok(step)
    }

    /// Goes back to where it was in the files as they are now.
    fn reopen(&mut self) -> Result<(), Failure> {
        self.journal = Journal::open(self.matches)?;
        if !self.ending {
            self.journal.changes().map_err(told)?;
        }
        for _ in 0..self.read {
            self.journal.next().map_err(told)?;
        }
        Ok(())
    }
}

fn told(errno: Errno) -> Failure {
    error::errno("the journal", errno)
}

/// Waits; whether it was for the end.
fn asked_or_changed(journal: &Journal, wake: BorrowedFd<'_>) -> Result<bool, Errno> {
    let changes = journal.changes()?;
    let mut fds = [
        PollFd::new(&wake, PollFlags::IN),
        PollFd::new(&changes, PollFlags::IN),
    ];
    wait(&mut fds, journal.timeout()?)?;
    Ok(!fds[0].revents().is_empty())
}

fn wait(fds: &mut [PollFd<'_>], timeout: Option<rustix::time::Timespec>) -> Result<(), Errno> {
    match poll(fds, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// What one reading gave.
struct Step {
    batch: Batch,
    /// How many entries that were, with those that are damaged.
    read: u64,
    last: bool,
}

/// The entries from the position on, as many as a batch takes.
fn batch(journal: &mut Journal) -> Result<Step, Errno> {
    let (mut batch, mut bytes, mut read) = (Vec::new(), 0, 0);
    while batch.len() < BATCH_ENTRIES && bytes < BATCH_BYTES && journal.next()? {
        read += 1;
        match entry(journal) {
            Ok(entry) => {
                bytes += entry.message.len();
                batch.push(entry);
            }
            // A damaged entry is left out, as journalctl does.
            Err(Errno::BADMSG | Errno::ADDRNOTAVAIL) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(Step {
        batch,
        read,
        last: false,
    })
}

fn entry(journal: &mut Journal) -> Result<JournalEntry, Errno> {
    let text = |value: Option<&[u8]>| value.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    Ok(JournalEntry {
        message: journal.value("MESSAGE")?.unwrap_or_default().into(),
        priority: text(journal.value("PRIORITY")?).and_then(|digits| digits.parse().ok()),
        line_break: text(journal.value("_LINE_BREAK")?),
    })
}

/// journald's Varlink socket.
const JOURNALD: &str = "/run/systemd/journal/io.systemd.journal";
const SYNCHRONIZE: &[u8] = b"{\"method\":\"io.systemd.Journal.Synchronize\"}\0";
/// More than any answer to it has.
const ANSWER_BYTES: u64 = 1 << 16;
const ERROR: &[u8] = b"\"error\"";

/// A call of `synchronize_journal` that waits for its answer.
type Done = JsDeferred<(), Box<dyn FnOnce(Env) -> napi::Result<()>>>;

/// Asks journald to take in all that was written to it so far.
#[napi]
pub fn synchronize_journal(env: &Env) -> Result<Object<'_>, Failure> {
    let (deferred, promise): (Done, _) = env.create_deferred().map_err(error::of_node)?;
    let spawned = std::thread::Builder::new()
        .name("journal-sync".into())
        .spawn(move || {
            let answer = synchronize().map_err(|failed| error::errno(JOURNALD, error::errno_of(&failed)));
            deferred.resolve(Box::new(move |env| {
                answer.map_err(|failure| error::thrown(&env, failure))
            }));
        });
    spawned
        .map(|_| promise)
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))
}

/// One call of <https://varlink.org/Method-Call>: JSON up to a NUL, there and back.
fn synchronize() -> io::Result<()> {
    let mut socket = UnixStream::connect(JOURNALD)?;
    socket.write_all(SYNCHRONIZE)?;
    // What is read next; it takes less time than journald.
    libsystemd::load();
    let mut answer = Vec::new();
    BufReader::new(socket.take(ANSWER_BYTES)).read_until(0, &mut answer)?;
    if !answer.ends_with(&[0]) {
        return Err(Errno::CONNRESET.into());
    }
    if answer.windows(ERROR.len()).any(|part| part == ERROR) {
        return Err(Errno::PROTO.into());
    }
    Ok(())
}
