//! The capabilities of an app's process at each step of its creation, capabilities(7). While the
//! process resolves paths that an app or image names, it may never do more than the app itself.
//! Above all it may not inspect other processes, because the links of /proc/PID lead out of every
//! root.

use appc_kernel::capabilities;
use rustix::fs::{Gid, Uid};
use rustix::thread::CapabilitySet;

use crate::failure::{About, Failure, Result};
use crate::identity::Identity;
use crate::plan::AppPlan;

/// What the steps after entering the root need: to mount, to become the user, to hand over its
/// streams, and to reduce the bounding set. None of these opens a link of another process.
const STEPS: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::CHOWN)
    .union(CapabilitySet::SETPCAP);

/// Allows opening what non-dumpable processes hold. No step of this program needs it.
const INSPECTION: CapabilitySet = CapabilitySet::SYS_PTRACE;

/// The maximum rights of an app.
pub struct Rights {
    bounding: CapabilitySet,
    /// The capabilities that installing the app's filter needs.
    filter: CapabilitySet,
}

impl Rights {
    /// The rights in the plan.
    pub fn of(plan: &AppPlan) -> Result<Self> {
        let mut bounding = CapabilitySet::empty();
        for name in &plan.capabilities {
            bounding |= capabilities::by_name(name)
                .ok_or_else(|| Failure::new(format!("capability {name}: is unknown")))?;
        }
        Ok(Self {
            bounding,
            filter: if plan.no_new_privileges {
                CapabilitySet::empty()
            } else {
                CapabilitySet::SYS_ADMIN
            },
        })
    }

    /// Reduces the capabilities to those of the app and of the next steps. Must be called before
    /// any path inside the app's root is resolved.
    pub fn confine(&self) -> Result<()> {
        let permitted = self.bounding | STEPS;
        capabilities::limit_bounding_set(self.bounding)
            .and_then(|()| capabilities::keep_only(permitted, permitted - INSPECTION))
            .about("capabilities")
    }

    /// Becomes the user. The process keeps what a program of that user gets, and what installing
    /// the filter needs. For root, execve(2) makes the bounding set effective again.
    pub fn assume(&self, identity: &Identity) -> Result<()> {
        let groups: Vec<Gid> = identity
            .supplementary
            .iter()
            .map(|gid| Gid::from_raw(*gid))
            .collect();
        rustix::thread::set_thread_groups(&groups).about("supplementary groups")?;
        let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
        rustix::thread::set_thread_res_gid(gid, gid, gid).about(format_args!("group {}", identity.gid))?;
        rustix::thread::set_keep_capabilities(true).about("capabilities")?;
        rustix::thread::set_thread_res_uid(uid, uid, uid).about(format_args!("user {}", identity.uid))?;
        let own = if uid.is_root() {
            self.bounding
        } else {
            CapabilitySet::empty()
        };
        let permitted = own | self.filter;
        capabilities::keep_only(permitted, permitted - INSPECTION).about("capabilities")
    }
}
