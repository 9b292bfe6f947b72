//! The encoding of attribute names and values in libarchive's pax headers.

/// Decodes `%2F`-like escapes; `None` where one is malformed.
pub(super) fn percent(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        out.push(if *byte == b'%' {
            digit(*rest.next()?)? << 4 | digit(*rest.next()?)?
        } else {
            *byte
        });
    }
    Some(out)
}

/// Decodes RFC 4648 base64, with or without padding; `None` where it is malformed.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let mut bits = 0u32;
        for byte in group {
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
        }
        let bytes = (bits << (6 * (4 - group.len()))).to_be_bytes();
        out.extend_from_slice(match group.len() {
            4 => bytes.get(1..4)?,
            3 => bytes.get(1..3)?,
            2 => bytes.get(1..2)?,
            _ => return None,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_with_and_without_padding() {
        let table: &[(&[u8], Option<&[u8]>)] = &[
            (b"", Some(b"")),
            (b"YQ", Some(b"a")),
            (b"YQ==", Some(b"a")),
            (b"YWI=", Some(b"ab")),
            (b"YWJj", Some(b"abc")),
            (b"AP8B/w==", Some(&[0, 255, 1, 255])),
            (b"Y", None),
            (b"Y!==", None),
        ];
        for (text, bytes) in table {
            assert_eq!(base64(text).as_deref(), *bytes, "{text:?}");
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(percent(b"user.a%3D%2fb").as_deref(), Some(&b"user.a=/b"[..]));
        assert_eq!(percent(b"user%2"), None);
        assert_eq!(percent(b"user%zz"), None);
    }
}
