//! `appc-init enter DIR APP [--as USER [GROUP]] [-- COMMAND]`: runs a command in an app for an
//! operator, as root or as a user of the image, in the app's root, environment and confinement,
//! under the control group of the app's unit. Nothing of the operator's enters the pod: the
//! command's streams are pipes, or a terminal of the app's own, and this program relays between
//! these and the operator's.

use std::os::fd::AsFd;

use appc_kernel::clone::Parent;
use appc_kernel::{descriptors, limits, sealed};
use rustix::termios::Winsize;

use crate::cgroup::UnitGroup;
use crate::failure::{About, Result};
use crate::launch::{Launch, Launched, RunAs};
use crate::plan::{AppPlan, TerminalSize};
use crate::pod_directory::PodDirectory;
use crate::pod_init;
use crate::relay::{self, Flow, Signals};
use crate::streams::Streams;

/// Returns the command's exit status.
pub fn run(directory: &str, app: &str, run_as: RunAs<'_>, command: &[&str]) -> Result<u8> {
    sealed::seal(c"appc-init")
        .about("appc-init: cannot run from a read-only mount; only root can do this")?;
    descriptors::close_on_exec_from(3).about("descriptors")?;
    let directory = PodDirectory::open(directory)?;
    let plan = directory.app_plan(app)?;
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    execute(&directory, &plan, run_as, &command).about(format_args!("app {app}"))
}

fn execute(directory: &PodDirectory, plan: &AppPlan, run_as: RunAs<'_>, command: &[String]) -> Result<u8> {
    let init = pod_init::find(directory).about("pod")?;
    let group = UnitGroup::of(init.pid, &plan.unit)?;
    limits::copy_from(group.process()?).about("limits of the app")?;
    let at_terminal = [
        rustix::termios::isatty(rustix::stdio::stdin()),
        rustix::termios::isatty(rustix::stdio::stdout()),
        rustix::termios::isatty(rustix::stdio::stderr()),
    ]
    .into_iter()
    .all(|is_terminal| is_terminal);
    let (streams, mut flows) = if at_terminal {
        let Winsize { ws_row, ws_col, .. } =
            rustix::termios::tcgetwinsize(rustix::stdio::stdin()).about("terminal")?;
        let (rows, columns) = (ws_row, ws_col);
        (Streams::Terminal(TerminalSize { rows, columns }), Vec::new())
    } else {
        relay::pipes()?
    };
    let environment = environment(plan);
    let signals = Signals::block().about("signals")?;
    let Launched {
        child,
        controller,
        key,
        listener,
    } = Launch {
        directory,
        plan,
        init: init.fd.as_fd(),
        command,
        environment: &environment,
        run_as,
        streams: &streams,
        parent: Parent::Caller,
        cgroup: Some(group.as_fd()),
    }
    .run()?;
    // Only the command may hold the command's ends.
    drop(streams);
    key.open()?;
    listener.outcome()?;
    let _raw = match &controller {
        None => None,
        Some(controller) => {
            flows = Flow::of_terminal(controller)?;
            Some(relay::RawTerminal::set().about("terminal")?)
        }
    };
    relay::until_end(flows, controller.as_ref(), &signals, &child)
}

/// The app's environment with the operator's TERM.
fn environment(plan: &AppPlan) -> Vec<String> {
    let mut environment: Vec<String> = plan
        .environment
        .iter()
        .filter(|line| !line.starts_with("TERM="))
        .cloned()
        .collect();
    environment.push(format!(
        "TERM={}",
        std::env::var("TERM").unwrap_or_else(|_| "vt100".into())
    ));
    environment
}
