//! Thousands of slightly damaged archives: each is read, or refused with an error; none ends the
//! process or writes outside of its directory.
#![cfg(feature = "archive")]

mod mutation;
mod place;
mod tar;

use appc_kernel::archive::{Limits, export, ingest, inspect, remove_tree};
use mutation::{Dice, accepted, compressed, fix_checksums, mutate};
use place::Place;
use std::path::Path;

const LIMITS: Limits = Limits {
    tar_bytes: 1 << 24,
    entries: 1000,
    manifest_bytes: 1 << 16,
    expansion: 1000,
    free_bytes: 0,
    free_nodes: 0,
};

fn mutants(count: u64, mut each: impl FnMut(u64, &[u8])) {
    let tar = tar::tar();
    for seed in 0..count {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (seed + 1));
        let mut bytes = tar.clone();
        let compression = dice.roll(5);
        let inside = compression == 0 || dice.roll(2) == 0;
        let changes = 1 + dice.roll(3);
        if inside {
            (0..changes).for_each(|_| mutate(&mut bytes, &mut dice));
            if dice.roll(4) > 0 {
                fix_checksums(&mut bytes);
            }
        }
        let mut bytes = compressed(&bytes, compression);
        if !inside {
            (0..changes).for_each(|_| mutate(&mut bytes, &mut dice));
        }
        each(seed, &bytes);
    }
}

#[test]
fn three_thousand_broken_archives_are_read_or_refused() {
    let (mut read, mut refused) = (0, 0);
    mutants(3000, |_, bytes| match accepted(inspect(bytes, LIMITS)) {
        Some(_) => read += 1,
        None => refused += 1,
    });
    assert!(
        read > 100 && refused > 1000,
        "the mutations test something: {read} read, {refused} refused"
    );
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn broken_archives_stay_in_their_place_and_what_comes_in_goes_out_again() {
    let place = Place::new("mutations");
    let staging = place.path("a/b/staging");
    std::fs::create_dir_all(place.path("a/b")).unwrap();
    let mut out = Vec::new();
    mutants(300, |seed, bytes| {
        std::fs::create_dir(&staging).unwrap();
        if let Some(facts) = accepted(ingest(bytes, &staging, LIMITS, |_| {})) {
            out.clear();
            assert_eq!(
                export(&staging, &mut out).as_ref(),
                Ok(&facts.image_id),
                "mutation {seed}"
            );
            assert_eq!(out.len() as u64, facts.tar_bytes);
        }
        remove_tree(&staging).unwrap();
        assert_eq!(
            (names(&place.path("")), names(&place.path("a"))),
            (vec!["a".into()], vec!["b".into()])
        );
        assert_eq!(names(&place.path("a/b")), Vec::<String>::new(), "mutation {seed}");
    });
}
