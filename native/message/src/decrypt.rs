use crate::aead::Pieces;
use crate::armour::{Unarmoured, is_armoured};
use crate::content::copy_file;
use crate::counted::Counted;
use crate::error::{Result, broken};
use crate::head;
use crate::integrity::Guarded;
use crate::output::Bounded;
use crate::packet::{ENCRYPTED, ENCRYPTED_GNUPG, ENCRYPTED_UNGUARDED, byte, exactly};
use crate::session_key;
use std::io::{BufRead, BufReader, Read, Write};

const INPUT_BYTES: usize = 64 << 10;

/// Decrypts the message `from` into `to`, at most `max_bytes` bytes of content. The written bytes
/// are valid only if the function succeeds: only the end of a message shows whether it is complete
/// and unchanged. `report` gets the number of bytes read so far.
pub fn decrypt(
    from: impl Read,
    to: impl Write,
    passphrase: &[u8],
    max_bytes: u64,
    report: impl FnMut(u64),
) -> Result<()> {
    let mut source = BufReader::with_capacity(INPUT_BYTES, Counted::new(from, report));
    let start = source.fill_buf()?;
    if start.is_empty() {
        return Err(broken("it is empty"));
    }
    let mut to = Bounded::new(to, max_bytes);
    if is_armoured(start) {
        let bytes = Unarmoured::new(source);
        packets(
            &mut BufReader::with_capacity(INPUT_BYTES, bytes),
            &mut to,
            passphrase,
        )
    } else {
        packets(&mut source, &mut to, passphrase)
    }
}

fn packets(source: &mut impl BufRead, to: &mut impl Write, passphrase: &[u8]) -> Result<()> {
    let (keys, head) = head::read(source)?;
    let mut body = head.body(&mut *source);
    match head.tag {
        ENCRYPTED => {
            let [version] = exactly(&mut body)?;
            let keys = session_key::open(&keys, passphrase)?;
            match version {
                1 => copy_file(Guarded::new(body, &keys.v4)?, false, to)?,
                2 => copy_file(Pieces::rfc9580(body, &keys)?, true, to)?,
                _ => return Err(broken("its version is not known")),
            }
        }
        ENCRYPTED_GNUPG => {
            let keys = session_key::open(&keys, passphrase)?;
            copy_file(Pieces::gnupg(body, &keys)?, false, to)?;
        }
        ENCRYPTED_UNGUARDED => return Err(broken("nothing guards it against changes")),
        _ => return Err(broken("nothing encrypted is in it")),
    }
    // Data after the message is not part of it and not authenticated.
    match byte(source)? {
        None => Ok(()),
        Some(_) => Err(broken("something follows it")),
    }
}
