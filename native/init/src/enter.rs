//! `appc-init enter DIR APP -- COMMAND`: runs a command in an app for an operator: as root, in the app's root,
//! environment and confinement.

use std::os::fd::AsFd;

use appc_kernel::clone::{self, Parent};
use appc_kernel::{descriptors, namespaces, sealed, terminal};

use crate::app_process::{AppProcess, RunAs};
use crate::failure::{About, Failure, Result};
use crate::plan::AppPlan;
use crate::pod_directory::PodDirectory;
use crate::streams::Streams;
use crate::{pod_init, relay, report};

/// The command's standard streams.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stdio {
    /// Those of the operator.
    Inherited,
    /// A new pseudo-terminal, between which and the operator's terminal all is passed on: a command that had the
    /// operator's own could type into it (TIOCSTI).
    Terminal,
}

/// Returns the command's exit status.
pub fn run(directory: &str, app: &str, stdio: Stdio, command: &[&str]) -> Result<u8> {
    sealed::seal(c"appc-init")
        .about("appc-init: cannot run from a read-only mount; only root can do this")?;
    descriptors::close_on_exec_from(3).about("descriptors")?;
    let directory = PodDirectory::open(directory)?;
    let plan = directory.app_plan(app)?;
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    execute(&directory, &plan, stdio, &command).about(format_args!("app {app}"))
}

fn execute(directory: &PodDirectory, plan: &AppPlan, stdio: Stdio, command: &[String]) -> Result<u8> {
    let init = pod_init::find(directory).about("pod")?;
    let (controller, streams) = match stdio {
        Stdio::Inherited => (None, Streams::Inherited),
        Stdio::Terminal => {
            let size = rustix::termios::tcgetwinsize(rustix::stdio::stdin()).about("terminal")?;
            let (controller, path) = terminal::open(size.ws_row, size.ws_col).about("terminal")?;
            (Some(controller), Streams::Terminal(path))
        }
    };
    let environment = environment(plan);
    let process = AppProcess {
        directory,
        plan,
        init: init.as_fd(),
        command,
        environment: &environment,
        run_as: RunAs::Root,
        streams: &streams,
    };
    let (reporter, listener) = report::channel()?;
    namespaces::join_all_but_mounts(init.as_fd()).about("namespaces of the pod")?;
    let signals = relay::Signals::block().about("signals")?;
    let mut reporter = Some(reporter);
    let child = clone::run(0, Parent::Caller, || match reporter.take() {
        Some(reporter) => process.run(reporter, None),
        None => i32::from(Failure::STATUS),
    })
    .about("process")?;
    drop(reporter);
    listener.outcome()?;
    match controller {
        None => signals.forward_until_end(&child),
        Some(controller) => relay::until_end(&controller, &signals, &child),
    }
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
