//! Calls as words of the command line.

use std::ffi::CString;
use std::ptr;

/// Which of the machine's interfaces is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// The machine's own.
    Native,
    /// Of x86-64: `int 0x80`.
    Bits32,
}

/// An argument of a call.
pub enum Argument {
    /// A number, or the address of what lives as long as this program.
    Value(i64),
    /// What an earlier call gave.
    Result(usize),
}

/// One call that is to be made.
pub struct Call {
    /// As it was given, without the arguments.
    pub name: String,
    /// Through which interface.
    pub interface: Interface,
    /// The number there.
    pub number: i64,
    /// At most six.
    pub arguments: Vec<Argument>,
}

impl Call {
    /// Reads a word; none where it is no call.
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
        return placed(CString::new(text).ok()?.as_bytes_with_nul()).map(Argument::Value);
    }
    if let Some(length) = text.strip_prefix('#') {
        return placed(&vec![0; length.parse().ok()?]).map(Argument::Value);
    }
    match text.strip_prefix('$') {
        Some(index) => index.parse().ok().map(Argument::Result),
        None => integer(text).map(Argument::Value),
    }
}

/// Decimal, with or without a sign, or hexadecimal after `0x`, of up to 64 bits.
fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(|bits| bits as i64),
        None => text.parse().ok(),
    }
}

/// The address of a copy that stays, where 32 bits reach.
fn placed(bytes: &[u8]) -> Option<i64> {
    #[cfg(target_arch = "x86_64")]
    const LOW: i32 = libc::MAP_32BIT;
    #[cfg(not(target_arch = "x86_64"))]
    const LOW: i32 = 0;
    // SAFETY: asks for new pages, whose place the kernel chooses.
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
    // SAFETY: the new pages have room for all of it, and nobody else knows them.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), pages.cast(), bytes.len()) };
    Some(pages.addr() as i64)
}
