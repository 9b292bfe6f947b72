//! The files of a pod directory that this program reads and writes; their names are defined in
//! stage0/schema/pod-dir.ts.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::failure::{About, Failure, Result};
use crate::plan::{AppPlan, PodPlan, VERSION};

/// A pod directory, by absolute path.
pub struct PodDirectory(PathBuf);

impl PodDirectory {
    /// The pod directory at `path`, which must exist and be absolute.
    pub fn open(path: &str) -> Result<Self> {
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(Failure::new(format!(
                "pod directory {}: is not an absolute path",
                path.display()
            )));
        }
        match fs::metadata(&path) {
            Ok(facts) if !facts.is_dir() => Err(Failure::new("is not a directory")),
            Ok(_) => Ok(()),
            Err(error) => Err(error).about("cannot be opened"),
        }
        .about(format_args!("pod directory {}", path.display()))?;
        Ok(Self(path))
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads the plan for `appc-init pod`.
    pub fn pod_plan(&self) -> Result<PodPlan> {
        let plan: PodPlan = self.read_plan("stage1/pod.json")?;
        supported("stage1/pod.json", plan.version)?;
        Ok(plan)
    }

    /// Reads the plan for the app `app`.
    pub fn app_plan(&self, app: &str) -> Result<AppPlan> {
        if app.contains('/') {
            return Err(Failure::new(format!("app {app}: is no app name")));
        }
        let name = format!("stage1/apps/{app}.json");
        let plan: AppPlan = self.read_plan(&name)?;
        supported(&name, plan.version)?;
        Ok(plan)
    }

    /// Reads the file `name`.
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        fs::read(self.0.join(name)).about(self.0.join(name).display())
    }

    /// The pod init's PID; `None` before the pod was ready.
    pub fn pid(&self) -> Result<Option<i32>> {
        let path = self.0.join("pid");
        match fs::read_to_string(&path) {
            Ok(text) => {
                let pid = text.trim().parse().map_err(|_| Failure::new("holds no PID"));
                pid.about(path.display()).map(Some)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).about(path.display()),
        }
    }

    /// Writes the pod init's PID.
    pub fn write_pid(&self, pid: i32) -> Result<()> {
        self.replace(Path::new("pid"), format!("{pid}\n").as_bytes())
    }

    /// Records that the app's program has been executed now.
    pub fn mark_started(&self, app: &str) -> Result<()> {
        self.make_status_directory()?;
        self.replace(&Path::new("status").join(format!("{app}-started")), b"")
    }

    /// The record of how the app ended; `None` if it has not ended yet.
    pub fn exit(&self, app: &str) -> Result<Option<Vec<u8>>> {
        let path = self.0.join("status").join(app);
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).about(path.display()),
        }
    }

    /// Writes the record of how the app ended. The launcher has created the draft with enough
    /// space, so writing succeeds on a disk that is full by now.
    pub fn write_exit(&self, app: &str, content: &[u8]) -> Result<()> {
        self.make_status_directory()?;
        self.replace(&Path::new("status").join(app), content)
    }

    /// Resets the record when the app starts, possibly again (`Restart=` of a drop-in): it has not
    /// ended. Keeps the record's space.
    pub fn clear_exit(&self, app: &str) -> Result<()> {
        let path = self.0.join("status").join(app);
        match fs::rename(&path, draft(&path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error).about(path.display()),
            _ => Ok(()),
        }
    }

    fn make_status_directory(&self) -> Result<()> {
        let path = self.0.join("status");
        fs::create_dir_all(&path).about(path.display())
    }

    fn read_plan<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_slice(&self.read(name)?).about(self.0.join(name).display())
    }

    /// Replaces `name` atomically: a reader gets the old or the new content. An existing draft is
    /// overwritten before it is truncated, so that its blocks are not released in between.
    fn replace(&self, name: &Path, content: &[u8]) -> Result<()> {
        let path = self.0.join(name);
        let new = draft(&path);
        let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&new)
            .and_then(|mut file| {
                file.write_all(content)?;
                file.set_len(length)
            })
            .and_then(|()| fs::rename(&new, &path))
            .about(path.display())
    }
}

/// The draft that will replace `path`. AC Names do not begin with a dot, so no other file has its
/// name.
fn draft(path: &Path) -> PathBuf {
    let last = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{last}.new"))
}

fn supported(name: &str, version: u32) -> Result<()> {
    if version == VERSION {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{name}: has version {version}, this program knows version {VERSION}"
    )))
}
