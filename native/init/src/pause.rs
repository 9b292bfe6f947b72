//! `appc-init pause`: PID 1 of a pod. It keeps the pod's namespaces and lock alive and does nothing else, in as little
//! memory as it can.

use appc_kernel::{descriptors, memory, processes, signals};

use crate::pod_lock;

/// Waits until the service manager says SIGTERM.
pub fn run() -> u8 {
    // None of these can fail here, and there is nobody to tell.
    let _ = processes::forbid_inspection();
    let _ = processes::set_name(c"appc-pod");
    let _ = descriptors::close_all(0, pod_lock::DESCRIPTOR - 1);
    let _ = descriptors::close_all(pod_lock::DESCRIPTOR + 1, i32::MAX);
    signals::ignore_children();
    // The pod's own processes have no say in its end.
    let stop = signals::Outsiders::block(&[libc::SIGTERM]);
    memory::give_back_program();
    stop.wait();
    0
}
