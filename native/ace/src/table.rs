//! The table of all checks: one row per check.

use crate::checks::{executor, isolators, linux, metadata, pods};
use crate::outcome::Outcome;

/// A check.
pub struct Check {
    /// Where it is executed: `main`, `sidekick` and `twin` are apps, `pre-start` and `post-stop`
    /// are the handlers of `main`.
    pub place: &'static str,
    /// The row of the checklist of the specification.
    pub row: &'static str,
    /// What is checked.
    pub subject: &'static str,
    /// The check.
    pub run: fn() -> Outcome,
}

macro_rules! checks {
    ($($place:literal $row:literal $subject:literal $run:path;)*) => {
        &[$(Check { place: $place, row: $row, subject: $subject, run: $run },)*]
    };
}

/// All checks, in the order of their execution in each place.
pub const CHECKS: &[Check] = checks! {
    "pre-start" "E12" "environment of the handler pre-start" executor::environment;
    "pre-start" "E14" "pre-start runs before the app, in its root and volumes" executor::before_main;

    "main" "E14" "the app starts after pre-start, in the same root and volumes" executor::after_pre_start;
    "main" "E3" "an image replaces files and symlinks of its dependency, and follows none" executor::replaced_files;
    "main" "E4" "nothing outside the path whitelist is left" executor::whitelist;
    "main" "E6" "a missing mount target is made, 0:0 and 0755" executor::made_target;
    "main" "E6" "a mount masks a directory that is not empty" executor::masked_directory;
    "main" "E9" "a volume of one file, read-only" executor::single_file;
    "main" "E10" "loopback is up" executor::loopback;
    "main" "E10" "every other interface that is up has an address" executor::addresses;
    "main" "E12" "environment of an app" executor::environment;
    "main" "E13" "the working directory is / by default" executor::default_directory;
    "main" "O1" "devices" linux::devices;
    "main" "O1" "/dev/pts and /dev/ptmx" linux::terminals;
    "main" "O1" "/dev/shm" linux::shared_memory;
    "main" "O1" "/proc and /sys" linux::kernel_file_systems;
    "main" "O2" "a default /etc/hosts" linux::default_hosts;
    "main" "P6" "an empty volume is 0:0 and 0755 by default" pods::default_volume;
    "main" "P6" "mode and owner of an empty volume" pods::owned_volume;
    "main" "I3" "a default filter of system calls" isolators::default_filter;
    "main" "I6" "the 14 default capabilities" isolators::default_capabilities;
    "main" "I8" "resource/memory" isolators::memory;
    "main" "I9" "resource/cpu" isolators::cpu;
    "main" "I12" "os/unix/sysctl" isolators::sysctl;
    "main" "S1" "the URL has a token of 128 bits, not the UUID" metadata::token;
    "main" "E1" "the UUID of the pod is one of RFC 4122" metadata::uuid;
    "main" "S2" "annotations and manifest of the pod" metadata::pod;
    "main" "S3" "annotations of an app: the pod's replace the image's" metadata::annotations;
    "main" "S3" "manifest and ID of an image" metadata::image;
    "main" "S4" "signatures" metadata::signatures;
    "main" "S6" "wrong requests get 401, 404, 405 and 400" metadata::refusals;
    "main" "P1" "the apps share PID, network, IPC and UTS namespaces" pods::meet_as_main;

    "sidekick" "E12" "the image's own PATH" executor::own_path;
    "sidekick" "E13" "workingDirectory" executor::own_directory;
    "sidekick" "O2" "the image's own /etc/hosts is unchanged" linux::own_hosts;
    "sidekick" "P5" "a read-only root" pods::read_only_root;
    "sidekick" "P6" "a read-only mount of an empty volume" pods::read_only_volume;
    "sidekick" "I1" "seccomp-remove-set, with an errno" isolators::removed_call;
    "sidekick" "I6" "capabilities-retain-set" isolators::retained_capabilities;
    "sidekick" "I7" "no-new-privileges" isolators::no_new_privileges;
    "sidekick" "I13" "oom-score-adj" isolators::oom_score;
    "sidekick" "P1" "processes, ports, SysV and POSIX IPC and the hostname are shared, roots are not" pods::meet_as_sidekick;

    "twin" "E2" "a root of its own, of an image that two apps share" executor::own_copy;
    "twin" "P4" "the app of the pod manifest replaces the image's" pods::replaced_app;

    "post-stop" "E12" "environment of the handler post-stop" executor::environment;
    "post-stop" "E14" "post-stop runs after the app, in its root and volumes" executor::after_main;
};
