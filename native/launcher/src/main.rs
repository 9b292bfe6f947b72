//! The program `appc`, also installed as `stage1`: executes the runtime that is installed beside
//! it, with the same arguments.
//!
//! The runtime is built on Bun, which reads environment variables before any code of appc runs:
//! `BUN_OPTIONS=--preload=FILE` runs a file, `BUN_BE_BUN` turns it into another program,
//! `BUN_INSPECT` opens a debugger. `appc` runs as root, often in an environment that others
//! control, so these variables are removed.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Prefixes of the variables that Bun and its engine (JavaScriptCore, mimalloc) read, and that Node
/// would read.
const READ_BY_ENGINE: [&[u8]; 4] = [b"BUN_", b"JSC_", b"MIMALLOC_", b"NODE_"];

/// The only variable of Node that administrators use: a file with their own certificate
/// authorities.
const AUTHORITIES: &[u8] = b"NODE_EXTRA_CA_CERTS";

/// The exit status for appc's own failures.
const FAILED: u8 = 254;

/// Turns off all compilers of the engine: stage1 mostly waits for systemd, and starts faster
/// without them.
const NO_COMPILER: (&str, &str) = ("BUN_JSC_useJIT", "0");

/// Keeps only the compiler of WebAssembly, in which the engine parses the responses of web servers.
/// The rest of stage0 mostly waits for web servers and for native code: it starts faster and uses
/// some megabytes less.
const ONLY_WEBASSEMBLY_COMPILER: (&str, &str) = ("BUN_JSC_useBaselineJIT", "0");

/// Keeps the fast compiler, for the commands that compute in JavaScript.
const NO_OPTIMIZING_COMPILER: (&str, &str) = ("BUN_JSC_useDFGJIT", "0");

/// The commands that write archives in JavaScript.
const COMMANDS_IN_JAVASCRIPT: [&str; 2] = ["build", "patch-manifest"];

/// Tells the runtime that its working directory was removed: the engine would refuse to start
/// there.
const DIRECTORY_GONE: &str = "APPC_DIRECTORY_GONE";

/// Replaces a removed working directory: it has no useful files, and none can be created in it.
const EMPTY_DIRECTORY: &str = "/proc/self/fdinfo";

fn main() -> ExitCode {
    let failure = match env::current_exe() {
        Ok(launcher) => become_runtime(&launcher.with_file_name("runtime")),
        Err(error) => format!("cannot find the directory it is installed in: {error}"),
    };
    eprintln!("appc: {failure}; next: install appc anew");
    ExitCode::from(FAILED)
}

/// Executes the runtime; returns only on an error, with its text.
fn become_runtime(runtime: &Path) -> String {
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_else(|| "appc".into());
    let kept = env::vars_os().filter(|(name, _)| !is_read_by_engine(name) && name != DIRECTORY_GONE);
    let arguments: Vec<OsString> = arguments.collect();
    let (option, value) = compilers(&name, &arguments);
    let mut command = Command::new(runtime);
    command
        .arg0(name)
        .args(&arguments)
        .env_clear()
        .envs(kept)
        .env(option, value);
    if env::current_dir().is_err() {
        command.current_dir(EMPTY_DIRECTORY).env(DIRECTORY_GONE, "1");
    }
    let error = command.exec();
    format!("{}: {error}", runtime.display())
}

/// The engine's setting for its compilers. An argument of an app that looks like a command makes
/// the start two milliseconds slower.
fn compilers(name: &OsStr, arguments: &[OsString]) -> (&'static str, &'static str) {
    if Path::new(name).file_name() == Some(OsStr::new("stage1")) {
        NO_COMPILER
    } else if arguments
        .iter()
        .any(|argument| COMMANDS_IN_JAVASCRIPT.iter().any(|command| argument == command))
    {
        NO_OPTIMIZING_COMPILER
    } else {
        ONLY_WEBASSEMBLY_COMPILER
    }
}

fn is_read_by_engine(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name != AUTHORITIES && READ_BY_ENGINE.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::{compilers, is_read_by_engine};

    #[test]
    fn what_the_engine_reads_is_kept_from_it() {
        for name in [
            "BUN_OPTIONS",
            "BUN_BE_BUN",
            "BUN_",
            "BUN_JSC_useJIT",
            "JSC_useJIT",
            "NODE_OPTIONS",
            "MIMALLOC_VERBOSE",
        ] {
            assert!(is_read_by_engine(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn what_is_the_callers_own_stays() {
        for name in [
            "PATH",
            "HOME",
            "NODE_EXTRA_CA_CERTS",
            "https_proxy",
            "BUNDLE",
            "NODES",
            "node_options",
            "",
        ] {
            assert!(!is_read_by_engine(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn compilers_are_for_what_computes() {
        let option = |name: &str, arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
            compilers(name.as_ref(), &arguments).0
        };
        assert_eq!(
            option("/usr/lib/appc/stage1", &["run", "build"]),
            "BUN_JSC_useJIT"
        );
        assert_eq!(option("appc", &["run", "image"]), "BUN_JSC_useBaselineJIT");
        assert_eq!(option("appc", &[]), "BUN_JSC_useBaselineJIT");
        assert_eq!(
            option("appc", &["--debug", "build", "layout"]),
            "BUN_JSC_useDFGJIT"
        );
    }
}
