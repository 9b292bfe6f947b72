//! The plans that the launcher writes into the pod directory. The TypeScript counterpart, which
//! documents each field, is stage1/plan/pod-plan.ts.

use appc_kernel::mounts::Attributes;
use serde::Deserialize;

/// The version of both plans.
pub const VERSION: u32 = 1;

/// The content of stage1/pod.json.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodPlan {
    pub version: u32,
    pub uuid: String,
    pub hostname: String,
    pub network: Network,
    pub lock: Holder,
    pub launcher: Holder,
    pub data: String,
    pub shared: Vec<MountOp>,
    pub apps: Vec<String>,
}

/// The network namespace of the pod.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    Host,
    Join(Holder),
}

/// A descriptor of another process.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    pub pid: i32,
    pub fd: i32,
}

/// One step of building a root.
#[derive(Deserialize)]
#[serde(
    tag = "op",
    rename_all = "lowercase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum MountOp {
    Overlay {
        lowers: Vec<String>,
        upper: String,
        work: String,
    },
    Bind {
        from: From,
        source: String,
        target: String,
        recursive: bool,
        read_only: bool,
        flags: Vec<MountFlag>,
    },
    Filesystem {
        r#type: String,
        target: String,
        flags: Vec<MountFlag>,
        options: Vec<String>,
    },
    Directory {
        target: String,
        mode: u32,
    },
    Symlink {
        target: String,
        to: String,
        if_missing: bool,
    },
    Device {
        target: String,
        major: u32,
        minor: u32,
        mode: u32,
    },
    File {
        target: String,
        content: String,
        mode: u32,
        if_missing: bool,
        read_only: bool,
    },
    Mask {
        target: String,
    },
    Readonly {
        target: String,
    },
}

/// What the source path of a bind belongs to: the host, the data directory, or the root of the pod.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum From {
    Host,
    Data,
    Pod,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum MountFlag {
    Nosuid,
    Nodev,
    Noexec,
    Readonly,
}

impl MountOp {
    /// The path that this step changes, inside the root that is built.
    pub fn target(&self) -> &str {
        match self {
            Self::Overlay { .. } => "/",
            Self::Bind { target, .. }
            | Self::Filesystem { target, .. }
            | Self::Directory { target, .. }
            | Self::Symlink { target, .. }
            | Self::Device { target, .. }
            | Self::File { target, .. }
            | Self::Mask { target }
            | Self::Readonly { target } => target,
        }
    }
}

/// The mount attributes for a list of flags.
pub fn attributes(flags: &[MountFlag]) -> Attributes {
    flags.iter().fold(Attributes::empty(), |all, flag| {
        all | match flag {
            MountFlag::Nosuid => Attributes::MOUNT_ATTR_NOSUID,
            MountFlag::Nodev => Attributes::MOUNT_ATTR_NODEV,
            MountFlag::Noexec => Attributes::MOUNT_ATTR_NOEXEC,
            MountFlag::Readonly => Attributes::MOUNT_ATTR_RDONLY,
        }
    })
}

/// The size of a terminal.
#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub struct TerminalSize {
    pub rows: u16,
    pub columns: u16,
}

/// The content of stage1/apps/NAME.json.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppPlan {
    pub version: u32,
    pub name: String,
    pub unit: String,
    pub mounts: Vec<MountOp>,
    pub exec: Vec<String>,
    pub user: String,
    pub group: String,
    #[serde(rename = "supplementaryGIDs")]
    pub supplementary_gids: Vec<u32>,
    pub working_directory: String,
    pub environment: Vec<String>,
    pub capabilities: Vec<String>,
    pub no_new_privileges: bool,
    pub seccomp: Option<String>,
    pub terminal: Option<TerminalSize>,
    pub stdin: bool,
    pub cgroup: bool,
    pub journal_fields: Vec<String>,
    pub pre_start: Option<Vec<String>>,
    pub post_stop: Option<Vec<String>>,
}
