//! The files of a pod directory this program reads and writes; the names are those of stage0/schema/pod-dir.ts.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::failure::{About, Failure, Result};
use crate::plan::{AppPlan, PodPlan, VERSION};

/// A pod directory, by absolute path.
pub struct PodDirectory(PathBuf);

impl PodDirectory {
    /// The pod directory at `path`, which is there and absolute.
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

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What `appc-init pod` is to set up.
    pub fn pod_plan(&self) -> Result<PodPlan> {
        let plan: PodPlan = self.read_plan("stage1/pod.json")?;
        supported("stage1/pod.json", plan.version)?;
        Ok(plan)
    }

    /// How the app `app` is to be run.
    pub fn app_plan(&self, app: &str) -> Result<AppPlan> {
        if app.contains('/') {
            return Err(Failure::new(format!("app {app}: is no app name")));
        }
        let name = format!("stage1/apps/{app}.json");
        let plan: AppPlan = self.read_plan(&name)?;
        supported(&name, plan.version)?;
        Ok(plan)
    }

    /// Contents of the file `name`.
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        fs::read(self.0.join(name)).about(self.0.join(name).display())
    }

    /// The pod init's PID; none before the pod was ready.
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

    /// Notes that the app's program has been executed, now.
    pub fn mark_started(&self, app: &str) -> Result<()> {
        self.make_status_directory()?;
        self.replace(&Path::new("status").join(format!("{app}-started")), b"")
    }

    /// How the app ended, as far as that is known already.
    pub fn exit(&self, app: &str) -> Result<Option<Vec<u8>>> {
        let path = self.0.join("status").join(app);
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).about(path.display()),
        }
    }

    /// Writes how the app ended. The launcher has made the new file with room for it, so that a disk that is full by now
    /// does not matter.
    pub fn write_exit(&self, app: &str, content: &[u8]) -> Result<()> {
        self.make_status_directory()?;
        self.replace(&Path::new("status").join(app), content)
    }

    /// The app begins, perhaps once more (`Restart=` of a drop-in): it has not ended. The room of its record is kept.
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

    /// Whoever reads `name` sees the old content or the new. A new file that is there already is written over before it is
    /// cut: the blocks it has are not given back in between.
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

/// The new file that is to replace `path`. AC Names begin with no dot, so its name is free.
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
