//! OpenPGP messages that are encrypted with a passphrase.

use crate::archive::{duplicate, progress_reporter, promise_or, throttled};
use crate::error::{Failure, errno, errno_of};
use appc_kernel::memory;
use appc_message::{Error, Sealing, decrypt, derive};
use napi::Env;
use napi::bindgen_prelude::{Buffer, Function, Object, Uint8Array};
use napi_derive::napi;
use std::io::BufWriter;
use std::os::fd::RawFd;

/// Size of the output buffer.
const OUTPUT_BYTES: usize = 64 << 10;

fn failure(error: Error) -> Failure {
    let code = match &error {
        Error::Passphrase(_) => "MESSAGE_PASSPHRASE",
        Error::NoPassphrase => "MESSAGE_NO_PASSPHRASE",
        Error::Cipher(_) => "MESSAGE_CIPHER",
        Error::Broken(_) => "MESSAGE_BROKEN",
        Error::Size => "MESSAGE_SIZE",
        Error::Io(failed) => return errno("cannot decrypt", errno_of(failed)),
    };
    Failure::new(code.into(), error.to_string())
}

/// See native/index.ts.
#[napi]
pub fn decrypt_message<'env>(
    env: &'env Env,
    from: RawFd,
    to: RawFd,
    passphrase: String,
    max_bytes: f64,
    on_progress: Option<Function<'_, f64, ()>>,
) -> Result<Object<'env>, Failure> {
    let (from, to) = (duplicate(from)?, duplicate(to)?);
    let report = progress_reporter(on_progress)?;
    promise_or::<(), ()>(env, "decrypt", move || {
        memory::release_heap();
        let mut to = BufWriter::with_capacity(OUTPUT_BYTES, to);
        // The cast saturates.
        let max_bytes = max_bytes as u64;
        decrypt(from, &mut to, passphrase.as_bytes(), max_bytes, throttled(report)).map_err(failure)?;
        to.into_inner()
            .map(drop)
            .map_err(|failed| failure(Error::Io(failed.into_error())))
    })
}

/// See native/index.ts.
#[napi]
pub fn derive_key(
    env: &Env,
    specifier: Uint8Array,
    passphrase: String,
    length: u32,
) -> Result<Object<'_>, Failure> {
    let specifier = specifier.to_vec();
    promise_or::<Vec<u8>, Buffer>(env, "derive", move || {
        let key = derive(&specifier, passphrase.as_bytes(), length as usize).map_err(failure)?;
        Ok(key.to_vec())
    })
}

/// See `SealedMessage` in native/index.ts.
#[napi]
pub struct SealedMessage(Option<Sealing>);

#[napi]
impl SealedMessage {
    /// A message for `passphrase`.
    #[napi(constructor)]
    pub fn new(passphrase: String) -> Result<Self, Failure> {
        let sealing = Sealing::new(passphrase.as_bytes()).map_err(failure)?;
        Ok(Self(Some(sealing)))
    }

    /// Adds content; returns the bytes of the message that are ready.
    #[napi]
    pub fn update(&mut self, content: Uint8Array) -> Buffer {
        let ready = self.0.as_mut().map(|sealing| {
            sealing.update(&content);
            sealing.take()
        });
        ready.unwrap_or_default().into()
    }

    /// Ends the message; returns its last bytes.
    #[napi]
    pub fn finish(&mut self) -> Buffer {
        self.0.take().map(Sealing::finish).unwrap_or_default().into()
    }
}
