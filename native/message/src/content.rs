use crate::body::Body;
use crate::error::{Error, Result, broken};
use crate::inflated::Inflated;
use crate::packet::{
    self, COMPRESSED, ENCRYPTED, ENCRYPTED_GNUPG, ENCRYPTED_UNGUARDED, KEY_FOR_KEY, KEY_FOR_PASSPHRASE,
    LITERAL, ONE_PASS_SIGNATURE, PADDING, SIGNATURE, byte, exactly,
};
use crate::sticky::Sticky;
use std::io::{self, BufReader, Read, Write};

/// Number of bytes written at a time.
const PIECE: usize = 64 << 10;

/// Copies the file in a decrypted message: a literal packet, plain or compressed, and nothing else,
/// except padding if `padded`. Reads `plain` to its end, so that its authentication is checked.
pub fn copy_file(plain: impl Read, padded: bool, to: &mut impl Write) -> Result<()> {
    let mut plain = Sticky::new(plain);
    let copied = copy(&mut plain, padded, to);
    if let Err(Error::Broken(_)) = copied {
        // A message that was changed or cut off reports this only at its end, and other errors are
        // only consequences of it.
        io::copy(&mut plain, &mut io::sink())?;
    }
    copied
}

fn copy(plain: &mut impl Read, padded: bool, to: &mut impl Write) -> Result<()> {
    let head = packet::next(plain)?.ok_or_else(no_file)?;
    match head.tag {
        LITERAL => literal(&mut head.body(&mut *plain), to)?,
        COMPRESSED => compressed(head.body(&mut *plain), to)?,
        other => return Err(no_file_but(other)),
    }
    while let Some(head) = if padded { packet::next(plain)? } else { None } {
        if head.tag != PADDING {
            return Err(follows());
        }
        io::copy(&mut head.body(&mut *plain), &mut io::sink())?;
    }
    nothing_more(plain)
}

fn no_file() -> Error {
    broken("no file is in it")
}

fn no_file_but(tag: u8) -> Error {
    match tag {
        SIGNATURE | ONE_PASS_SIGNATURE => broken("it holds a signed message, not the bytes of a file"),
        KEY_FOR_KEY | KEY_FOR_PASSPHRASE | ENCRYPTED | ENCRYPTED_GNUPG | ENCRYPTED_UNGUARDED => {
            broken("it holds another encrypted message, not the bytes of a file")
        }
        COMPRESSED => broken("it is compressed more than once"),
        _ => no_file(),
    }
}

fn follows() -> Error {
    broken("something follows the file in it")
}

/// Further data is an error: a program that continues to read would take it for a part of the file,
/// or for another file.
fn nothing_more(source: &mut impl Read) -> Result<()> {
    match byte(source)? {
        None => Ok(()),
        Some(_) => Err(follows()),
    }
}

fn literal(body: &mut impl Read, to: &mut impl Write) -> Result<()> {
    let [format, name_length] = exactly(body)?;
    if format != b'b' {
        return Err(broken("it holds a text, not the bytes of a file"));
    }
    // The name and the date of the file, which have no meaning here.
    for _ in 0..usize::from(name_length) + 4 {
        exactly::<1>(body)?;
    }
    let mut piece = vec![0; PIECE];
    loop {
        let length = packet::fill(body, &mut piece)?;
        to.write_all(&piece[..length])?;
        if length < piece.len() {
            return Ok(());
        }
    }
}

fn compressed(mut body: Body<impl Read>, to: &mut impl Write) -> Result<()> {
    let [number] = exactly(&mut body)?;
    let source = BufReader::with_capacity(PIECE, body);
    let mut inside = Inflated::new(number, source)?;
    // Packet heads are read byte by byte.
    let mut plain = BufReader::with_capacity(PIECE, &mut inside);
    let head = packet::next(&mut plain)?.ok_or_else(no_file)?;
    if head.tag != LITERAL {
        return Err(no_file_but(head.tag));
    }
    literal(&mut head.body(&mut plain), to)?;
    nothing_more(&mut plain)?;
    nothing_more(&mut inside.into_inner())
}
