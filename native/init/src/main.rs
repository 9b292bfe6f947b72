//! The in-pod program: sets up a pod, runs its apps, and enters it. The units that the launcher
//! creates call it; its instructions are in the pod directory (stage1/plan/pod-plan.ts). Exit
//! status 254 means this program's own failure, 2 wrong usage.

mod app;
mod app_process;
mod attach;
mod build_root;
mod cgroup;
mod detached;
mod devices;
mod diagnosis;
mod enter;
mod exited;
mod failure;
mod handler;
mod host;
mod identity;
mod journal;
mod launch;
mod leave;
mod mount_table;
mod notify;
mod own_files;
mod pause;
mod plan;
mod pod;
mod pod_connection;
mod pod_directory;
mod pod_init;
mod pod_lock;
mod pod_streams;
mod program;
mod relay;
mod remove_interface;
mod report;
mod rights;
mod streams;
mod visible;
mod wait;
mod waiting;

use std::process::ExitCode;

use failure::Failure;
use journal::Priority;
use launch::RunAs;
use pod_directory::PodDirectory;

const USAGE: &str = "usage: appc-init pod DIR
       appc-init app DIR APP
       appc-init handler DIR APP pre-start|post-stop
       appc-init exited DIR APP
       appc-init leave DIR
       appc-init remove-interface NAME ADDRESS
       appc-init enter DIR APP [--as USER [GROUP]] [-- COMMAND...]
       appc-init attach DIR [--stdin] [APP]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["pause"] => Ok(pause::run()),
        ["pod", directory] => pod::run(directory),
        ["app", directory, app] => app::run(directory, app),
        ["handler", directory, app, "pre-start"] => handler::run(directory, app, handler::Event::PreStart),
        ["handler", directory, app, "post-stop"] => handler::run(directory, app, handler::Event::PostStop),
        ["attach", directory, "--stdin", app @ ..] if app.len() < 2 => attach::run(directory, app, true),
        ["attach", directory, app @ ..] if app.len() < 2 => attach::run(directory, app, false),
        ["leave", directory] => leave::run(directory),
        ["remove-interface", name, address] => remove_interface::run(name, address),
        ["exited", directory, app] => exited::run(directory, app),
        ["enter", directory, app] => enter::run(directory, app, RunAs::Root, &[]),
        ["enter", directory, app, "--", command @ ..] => enter::run(directory, app, RunAs::Root, command),
        ["enter", directory, app, "--as", user, "--", command @ ..] => {
            enter::run(directory, app, RunAs::Named { user, group: None }, command)
        }
        ["enter", directory, app, "--as", user, group, "--", command @ ..] => enter::run(
            directory,
            app,
            RunAs::Named {
                user,
                group: Some(group),
            },
            command,
        ),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            report_failure(&arguments, &failure);
            ExitCode::from(Failure::STATUS)
        }
    }
}

/// Reports a failure: to the journal if a unit runs the program, as a line of the pod or of the
/// app; and to the clients attached to the pod.
fn report_failure(arguments: &[&str], failure: &Failure) {
    match arguments {
        ["leave", ..] => {
            // `gc` reads stderr; the journal has it for the unit of the pod.
            eprintln!("{failure}");
            journal::say(journal::OURS, Priority::Error, &failure.to_string());
        }
        ["pod", ..] => journal::say(journal::OURS, Priority::Error, &failure.to_string()),
        ["app" | "handler" | "exited", directory, app, ..] => {
            journal::say(app, Priority::Error, &failure.to_string());
            if let Ok(directory) = PodDirectory::open(directory) {
                pod_connection::note(&directory, &format!("appc: {failure}"));
            }
        }
        _ => eprintln!("appc: {failure}"),
    }
}
