//! Whether a file system stores a time unchanged.

use crate::archive::number::Time;

/// The latest times of common file systems: ext4 with inodes of 128 bytes and with larger ones, xfs
/// with large time stamps.
const LATEST: [i64; 3] = [i32::MAX as i64, 15_032_385_535, 16_299_260_424];
/// The earliest time of these file systems.
const EARLIEST: i64 = i32::MIN as i64;

/// Whether `found` is what a file system stores for `expected`: some store whole seconds only, and
/// all have limits.
pub(super) fn is_same(expected: Time, found: Time) -> bool {
    let ((seconds, _), (kept, nanos)) = (expected, found);
    if expected == found || seconds == kept && nanos == 0 {
        return true;
    }
    seconds < EARLIEST && kept == EARLIEST || LATEST.iter().any(|latest| seconds > *latest && kept == *latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_it_was_or_as_it_can_be_kept() {
        let table: &[(Time, Time, bool)] = &[
            ((5, 7), (5, 7), true),
            ((5, 7), (5, 0), true),
            ((5, 7), (5, 8), false),
            ((5, 0), (5, 7), false),
            ((5, 0), (6, 0), false),
            ((-5_000_000_000, 1), (EARLIEST, 0), true),
            ((-5, 0), (EARLIEST, 0), false),
            ((1 << 40, 0), (15_032_385_535, 0), true),
            ((1 << 40, 0), (15_032_385_534, 0), false),
            ((1 << 30, 0), (i32::MAX.into(), 0), false),
        ];
        for (expected, found, answer) in table {
            assert_eq!(is_same(*expected, *found), *answer, "{expected:?} {found:?}");
        }
    }
}
