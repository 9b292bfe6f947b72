//! What of a union stays (rows E4 and M15).

use crate::archive::error::{Error, Result, shown};
use crate::archive::path::{ancestors, normalize};
use crate::archive::places::{Place, Places};

/// What becomes of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays, whatever it is.
    Stays,
    /// It stays where it is a directory: something beneath it may.
    Above,
    Goes,
}

/// The paths that stay; all of them where there is no list.
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
                |what: &str| Error::Invalid(format!("path to keep {}: {what}", shown(path.as_bytes())));
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

    /// What becomes of `path`, in its one form and relative.
    pub(super) fn judge(&self, path: &[u8]) -> Verdict {
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
            assert_eq!(keep.judge(path.as_bytes()), verdict, "{path}");
        }
        assert_eq!(Keep::new(None).unwrap().judge(b"anything"), Verdict::Stays);
        assert_eq!(Keep::new(Some(&[])).unwrap().judge(b"anything"), Verdict::Goes);
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
