//! Calls as arguments of the command line.

use std::ffi::CString;
use std::ptr;

/// The system call interface of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// The machine's own interface.
    Native,
    /// The 32-bit ABI of x86-64: `int 0x80`.
    Bits32,
}

/// An argument of a call.
pub enum Argument {
    /// A number, or an address that is valid as long as this program runs.
    Value(i64),
    /// The result of an earlier call.
    Result(usize),
}

/// One call to make.
pub struct Call {
    /// The call as written, without its arguments.
    pub name: String,
    /// The interface.
    pub interface: Interface,
    /// The call's number in that interface.
    pub number: i64,
    /// At most six.
    pub arguments: Vec<Argument>,
}

impl Call {
    /// Parses an argument of the command line; `None` if it is not a call.
    pub fn parse(word: &str) -> Option<Self> {
        let (name, arguments) = word.split_once(':').unwrap_or((word, ""));
        let (interface, number) = match name.strip_prefix("32/") {
            Some(number) => (Interface::Bits32, number),
            None => (Interface::Native, name),
        };
        Some(Self {
            name: name.to_owned(),
            interface,
            number: integer(number)?,
            arguments: arguments
                .split(',')
                .filter(|argument| !argument.is_empty())
                .map(parse_argument)
                .collect::<Option<_>>()?,
        })
    }
}

fn parse_argument(text: &str) -> Option<Argument> {
    if let Some(text) = text.strip_prefix('@') {
        return allocate(CString::new(text).ok()?.as_bytes_with_nul()).map(Argument::Value);
    }
    if let Some(length) = text.strip_prefix('#') {
        return allocate(&vec![0; length.parse().ok()?]).map(Argument::Value);
    }
    match text.strip_prefix('$') {
        Some(index) => index.parse().ok().map(Argument::Result),
        None => integer(text).map(Argument::Value),
    }
}

/// Parses a number of up to 64 bits: decimal with an optional sign, or hexadecimal after `0x`.
fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(|bits| bits as i64),
        None => text.parse().ok(),
    }
}

/// Copies `bytes` to memory below 4 GiB that is never freed; returns the address.
fn allocate(bytes: &[u8]) -> Option<i64> {
    #[cfg(target_arch = "x86_64")]
    const LOW: i32 = libc::MAP_32BIT;
    #[cfg(not(target_arch = "x86_64"))]
    const LOW: i32 = 0;
    // SAFETY: a request for new pages at an address that the kernel chooses.
    let pages = unsafe {
        libc::mmap(
            ptr::null_mut(),
            bytes.len().max(1),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | LOW,
            -1,
            0,
        )
    };
    if pages == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the new pages have room for all bytes, and no other code uses them.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), pages.cast(), bytes.len()) };
    Some(pages.addr() as i64)
}
