//! Adding a non-directory to a union.

use super::duplicate::duplicate;
use super::trees::open_directory;
use super::union::{Source, Union};
use super::{Placement, printable_image_path};
use crate::archive::error::{Error, Result, printable};
use crate::archive::path::split;
use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;

impl Union {
    /// Creates `name` of a layer in the union, unless an upper layer has created it.
    pub(super) fn file(
        &mut self,
        source: &Source,
        name: &CStr,
        stat: Stat,
        path: &[u8],
        to: &OwnedFd,
    ) -> Result<()> {
        let made = match self.placement {
            Placement::Copy => self.copy(source, name, stat, path, to)?,
            Placement::Link => match rustix::fs::linkat(&source.fd, name, to, name, AtFlags::empty()) {
                Ok(()) => true,
                Err(Errno::EXIST) => false,
                Err(Errno::MLINK) => self.copy(source, name, stat, path, to)?,
                Err(errno) => {
                    return Err(Error::os(
                        format!("{}: making the hard link", printable_image_path(path)),
                        errno,
                    ));
                }
            },
        };
        if made {
            self.merged.files += 1;
            if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                self.merged.bytes += u64::try_from(stat.st_size).unwrap_or_default();
            }
        }
        Ok(())
    }

    /// False if the name exists already.
    fn copy(&mut self, source: &Source, name: &CStr, stat: Stat, path: &[u8], to: &OwnedFd) -> Result<bool> {
        let full = [b"/", path].concat();
        if stat.st_nlink < 2 {
            return duplicate(&source.fd, name, stat, to, &full);
        }
        if let Some(first) = self.groups.copy_of(source.layer, stat.st_ino)? {
            let (parent, first) = split(&first);
            let parent = open_directory(&self.root, parent)?;
            match rustix::fs::linkat(&parent, first, to, name, AtFlags::empty()) {
                Ok(()) => return Ok(true),
                Err(Errno::EXIST) => return Ok(false),
                Err(Errno::MLINK) => {}
                Err(errno) => {
                    return Err(Error::os(
                        format!("{}: making the hard link", printable(&full)),
                        errno,
                    ));
                }
            }
        }
        let made = duplicate(&source.fd, name, stat, to, &full)?;
        if made {
            self.groups.copied(source.layer, stat.st_ino, path)?;
        }
        Ok(made)
    }
}
