//! The type of file at each path of an archive, in 9 bytes per entry.

use super::path::ancestors;
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

/// The type of file at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A directory created because an entry is beneath it; an entry for it may follow.
    Implied,
    Directory,
    Symlink,
    /// A file, device or FIFO: it has nothing beneath it.
    Linkable,
}

/// A path as 62 bits of its keyed hash, so that an image of millions of entries needs little
/// memory. The key is random for each archive, so nobody can prepare two paths that collide.
#[derive(Clone, Copy)]
struct Slot(u64);

impl Slot {
    fn new(hash: u64, place: Place) -> Self {
        Self(hash & !3 | place as u64)
    }

    const fn place(self) -> Place {
        match self.0 & 3 {
            0 => Place::Implied,
            1 => Place::Directory,
            2 => Place::Symlink,
            _ => Place::Linkable,
        }
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        self.0 | 3 == other.0 | 3
    }
}
impl Eq for Slot {}

impl Hash for Slot {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0 | 3);
    }
}

/// A hasher that returns its input: the slots are hashes already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// Every path so far.
#[derive(Default)]
pub(super) struct Places {
    random: RandomState,
    seen: HashSet<Slot, BuildHasherDefault<Same>>,
}

impl Places {
    /// Every directory above `path`, outermost first, and finally `path` itself, each with its key.
    pub(super) fn keys<'p>(&self, path: &'p [u8]) -> impl Iterator<Item = (&'p [u8], u64)> + use<'p> {
        let mut hasher = self.random.build_hasher();
        let mut start = 0;
        ancestors(path).chain(std::iter::once(path)).map(move |prefix| {
            // Hashes each component once, however deep the path is.
            hasher.write(prefix.get(start..).unwrap_or_default());
            start = prefix.len();
            (prefix, hasher.finish())
        })
    }

    /// The key of `path`.
    pub(super) fn key(&self, path: &[u8]) -> u64 {
        self.keys(path).last().map_or(0, |(_, hash)| hash)
    }

    /// The place at the path with this key.
    pub(super) fn at(&self, key: u64) -> Option<Place> {
        self.seen
            .get(&Slot::new(key, Place::Implied))
            .map(|slot| slot.place())
    }

    /// Sets the place at this key; replaces an earlier one.
    pub(super) fn put(&mut self, key: u64, place: Place) {
        self.seen.replace(Slot::new(key, place));
    }
}
