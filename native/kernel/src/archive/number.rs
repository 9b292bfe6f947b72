//! The forms in which a tar writes numbers.

/// Seconds and nanoseconds since the epoch; nanoseconds count forward also for times before it.
pub(super) type Time = (i64, u32);

/// A header field: octal digits between spaces and NULs, or base 256 where the first bit is set.
pub(super) fn field(bytes: &[u8]) -> Option<i64> {
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        base256(bytes)
    } else {
        octal(bytes)
    }
}

fn octal(bytes: &[u8]) -> Option<i64> {
    let padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = bytes
        .iter()
        .position(|byte| !padding(byte))
        .unwrap_or(bytes.len());
    let digits = bytes.get(start..)?;
    let length = digits.iter().position(padding).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(length)?;
    if !rest.iter().all(padding) {
        return None;
    }
    digits.iter().try_fold(0i64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

/// Two's complement, big-endian, without the marker bit.
fn base256(bytes: &[u8]) -> Option<i64> {
    let (first, rest) = bytes.split_first()?;
    // The second bit is the sign.
    let negative = first & 0x40 != 0;
    let head = if negative {
        i64::from(first | 0x80) - 256
    } else {
        i64::from(first & 0x3f)
    };
    rest.iter().try_fold(head, |value, byte| {
        value.checked_mul(256)?.checked_add(i64::from(*byte))
    })
}

/// A pax number: decimal digits only.
pub(super) fn decimal(text: &[u8]) -> Option<i64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A pax time: decimal seconds with an optional sign and fraction; digits past the ninth are cut
/// off.
pub(super) fn time(text: &[u8]) -> Option<Time> {
    let (negative, text) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, text),
    };
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let (seconds_text, fraction) = text.split_at_checked(point)?;
    let seconds = decimal(seconds_text)?;
    let fraction = fraction.get(1..).unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let nanos = (0..9).fold(0u32, |value, at| {
        value * 10 + u32::from(fraction.get(at).unwrap_or(&b'0') - b'0')
    });
    match (negative, nanos) {
        (false, _) => Some((seconds, nanos)),
        (true, 0) => Some((-seconds, 0)),
        (true, _) => Some((seconds.checked_neg()?.checked_sub(1)?, 1_000_000_000 - nanos)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_octal_and_base_256() {
        let table: &[(&[u8], Option<i64>)] = &[
            (b"0000644\0", Some(0o644)),
            (b"  644 \0\0", Some(0o644)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"77777777777\0", Some(0o77777777777)),
            (b"0000648\0", None),
            (b"-000644\0", None),
            (b"12 34\0\0\0", None),
            (b"\x80\0\0\0\0\0\x01\0", Some(256)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2)),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", Some(i64::MAX)),
            (b"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", Some(i64::MIN)),
        ];
        for (bytes, value) in table {
            assert_eq!(field(bytes), *value, "{bytes:?}");
        }
    }

    #[test]
    fn times_of_pax() {
        let table: &[(&[u8], Option<Time>)] = &[
            (b"0", Some((0, 0))),
            (b"1.5", Some((1, 500_000_000))),
            (b"1.123456789", Some((1, 123_456_789))),
            (b"1.1234567899", Some((1, 123_456_789))),
            (b"-1", Some((-1, 0))),
            (b"-1.5", Some((-2, 500_000_000))),
            (b"5.", Some((5, 0))),
            (b"", None),
            (b"-", None),
            (b".5", None),
            (b"1.5x", None),
            (b"--1", None),
            (b"99999999999999999999", None),
        ];
        for (text, value) in table {
            assert_eq!(time(text), *value, "{:?}", String::from_utf8_lossy(text));
        }
    }
}
