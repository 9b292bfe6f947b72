//! E: roots, mounts, networks, the environment, handlers.

use std::env;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::outcome::{Fault, Outcome, ensure, equal};

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Files that the handlers and the app make, in the root and in a volume.
const PRE_START: [&str; 2] = ["/pre-start", "/shared/pre-start"];
const MAIN: [&str; 2] = ["/main", "/shared/main"];
const POST_STOP: [&str; 2] = ["/post-stop", "/shared/post-stop"];

/// E12, in the app `main` and its handlers.
pub fn environment() -> Outcome {
    equal("PATH", env::var("PATH").ok().as_deref(), Some(DEFAULT_PATH))?;
    equal(
        "AC_APP_NAME",
        env::var("AC_APP_NAME").ok().as_deref(),
        Some("main"),
    )?;
    equal("container", env::var("container").ok().as_deref(), Some("appc"))?;
    equal(
        "ACE_VALUE",
        env::var("ACE_VALUE").ok().as_deref(),
        Some("$HOME %n \"quoted\""),
    )?;
    let url = env::var("AC_METADATA_URL").unwrap_or_default();
    ensure(url.starts_with("http://"), format!("AC_METADATA_URL is {url:?}"))
}

/// E12: a PATH in the manifest is respected.
pub fn own_path() -> Outcome {
    equal("PATH", env::var("PATH").ok().as_deref(), Some("/own"))
}

/// E14, in pre-start.
pub fn before_main() -> Outcome {
    absent(&PRE_START)?;
    absent(&MAIN)?;
    absent(&POST_STOP)?;
    make(&PRE_START)
}

/// E14, in the app.
pub fn after_pre_start() -> Outcome {
    present(&PRE_START)?;
    absent(&MAIN)?;
    absent(&POST_STOP)?;
    make(&MAIN)
}

/// E14, in post-stop.
pub fn after_main() -> Outcome {
    present(&PRE_START)?;
    present(&MAIN)?;
    absent(&POST_STOP)?;
    make(&POST_STOP)
}

fn present(paths: &[&str]) -> Outcome {
    paths
        .iter()
        .try_for_each(|path| ensure(Path::new(path).exists(), format!("{path} is missing")))
}

fn absent(paths: &[&str]) -> Outcome {
    paths
        .iter()
        .try_for_each(|path| ensure(!Path::new(path).exists(), format!("{path} exists already")))
}

fn make(paths: &[&str]) -> Outcome {
    for path in paths {
        fs::File::create_new(path).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

/// E2, in an app of the image of `main`: both make the same files in their roots, and it works for
/// both, whichever is first.
pub fn own_copy() -> Outcome {
    make(&[PRE_START[0], MAIN[0]])?;
    equal(
        "AC_APP_NAME",
        env::var("AC_APP_NAME").ok().as_deref(),
        Some("twin"),
    )
}

/// E3: the dependency has `/layers/{replaced,kept}`, and a symlink `/layers/link` to the directory
/// `/layers/target`; the image has its own `/layers/replaced` and `/layers/link/file`.
pub fn replaced_files() -> Outcome {
    for (path, content) in [
        ("/layers/replaced", "of the image"),
        ("/layers/kept", "of the dependency"),
        ("/layers/link/file", "of the image"),
    ] {
        let found = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        equal(path, found.as_str(), content)?;
    }
    ensure(
        fs::symlink_metadata("/layers/link")?.is_dir(),
        "/layers/link is no directory",
    )?;
    absent(&["/layers/target/file"])
}

/// E4: the whitelist of the image does not name `/layers/unlisted` of the dependency.
pub fn whitelist() -> Outcome {
    present(&["/layers/kept"])?;
    absent(&["/layers/unlisted"])
}

/// E6: `/made/deep/target` is a mount point that the image does not have.
pub fn made_target() -> Outcome {
    for path in ["/made", "/made/deep"] {
        let found = fs::metadata(path).map_err(|error| format!("{path}: {error}"))?;
        equal(
            path,
            (found.uid(), found.gid(), found.mode() & 0o7777),
            (0, 0, 0o755),
        )?;
    }
    make(&["/made/deep/target/file"])
}

/// E6: the image has `/full/hidden`.
pub fn masked_directory() -> Outcome {
    absent(&["/full/hidden"])?;
    make(&["/full/file"])
}

/// E9: the volume is a file of the host.
pub fn single_file() -> Outcome {
    equal("/single", fs::read_to_string("/single")?.as_str(), "one file\n")?;
    match fs::OpenOptions::new().write(true).open("/single") {
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => Ok(()),
        Err(error) => Err(Fault::Wrong(format!(
            "/single, to write: {error}, expected a read-only file system"
        ))),
        Ok(_) => Err(Fault::Wrong("/single can be written".into())),
    }
}

/// E10.
pub fn loopback() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    TcpStream::connect(listener.local_addr()?)?.write_all(b"up")?;
    let mut received = String::new();
    listener.accept()?.0.read_to_string(&mut received)?;
    equal("what loopback carries", received.as_str(), "up")
}

/// E10: /proc/net has the addresses of IPv4 (local routes) and IPv6, each with its interface.
pub fn addresses() -> Outcome {
    let up = interfaces_up()?;
    if up.is_empty() {
        return Err(Fault::NotSeen("the pod has no other interface".into()));
    }
    let routes = fs::read_to_string("/proc/net/route")?;
    let addresses = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    for name in up {
        let routed = routes
            .lines()
            .any(|line| line.split_whitespace().next() == Some(&name));
        let addressed = addresses
            .lines()
            .any(|line| line.split_whitespace().last() == Some(&name));
        ensure(routed || addressed, format!("{name} has no address"))?;
    }
    Ok(())
}

/// The interfaces beside loopback that are up.
fn interfaces_up() -> Result<Vec<String>, Fault> {
    let mut up = Vec::new();
    for line in fs::read_to_string("/proc/net/dev")?.lines().skip(2) {
        let name = line.split(':').next().unwrap_or_default().trim();
        let state = fs::read_to_string(format!("/sys/class/net/{name}/operstate")).unwrap_or_default();
        if name != "lo" && state.trim() == "up" {
            up.push(name.to_owned());
        }
    }
    Ok(up)
}

/// E13: without workingDirectory.
pub fn default_directory() -> Outcome {
    equal("the working directory", env::current_dir()?, Path::new("/"))
}

/// E13.
pub fn own_directory() -> Outcome {
    equal(
        "the working directory",
        env::current_dir()?,
        Path::new("/srv/here"),
    )
}
