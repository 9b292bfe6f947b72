//! Which files of a union are kept (rules E4 and M15).

use crate::archive::error::{Error, Result, printable};
use crate::archive::path::{ancestors, normalize};
use crate::archive::places::{Place, Places};

/// The decision about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The path is kept, whatever its type.
    Stays,
    /// The path is kept if it is a directory: something beneath it may be kept.
    Above,
    Goes,
}

/// The paths to keep; all paths if there is no list.
pub(super) struct Keep(Option<Places>);

impl Keep {
    /// [`Error::Invalid`] names a path that is not absolute or leads upwards.
    pub(super) fn new(list: Option<&[String]>) -> Result<Self> {
        let Some(list) = list else {
            return Ok(Self(None));
        };
        let mut places = Places::default();
        for path in list {
            let invalid =
                |what: &str| Error::Invalid(format!("path to keep {}: {what}", printable(path.as_bytes())));
            let beneath = path
                .strip_prefix('/')
                .ok_or_else(|| invalid("it is not absolute"))?;
            let path = normalize(format!("./{beneath}").as_bytes()).map_err(invalid)?;
            for above in ancestors(&path) {
                let key = places.key(above);
                if places.at(key).is_none() {
                    places.put(key, Place::Implied);
                }
            }
            places.put(places.key(&path), Place::Linkable);
        }
        Ok(Self(Some(places)))
    }

    /// The decision about `path`, which is normalized and relative.
    pub(super) fn verdict(&self, path: &[u8]) -> Verdict {
        let Some(places) = &self.0 else {
            return Verdict::Stays;
        };
        match places.at(places.key(path)) {
            None => Verdict::Goes,
            Some(Place::Implied) => Verdict::Above,
            Some(_) => Verdict::Stays,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_and_the_directories_above() {
        let list = ["/bin/sh", "/etc/", "/etc/ssl/certs//a", "/usr", "/usr/lib"].map(String::from);
        let keep = Keep::new(Some(&list)).unwrap();
        for (path, verdict) in [
            ("bin", Verdict::Above),
            ("bin/sh", Verdict::Stays),
            ("bin/sh/x", Verdict::Goes),
            ("bin/ls", Verdict::Goes),
            ("etc", Verdict::Stays),
            ("etc/ssl", Verdict::Above),
            ("etc/ssl/certs/a", Verdict::Stays),
            ("usr", Verdict::Stays),
            ("usr/lib", Verdict::Stays),
            ("lib", Verdict::Goes),
        ] {
            assert_eq!(keep.verdict(path.as_bytes()), verdict, "{path}");
        }
        assert_eq!(Keep::new(None).unwrap().verdict(b"anything"), Verdict::Stays);
        assert_eq!(Keep::new(Some(&[])).unwrap().verdict(b"anything"), Verdict::Goes);
    }

    #[test]
    fn paths_that_are_none() {
        for (path, message) in [
            ("bin/sh", "path to keep bin/sh: it is not absolute"),
            ("/bin/../sh", "path to keep /bin/../sh: the path holds \"..\""),
        ] {
            let refused = Keep::new(Some(&[path.into()])).err();
            assert_eq!(refused, Some(Error::Invalid(message.into())));
        }
    }
}
