//! Checks of an archive as a whole: rules A2 and A3, and that links and parents stay inside.

use super::entry::Entry;
use super::error::{Error, Result, printable};
use super::kind::Kind;
use super::limits::Limits;
use super::places::{Place, Places};

/// All entries so far.
pub(super) struct Layout {
    limits: Limits,
    places: Places,
    /// The directory of the last entry, which has been checked.
    parent: Vec<u8>,
    entries: u64,
    manifest: bool,
    rootfs: bool,
}

fn invalid<T>(message: String) -> Result<T> {
    Err(Error::Invalid(message))
}

impl Layout {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            places: Places::default(),
            parent: Vec::new(),
            entries: 0,
            manifest: false,
            rootfs: false,
        }
    }

    pub(super) const fn entries(&self) -> u64 {
        self.entries
    }

    fn count(&mut self) -> Result<()> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(Error::Limit(format!(
                "archive: more than {} entries",
                self.limits.entries
            )));
        }
        Ok(())
    }

    /// Checks an entry against the earlier ones and remembers it; passes each missing directory
    /// above it to `missing`.
    pub(super) fn admit(
        &mut self,
        entry: &Entry,
        missing: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.count()?;
        self.top_level(entry)?;
        self.parents(entry, missing)?;
        let key = self.places.key(&entry.path);
        match self.places.at(key) {
            None => {}
            Some(Place::Implied) if entry.kind == Kind::Directory => {}
            Some(Place::Implied) => {
                return invalid(format!(
                    "{}: entries above stand beneath it, but it is no directory",
                    printable(&entry.path)
                ));
            }
            Some(_) => {
                let path = if entry.path.is_empty() {
                    b"."
                } else {
                    entry.path.as_slice()
                };
                return invalid(format!("duplicate file entry in archive: {}", printable(path)));
            }
        }
        let place = match entry.kind {
            Kind::Directory => Place::Directory,
            Kind::Symlink => Place::Symlink,
            Kind::HardLink => self.linked(entry)?,
            Kind::File | Kind::CharDevice(..) | Kind::BlockDevice(..) | Kind::Fifo => Place::Linkable,
        };
        self.places.put(key, place);
        Ok(())
    }

    /// Rule A3, with actool's messages.
    fn top_level(&mut self, entry: &Entry) -> Result<()> {
        let path = entry.path.as_slice();
        match path {
            b"" if entry.kind != Kind::Directory => {
                invalid("the root of the archive is not a directory".into())
            }
            b"" => Ok(()),
            b"manifest" if entry.kind != Kind::File => invalid("manifest is not a regular file".into()),
            b"manifest" if entry.size > self.limits.manifest_bytes => Err(Error::Limit(format!(
                "manifest: {} bytes (the most is {})",
                entry.size, self.limits.manifest_bytes
            ))),
            b"manifest" => {
                self.manifest = true;
                Ok(())
            }
            b"rootfs" if entry.kind != Kind::Directory => invalid("rootfs is not a directory".into()),
            b"rootfs" => {
                self.rootfs = true;
                Ok(())
            }
            _ if path.starts_with(b"rootfs/") => Ok(()),
            _ if path.starts_with(b"manifest/") => invalid(format!(
                "{}: it stands beneath manifest, which is no directory",
                printable(path)
            )),
            _ => invalid(format!(
                "unrecognized file path in layout: \"{}\"",
                printable(path)
            )),
        }
    }

    fn parents(&mut self, entry: &Entry, missing: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let (parent, _) = super::path::split(&entry.path);
        if parent.is_empty() || parent == self.parent {
            return Ok(());
        }
        for (above, key) in self.places.keys(parent) {
            match self.places.at(key) {
                Some(Place::Directory | Place::Implied) => {}
                Some(Place::Symlink) => {
                    return invalid(format!(
                        "{}: it stands beneath the symlink {}",
                        printable(&entry.path),
                        printable(above)
                    ));
                }
                Some(Place::Linkable) => {
                    return invalid(format!(
                        "{}: it stands beneath {}, which is no directory",
                        printable(&entry.path),
                        printable(above)
                    ));
                }
                None => {
                    self.count()?;
                    missing(above)?;
                    self.places.put(key, Place::Implied);
                }
            }
        }
        self.parent = parent.to_vec();
        Ok(())
    }

    fn linked(&self, entry: &Entry) -> Result<Place> {
        let refuse = |what: &str| {
            invalid(format!(
                "{}: hard link to {} {what}",
                printable(&entry.path),
                printable(&entry.link)
            ))
        };
        if !entry.link.starts_with(b"rootfs/") {
            return refuse("outside the rootfs");
        }
        if entry.link == entry.path {
            return refuse("itself");
        }
        match self.places.at(self.places.key(&entry.link)) {
            // A symlink too: the link is made to the symlink itself, not to its target.
            Some(place @ (Place::Linkable | Place::Symlink)) => Ok(place),
            Some(Place::Directory | Place::Implied) => refuse("which is a directory"),
            None => refuse("which is not in the archive before it"),
        }
    }

    /// Checks rule A3 at the end of the archive.
    pub(super) fn complete(&self) -> Result<()> {
        if !self.manifest {
            return invalid("no image manifest found in layout".into());
        }
        if !self.rootfs {
            return invalid("no rootfs found in layout".into());
        }
        Ok(())
    }
}
