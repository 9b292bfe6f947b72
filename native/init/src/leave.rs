//! `appc-init leave DIR`: takes a pod out of its networks, at the end of its unit and in `gc`. The
//! launcher has written down the commands (stage1/network/plugins/leave.ts); both callers may come,
//! also twice, and also after a crash half-way.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::failure::{About, Failure, Result};
use crate::pod_directory::PodDirectory;

/// The Rust twin of `Command` of stage1/network/plugins/command.ts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    program: String,
    arguments: Vec<String>,
    environment: Vec<String>,
    input: String,
    /// It depends on no other command, and none on it.
    #[serde(default)]
    independent: bool,
}

/// The bytes of a program's output that an error quotes.
const QUOTED: u64 = 1000;

/// Executes all commands, in their order except for independent ones, whatever happens to one of
/// them. The list stays until all have succeeded.
pub fn run(directory: &str) -> Result<u8> {
    let directory = PodDirectory::open(directory)?;
    let path = directory.path().join("stage1/leave.json");
    let list = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        result => result.about(path.display())?,
    };
    let commands: Vec<Planned> = serde_json::from_slice(&list).about(path.display())?;
    let failures = execute_all(&commands);
    if !failures.is_empty() {
        return Err(Failure::new(failures.join("; "))).about("leaving the networks of the pod");
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).about(path.display()),
        _ => Ok(0),
    }
}

/// Executes all commands; returns the failures.
fn execute_all(commands: &[Planned]) -> Vec<String> {
    let failure = |command| execute(command).err().map(|failure| failure.to_string());
    let (independent, ordered): (Vec<&Planned>, Vec<&Planned>) =
        commands.iter().partition(|command| command.independent);
    std::thread::scope(|scope| {
        let started: Vec<_> = independent
            .into_iter()
            .map(|command| scope.spawn(move || failure(command)))
            .collect();
        let mut failures: Vec<String> = ordered.into_iter().filter_map(failure).collect();
        failures.extend(started.into_iter().filter_map(|thread| match thread.join() {
            Ok(failure) => failure,
            Err(_) => Some("a command was not executed".to_owned()),
        }));
        failures
    })
}

fn execute(planned: &Planned) -> Result<()> {
    let variables = planned.environment.iter().filter_map(|line| line.split_once('='));
    let mut child = Command::new(&planned.program)
        .args(&planned.arguments)
        .env_clear()
        .envs(variables)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .about(&planned.program)?;
    if let Some(mut input) = child.stdin.take() {
        // A program that reads nothing is no failure.
        let _ = input.write_all(planned.input.as_bytes());
    }
    let mut output = Vec::new();
    if let Some(stdout) = &mut child.stdout {
        stdout
            .take(QUOTED)
            .read_to_end(&mut output)
            .about(&planned.program)?;
        // A program whose output nobody reads any more would be killed.
        std::io::copy(stdout, &mut std::io::sink()).about(&planned.program)?;
    }
    let status = child.wait().about(&planned.program)?;
    if status.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&output);
    let told = output.split_whitespace().collect::<Vec<_>>().join(" ");
    Err(Failure::new(format!("{status} {told}"))).about(&planned.program)
}
