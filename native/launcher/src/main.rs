//! The program `appc`, and under its other name `stage1`: becomes the runtime that is installed beside it, with the same words.
//!
//! The runtime is built on Bun, which reads variables of the environment before any code of ours runs: `BUN_OPTIONS=--preload=FILE` runs
//! a file, `BUN_BE_BUN` makes it another program, `BUN_INSPECT` opens a debugger. `appc` runs as root, often in an environment that
//! others have written, so these variables do not reach the runtime.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The beginnings of the names of variables that Bun and the engine in it read (JavaScriptCore, mimalloc), and that Node would.
const READ_BY_ENGINE: [&[u8]; 4] = [b"BUN_", b"JSC_", b"MIMALLOC_", b"NODE_"];

/// The one variable of Node's that administrators of hosts use: certificate authorities of their own, as a file.
const AUTHORITIES: &[u8] = b"NODE_EXTRA_CA_CERTS";

/// The exit status of appc's own failures.
const FAILED: u8 = 254;

/// Turns off every compiler of the engine: stage1 mostly waits for systemd, and starts sooner without them.
const NO_COMPILER: (&str, &str) = ("BUN_JSC_useJIT", "0");

/// Leaves only the compiler of WebAssembly, in which the engine reads what web servers send. The rest of stage0 mostly waits for them and
/// for the native side: it starts sooner, and takes some megabytes less.
const NO_COMPILER_OF_JAVASCRIPT: (&str, &str) = ("BUN_JSC_useBaselineJIT", "0");

/// Leaves the quick compiler to the commands that compute in JavaScript.
const NO_OPTIMIZING_COMPILER: (&str, &str) = ("BUN_JSC_useDFGJIT", "0");

/// The commands that write archives in JavaScript.
const COMPUTING: [&str; 2] = ["build", "patch-manifest"];

/// Tells the runtime that the directory it was called in is gone: its engine would refuse to start there.
const DIRECTORY_GONE: &str = "APPC_DIRECTORY_GONE";

/// In the place of a directory that is gone: no file of any use is in it, and none can be made.
const NOWHERE: &str = "/proc/self/fdinfo";

fn main() -> ExitCode {
    let failure = match env::current_exe() {
        Ok(launcher) => become_runtime(&launcher.with_file_name("runtime")),
        Err(error) => format!("cannot find the directory it is installed in: {error}"),
    };
    eprintln!("appc: {failure}; next: install appc anew");
    ExitCode::from(FAILED)
}

/// Gives the words for why that was not possible.
fn become_runtime(runtime: &Path) -> String {
    let mut words = env::args_os();
    let name = words.next().unwrap_or_else(|| "appc".into());
    let kept = env::vars_os().filter(|(name, _)| !is_read_by_engine(name) && name != DIRECTORY_GONE);
    let words: Vec<OsString> = words.collect();
    let (option, value) = compilers(&name, &words);
    let mut command = Command::new(runtime);
    command
        .arg0(name)
        .args(&words)
        .env_clear()
        .envs(kept)
        .env(option, value);
    if env::current_dir().is_err() {
        command.current_dir(NOWHERE).env(DIRECTORY_GONE, "1");
    }
    let error = command.exec();
    format!("{}: {error}", runtime.display())
}

/// What the engine is told about its compilers. A word that only looks like a command, an argument of an app, costs that start two
/// milliseconds.
fn compilers(name: &OsStr, words: &[OsString]) -> (&'static str, &'static str) {
    if Path::new(name).file_name() == Some(OsStr::new("stage1")) {
        NO_COMPILER
    } else if words
        .iter()
        .any(|word| COMPUTING.iter().any(|command| word == command))
    {
        NO_OPTIMIZING_COMPILER
    } else {
        NO_COMPILER_OF_JAVASCRIPT
    }
}

fn is_read_by_engine(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name != AUTHORITIES && READ_BY_ENGINE.iter().any(|beginning| name.starts_with(beginning))
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
        let option = |name: &str, words: &[&str]| {
            let words: Vec<_> = words.iter().map(Into::into).collect();
            compilers(name.as_ref(), &words).0
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
