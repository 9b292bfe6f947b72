//! Trees of images: building their union and verifying them.

use crate::archive::promise;
use crate::error::{self, Failure};
use appc_kernel::archive::{self, Layer, Merged, Placement, Problem};
use napi::Env;
use napi::bindgen_prelude::{Either, Object};
use napi_derive::napi;
use std::path::{Path, PathBuf};

/// See `TreeLayer` in native/index.ts.
#[napi(object, object_to_js = false)]
pub struct TreeLayer {
    /// The root directory of the tree.
    pub tree: String,
    /// Absolute image paths.
    pub implied_directories: Vec<String>,
}

impl From<TreeLayer> for Layer {
    fn from(layer: TreeLayer) -> Self {
        Self {
            tree: PathBuf::from(layer.tree),
            implied_directories: layer.implied_directories,
        }
    }
}

/// See `Merged` in native/index.ts.
#[napi(object, object_from_js = false)]
pub struct MergedTrees {
    /// Number of names that are not directories.
    pub files: f64,
    /// Number of bytes of their regular files.
    pub bytes: f64,
    /// Absolute image paths.
    pub implied_directories: Vec<String>,
}

impl From<Merged> for MergedTrees {
    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript's numbers; exact up to 8 PiB"
    )]
    fn from(merged: Merged) -> Self {
        Self {
            files: merged.files as f64,
            bytes: merged.bytes as f64,
            implied_directories: merged.implied_directories,
        }
    }
}

/// One difference between an image and its record.
#[napi(object, object_from_js = false)]
pub struct TreeProblem {
    /// The path of the file.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl From<Problem> for TreeProblem {
    fn from(Problem { path, problem }: Problem) -> Self {
        Self { path, problem }
    }
}

/// Builds the union of `layers` in the empty directory `target`.
#[napi]
pub fn merge_trees(
    env: &Env,
    layers: Vec<Either<String, TreeLayer>>,
    target: String,
    how: String,
    keep: Option<Vec<String>>,
) -> Result<Object<'_>, Failure> {
    let how = match how.as_str() {
        "link" => Placement::Link,
        "copy" => Placement::Copy,
        _ => return Err(error::errno(&format!("how: {how}"), rustix::io::Errno::INVAL)),
    };
    let layers: Vec<Layer> = layers
        .into_iter()
        .map(|layer| match layer {
            Either::A(tree) => Layer {
                tree: tree.into(),
                implied_directories: Vec::new(),
            },
            Either::B(layer) => layer.into(),
        })
        .collect();
    promise::<_, MergedTrees>(env, "merge", move || {
        archive::merge(&layers, Path::new(&target), how, keep.as_deref())
    })
}

/// Compares the image stored in `directory` with its record.
#[napi]
pub fn verify_tree(env: &Env, directory: String) -> Result<Object<'_>, Failure> {
    promise::<Problems, Vec<TreeProblem>>(env, "verify", move || {
        archive::verify(Path::new(&directory)).map(Problems)
    })
}

struct Problems(Vec<Problem>);

impl From<Problems> for Vec<TreeProblem> {
    fn from(problems: Problems) -> Self {
        problems.0.into_iter().map(TreeProblem::from).collect()
    }
}
