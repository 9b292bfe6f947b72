//! The process of an app from its creation to its program: it starts in the app's root, with the
//! maker's rights (launch.rs).

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::root::Root;
use appc_kernel::{descriptors, processes, sealed, seccomp, signals};
use rustix::fs::{Mode, Uid};

use crate::diagnosis;
use crate::failure::{About, Cause, Failure, Result};
use crate::identity::Identity;
use crate::launch::Launch;
use crate::program::Place;
use crate::report::{Gate, Reporter};
use crate::rights::Rights;
use crate::streams::Opened;

/// The state with which the new process starts.
pub struct Prepared<'a> {
    pub launch: &'a Launch<'a>,
    pub rights: Rights,
    pub root: Root,
    pub streams: Opened<'a>,
    /// The controlling side of its terminal, which the new process must not have.
    pub controller: Option<OwnedFd>,
    pub identity: Identity,
}

impl Prepared<'_> {
    /// The new process. Reports an error and returns its exit status if the command could not be
    /// executed. `gate` blocks the process after its setup has succeeded or failed.
    pub fn run(&self, mut reporter: Reporter, gate: &Gate, filter: Option<&[u8]>) -> i32 {
        let ready = self.assume(&reporter, gate);
        if gate.pass() {
            let failure = ready.and_then(|ready| {
                reporter.about_to_execute()?;
                Err(ready.execute(filter))
            });
            if let Err::<(), _>(failure) = failure {
                reporter.complain(&failure);
            }
        }
        i32::from(Failure::STATUS)
    }

    /// Becomes the app's user with its streams, and resolves the program as that user.
    fn assume(&self, reporter: &Reporter, gate: &Gate) -> Result<Ready> {
        let mut needed = vec![reporter.as_fd(), gate.as_fd(), self.root.as_fd()];
        needed.extend(self.streams.fds());
        descriptors::close_all_but(&needed).about("descriptors")?;
        rustix::process::setsid().about("session")?;
        rustix::process::umask(Mode::from_raw_mode(0o022));
        self.streams.install(Uid::from_raw(self.identity.uid))?;
        self.rights.assume(&self.identity)?;
        // Becoming another user may have made the process dumpable again (fs.suid_dumpable).
        processes::forbid_inspection().about("process")?;

        let Launch {
            plan,
            command,
            environment,
            ..
        } = self.launch;
        let place = Place {
            root: &self.root,
            working_directory: &plan.working_directory,
        };
        let shell = [place.shell().to_owned()];
        let command = if command.is_empty() { &shell } else { *command };
        let name = command.first().map_or("", String::as_str);
        let program = place.find(name, environment)?;
        if !processes::is_working_directory_reachable() {
            return Err(Failure::new(format!(
                "working directory {}: is outside of the root, or removed",
                plan.working_directory
            )));
        }
        signals::reset();
        descriptors::close_on_exec_from(3).about("descriptors")?;
        Ok(Ready {
            diagnosis: place.diagnosis(&program.absolute),
            path: program.path,
            arguments: strings(command).about("arguments")?,
            environment: strings(environment).about("environment")?,
            no_new_privileges: plan.no_new_privileges,
        })
    }
}

fn strings(texts: &[String]) -> std::result::Result<Vec<CString>, std::ffi::NulError> {
    texts.iter().map(|text| CString::new(text.as_str())).collect()
}

/// A process that has only two steps left: installing the filter, which may forbid most system
/// calls, and the exec.
struct Ready {
    path: CString,
    diagnosis: Option<String>,
    arguments: Vec<CString>,
    environment: Vec<CString>,
    no_new_privileges: bool,
}

impl Ready {
    fn execute(self, filter: Option<&[u8]>) -> Failure {
        if self.no_new_privileges {
            if let Err(error) = rustix::thread::set_no_new_privs(true) {
                return Failure::new(format!("no_new_privs: {}", error.words()));
            }
        }
        if let Some(filter) = filter {
            if let Err(error) = seccomp::install(filter) {
                return Failure::new(format!("seccomp filter: {}", error.words()));
            }
        }
        let error = sealed::execute_path(&self.path, &self.arguments, &self.environment);
        let reason = self.diagnosis.unwrap_or_else(|| diagnosis::error_text(error));
        Failure::new(format!("program {}: {reason}", self.path.to_string_lossy()))
    }
}
