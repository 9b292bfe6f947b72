//! No path leads out of a root, whatever its symlinks say.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
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
    tree.root().make_file("/etc/resolv.conf", 0o644).unwrap();
    assert!(tree.path("run/resolved/stub.conf").is_file());
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
fn only_regular_files_are_read() {
    let tree = Tree::new("regular");
    make_fifo(&tree.path("fifo"));
    // A pipe without a writer: the call does not wait for one.
    assert_eq!(tree.root().read_file("fifo", 100).err(), Some(Errno::INVAL));
    fs::write(tree.path("long"), [0; 101]).unwrap();
    assert_eq!(tree.root().read_file("long", 100).err(), Some(Errno::FBIG));
}

#[test]
fn a_new_file_is_written_and_nothing_that_is_there_is() {
    let tree = Tree::new("new-file");
    make_fifo(&tree.path("fifo"));
    fs::write(tree.path("kept"), "kept").unwrap();
    symlink("kept", tree.path("link")).unwrap();
    symlink("missing", tree.path("dangling")).unwrap();
    for name in ["fifo", "kept", "link", "dangling"] {
        let refused = tree.root().write_new_file(name, b"x", 0o600).err();
        assert_eq!(refused, Some(Errno::EXIST), "{name}");
    }
    assert_eq!(fs::read_to_string(tree.path("kept")).unwrap(), "kept");
    tree.root().write_new_file("/in/new", b"content", 0o640).unwrap();
    assert_eq!(fs::read_to_string(tree.path("in/new")).unwrap(), "content");
    let mode = fs::metadata(tree.path("in/new")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
}

#[test]
fn a_place_for_a_file_is_what_is_there_but_no_symlink() {
    let tree = Tree::new("place");
    make_fifo(&tree.path("fifo"));
    fs::write(tree.path("outside"), "kept").unwrap();
    symlink("outside", tree.path("link")).unwrap();
    fs::create_dir(tree.path("directory")).unwrap();
    let kind = |path: &str| fs::symlink_metadata(tree.path(path)).unwrap().file_type();
    tree.root().make_place("fifo", 0o644).unwrap();
    assert!(kind("fifo").is_fifo());
    tree.root().make_place("link", 0o644).unwrap();
    assert!(kind("link").is_file());
    assert_eq!(fs::read_to_string(tree.path("outside")).unwrap(), "kept");
    tree.root().make_place("/etc/new", 0o644).unwrap();
    assert!(kind("etc/new").is_file());
    assert_eq!(
        tree.root().make_place("directory", 0o644).err(),
        Some(Errno::ISDIR)
    );
}

fn make_fifo(path: &std::path::Path) {
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
}

#[test]
fn descriptors_are_closed_on_exec() {
    let tree = Tree::new("cloexec");
    let fd = tree.root().make_file("x", 0o644).unwrap().fd;
    let flags = rustix::io::fcntl_getfd(&fd).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC), "{}", fd.as_raw_fd());
}
