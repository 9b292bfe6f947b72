//! Reading the journal in a thread of its own, and asking journald to take in what was written to it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use napi::bindgen_prelude::{Buffer, Function, Object};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, JsDeferred, Status};
use napi_derive::napi;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::Errno;

use crate::error::{self, Failure};
use crate::libsystemd::Journal;

/// A batch is handed over when it has so many entries or bytes.
const BATCH_ENTRIES: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
/// So many batches may wait for JavaScript; then the journal is where they wait.
const BATCHES: usize = 4;

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
/// Weak: a process that waits for nothing else may end.
type Take = ThreadsafeFunction<Batch, (), Batch, Status, false, true, BATCHES>;
type Done = JsDeferred<(), Box<dyn FnOnce(Env) -> napi::Result<()>>>;

/// See `JournalReader` in native/index.ts.
#[napi]
pub struct JournalReader {
    /// Tells the thread to end, once; `Done` is how it answers.
    asked: Option<Sender<Done>>,
    /// Wakes it.
    wake: Arc<OwnedFd>,
}

#[napi]
impl JournalReader {
    /// Reads to where the journal ends now.
    #[napi]
    pub fn finish<'env>(&mut self, env: &'env Env) -> Result<Object<'env>, Failure> {
        let gone = || error::errno("the journal's reader", Errno::PIPE);
        let asked = self.asked.take().ok_or_else(gone)?;
        let (done, promise) = env.create_deferred().map_err(error::of_node)?;
        asked.send(done).map_err(|_| gone())?;
        woken(&self.wake)?;
        Ok(promise)
    }
}

impl Drop for JournalReader {
    fn drop(&mut self) {
        // A thread that cannot be woken is one that waits for nothing.
        let _ = woken(&self.wake);
    }
}

fn woken(wake: &OwnedFd) -> Result<(), Failure> {
    rustix::io::write(wake, &1_u64.to_ne_bytes())
        .map(drop)
        .map_err(|errno| error::errno("waking the journal's reader", errno))
}

/// Gives `take` the entries that have all of `matches`, those there are and those that come.
#[napi]
pub fn read_journal(matches: Vec<String>, take: Function<Batch, ()>) -> Result<JournalReader, Failure> {
    let take: Take = take
        .build_threadsafe_function()
        .weak::<true>()
        .max_queue_size::<BATCHES>()
        .build()
        .map_err(error::of_node)?;
    let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map(Arc::new)
        .map_err(|errno| error::errno("eventfd", errno))?;
    let (asked, answers) = channel();
    let reader = JournalReader {
        asked: Some(asked),
        wake: Arc::clone(&wake),
    };
    std::thread::Builder::new()
        .name("journal".into())
        .spawn(move || run(&matches, wake.as_fd(), &answers, &take))
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))?;
    Ok(reader)
}

/// The thread: reads until asked to finish, then tells how that went. Unasked, it ends without a word.
fn run(matches: &[String], wake: BorrowedFd<'_>, asked: &Receiver<Done>, take: &Take) {
    let result = read(matches, wake, take);
    let Ok(done) = asked.recv() else { return };
    // Through the queue of the batches, so that it comes after the last of them.
    take.call_with_return_value(Vec::new(), ThreadsafeFunctionCallMode::Blocking, move |_, _| {
        done.resolve(Box::new(move |env| {
            result.map_err(|failure| error::thrown(&env, failure))
        }));
        Ok(())
    });
}

fn read(matches: &[String], wake: BorrowedFd<'_>, take: &Take) -> Result<(), Failure> {
    let told = |errno| error::errno("the journal", errno);
    let mut journal = Journal::open(matches)?;
    if journal.changes().is_err() {
        // No more inotify instances, say: what would have come meanwhile comes at the end.
        drop(journal);
        wait(&mut [PollFd::new(&wake, PollFlags::IN)], None).map_err(told)?;
        return deliver(&mut Journal::open(matches)?, take).map_err(told);
    }
    loop {
        deliver(&mut journal, take).map_err(told)?;
        let last = asked_or_changed(&journal, wake).map_err(told)?;
        journal.process().map_err(told)?;
        if last {
            return deliver(&mut journal, take).map_err(told);
        }
    }
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

/// Hands over all entries from the position on.
fn deliver(journal: &mut Journal, take: &Take) -> Result<(), Errno> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while journal.next()? {
        match entry(journal) {
            Ok(entry) => {
                bytes += entry.message.len();
                batch.push(entry);
            }
            // A damaged entry is left out, as journalctl does.
            Err(Errno::BADMSG | Errno::ADDRNOTAVAIL) => {}
            Err(errno) => return Err(errno),
        }
        if batch.len() >= BATCH_ENTRIES || bytes >= BATCH_BYTES {
            hand_over(std::mem::take(&mut batch), take);
            bytes = 0;
        }
    }
    if !batch.is_empty() {
        hand_over(batch, take);
    }
    Ok(())
}

fn hand_over(batch: Batch, take: &Take) {
    // Refused only where the process ends.
    let _ = take.call(batch, ThreadsafeFunctionCallMode::Blocking);
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
