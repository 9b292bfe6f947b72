//! A root keeps every path inside, whatever its symlinks say.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use appc_kernel::root::Root;
use rustix::fs::OFlags;
use rustix::io::Errno;

/// A directory `root` with a file `outside` beside it, removed when dropped.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("appc-root-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join("root")).unwrap();
        fs::write(path.join("outside"), "secret").unwrap();
        Self(path)
    }

    fn root(&self) -> Root {
        Root::open(self.path("")).unwrap()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join("root").join(path)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn dots_and_symlinks_lead_nowhere_outside() {
    let tree = Tree::new("escape");
    symlink(tree.0.join("outside"), tree.path("absolute")).unwrap();
    symlink("../../../../outside", tree.path("relative")).unwrap();
    let root = tree.root();
    for path in ["../outside", "/../outside", "absolute", "relative"] {
        assert_eq!(root.find(path, OFlags::PATH).unwrap_err(), Errno::NOENT, "{path}");
        assert_eq!(root.read_file(path, 100).unwrap_err(), Errno::NOENT, "{path}");
    }
    assert!(root.exists("absolute").unwrap());
}

#[test]
fn magic_links_of_proc_are_not_followed() {
    let proc = Root::open("/proc").unwrap();
    assert_eq!(proc.find("self/root/etc", OFlags::PATH).unwrap_err(), Errno::LOOP);
    assert_eq!(proc.find("self/cwd", OFlags::PATH).unwrap_err(), Errno::LOOP);
}

#[test]
fn missing_directories_are_made_with_parents_readable_by_all() {
    let tree = Tree::new("parents");
    let made = tree.root().make_directory("/a/b/c", 0o1777).unwrap();
    assert!(!made.existed);
    assert!(tree.root().make_directory("/a/b/c", 0o700).unwrap().existed);
    let mode = |path: &str| fs::metadata(tree.path(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("a"), mode("a/b"), mode("a/b/c")), (0o755, 0o755, 0o1777));
}

#[test]
fn what_a_dangling_symlink_names_is_made_inside() {
    let tree = Tree::new("dangling");
    fs::create_dir(tree.path("etc")).unwrap();
    symlink("../../../run/resolved/stub.conf", tree.path("etc/resolv.conf")).unwrap();
    tree.root()
        .write_file("/etc/resolv.conf", b"nameserver", 0o644)
        .unwrap();
    assert_eq!(
        fs::read_to_string(tree.path("run/resolved/stub.conf")).unwrap(),
        "nameserver"
    );
    assert!(!tree.0.join("run").exists());
}

#[test]
fn symlinks_in_circles_are_an_error() {
    let tree = Tree::new("circle");
    symlink("b", tree.path("a")).unwrap();
    symlink("a", tree.path("b")).unwrap();
    assert_eq!(tree.root().make_directory("a/c", 0o755).err(), Some(Errno::LOOP));
    assert_eq!(tree.root().make_file("a", 0o644).err(), Some(Errno::LOOP));
}

#[test]
fn a_symlink_replaces_a_file_but_not_a_directory() {
    let tree = Tree::new("symlink");
    fs::write(tree.path("file"), "").unwrap();
    fs::create_dir(tree.path("directory")).unwrap();
    tree.root().make_symlink("/file", "elsewhere").unwrap();
    assert_eq!(
        fs::read_link(tree.path("file")).unwrap(),
        PathBuf::from("elsewhere")
    );
    assert_eq!(
        tree.root().make_symlink("/directory", "elsewhere").err(),
        Some(Errno::ISDIR)
    );
}

#[test]
fn only_regular_files_are_read_and_written() {
    let tree = Tree::new("regular");
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, tree.path("fifo"), fifo, 0o600.into(), 0).unwrap();
    // A pipe with nobody at the other end: neither call waits for one.
    assert_eq!(tree.root().read_file("fifo", 100).err(), Some(Errno::INVAL));
    assert_eq!(
        tree.root().write_file("fifo", b"x", 0o600).err(),
        Some(Errno::NXIO)
    );
    fs::write(tree.path("long"), [0; 101]).unwrap();
    assert_eq!(tree.root().read_file("long", 100).err(), Some(Errno::FBIG));
}

#[test]
fn descriptors_are_closed_on_exec() {
    let tree = Tree::new("cloexec");
    let fd = tree.root().make_file("x", 0o644).unwrap().fd;
    let flags = rustix::io::fcntl_getfd(&fd).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC), "{}", fd.as_raw_fd());
}
