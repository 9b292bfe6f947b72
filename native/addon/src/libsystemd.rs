//! systemd's journal reader, sd-journal(3). The library is loaded when first needed: an image can be built without it.

use std::ffi::{CString, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;
use std::time::Duration;

use libloading::os::unix::{Library, RTLD_LAZY};
use rustix::io::Errno;
use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::error::{self, Failure};

const LIBRARY: &str = "libsystemd.so.0";
/// What `LIBRARY` may load later, of which Node exports a copy of its own.
const SHARED_WITH_NODE: &str = "libzstd.so.1";
/// Node exports the functions of libraries that are linked into it. Bound to those, a library on the host would work on
/// structures of another version than its own.
const FLAGS: c_int = RTLD_LAZY | libc::RTLD_DEEPBIND;

const SD_JOURNAL_LOCAL_ONLY: c_int = 1 << 0;

/// `sd_journal`, which only the library looks into.
type Handle = *mut c_void;

macro_rules! functions {
    ($($name:ident($($argument:ty),*);)*) => {
        /// The functions used, as sd-journal.h declares them.
        struct Functions {
            $($name: unsafe extern "C" fn($($argument),*) -> c_int,)*
            sd_journal_close: unsafe extern "C" fn(Handle),
            /// Keeps the functions where they are.
            _library: Library,
        }

        impl Functions {
            fn load() -> Result<Self, libloading::Error> {
                // SAFETY: the initializers of both libraries ask nothing of their caller.
                let library = unsafe {
                    // Where it is missing, LIBRARY does without.
                    let _ = Library::open(Some(SHARED_WITH_NODE), FLAGS).map(Library::into_raw);
                    Library::open(Some(LIBRARY), FLAGS)?
                };
                // SAFETY: the types are those of sd-journal.h, which the number in the library's name keeps stable; the
                // functions live as long as the library, which is in the same struct.
                unsafe {
                    Ok(Self {
                        $($name: *library.get(concat!(stringify!($name), "\0").as_bytes())?,)*
                        sd_journal_close: *library.get(b"sd_journal_close\0")?,
                        _library: library,
                    })
                }
            }
        }
    };
}

functions! {
    sd_journal_open(*mut Handle, c_int);
    sd_journal_add_match(Handle, *const c_void, usize);
    sd_journal_set_data_threshold(Handle, usize);
    sd_journal_get_fd(Handle);
    sd_journal_get_timeout(Handle, *mut u64);
    sd_journal_process(Handle);
    sd_journal_next(Handle);
    sd_journal_get_data(Handle, *const c_char, *mut *const c_void, *mut usize);
}

fn functions() -> Result<&'static Functions, Failure> {
    static LOADED: OnceLock<Result<Functions, String>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| Functions::load().map_err(|refused| refused.to_string()));
    loaded
        .as_ref()
        .map_err(|reason| Failure::new("LIBRARY_MISSING".into(), reason.clone()))
}

/// Loads the library, so that the first journal is opened sooner. Whoever opens one is told what is wrong with it.
pub fn load() {
    let _ = functions();
}

/// The journals of this host, oldest entry first. Belongs to the thread that opened it: it is neither `Send` nor `Sync`.
pub struct Journal {
    functions: &'static Functions,
    handle: NonNull<c_void>,
    _not_send: PhantomData<*mut ()>,
}

impl Journal {
    /// Opens before the first entry that has all of `matches` (`FIELD=value`).
    pub fn open(matches: &[String]) -> Result<Self, Failure> {
        let functions = functions()?;
        let mut handle = ptr::null_mut();
        // SAFETY: `handle` takes the new object.
        told("the journal", unsafe {
            (functions.sd_journal_open)(&raw mut handle, SD_JOURNAL_LOCAL_ONLY)
        })?;
        let handle = NonNull::new(handle).ok_or_else(|| error::errno("the journal", Errno::NOMEM))?;
        let journal = Self {
            functions,
            handle,
            _not_send: PhantomData,
        };
        // SAFETY: the handle is open. 0 is no limit: values come whole.
        told("the journal", unsafe {
            (functions.sd_journal_set_data_threshold)(journal.handle.as_ptr(), 0)
        })?;
        for one in matches {
            // SAFETY: the handle is open, and the bytes are copied during the call.
            let added = unsafe {
                (functions.sd_journal_add_match)(journal.handle.as_ptr(), one.as_ptr().cast(), one.len())
            };
            told(&format!("journal match {one}"), added)?;
        }
        Ok(journal)
    }

    /// Readable when something changed, which [`Self::process`] must then be told.
    pub fn changes(&self) -> Result<BorrowedFd<'_>, Errno> {
        // SAFETY: the handle is open.
        let fd = checked(unsafe { (self.functions.sd_journal_get_fd)(self.handle.as_ptr()) })?;
        // SAFETY: the descriptor is the handle's, which is open as long as `self` is borrowed.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// After what time [`Self::process`] must be called although nothing changed: on network file systems.
    pub fn timeout(&self) -> Result<Option<Timespec>, Errno> {
        let mut at = 0;
        // SAFETY: the handle is open, and `at` takes the answer.
        checked(unsafe { (self.functions.sd_journal_get_timeout)(self.handle.as_ptr(), &raw mut at) })?;
        if at == u64::MAX {
            return Ok(None);
        }
        let now = clock_gettime(ClockId::Monotonic);
        let now = Duration::try_from(now).unwrap_or_default();
        let left = Duration::from_micros(at).saturating_sub(now);
        Ok(Timespec::try_from(left).ok())
    }

    /// Takes in what changed: files that came (rotation) and went (vacuuming). The position stays.
    pub fn process(&mut self) -> Result<(), Errno> {
        // SAFETY: the handle is open, and `&mut` says that no field of an entry is being looked at.
        checked(unsafe { (self.functions.sd_journal_process)(self.handle.as_ptr()) }).map(drop)
    }

    /// Goes to the next entry; false where there is none yet.
    pub fn next(&mut self) -> Result<bool, Errno> {
        // SAFETY: as in `process`.
        checked(unsafe { (self.functions.sd_journal_next)(self.handle.as_ptr()) }).map(|moved| moved > 0)
    }

    /// The value of a field of the current entry; none where it has no such field.
    pub fn value(&mut self, field: &str) -> Result<Option<&[u8]>, Errno> {
        let name = CString::new(field).map_err(|_| Errno::INVAL)?;
        let (mut data, mut length) = (ptr::null(), 0);
        // SAFETY: the handle is open, `name` ends in NUL, the others take the answer.
        let got = checked(unsafe {
            (self.functions.sd_journal_get_data)(
                self.handle.as_ptr(),
                name.as_ptr(),
                &raw mut data,
                &raw mut length,
            )
        });
        match got {
            Err(Errno::NOENT) => return Ok(None),
            other => other?,
        };
        // SAFETY: the call gave `length` bytes at `data`; they stay until the next call with the handle, which `&mut` forbids
        // while the slice is in use.
        let data = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) };
        Ok(data.get(field.len() + 1..))
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and nobody uses it after this.
        unsafe { (self.functions.sd_journal_close)(self.handle.as_ptr()) }
    }
}

/// The library answers with a negative errno.
fn checked(answer: c_int) -> Result<c_int, Errno> {
    if answer < 0 {
        return Err(Errno::from_raw_os_error(-answer));
    }
    Ok(answer)
}

fn told(what: &str, answer: c_int) -> Result<(), Failure> {
    checked(answer)
        .map(drop)
        .map_err(|errno| error::errno(what, errno))
}
