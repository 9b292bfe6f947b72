//! `appc-ace`: checks from inside a pod what the specification promises to apps. `appc ace` runs it
//! in three apps, `main`, `sidekick` and `twin` (of the image of `main`), and in the handlers of
//! `main`.
//!
//! * `appc-ace list` writes the table: place, row of the checklist and subject, separated by tabs;
//! * `appc-ace PLACE [ROW…]` executes the checks of a place (only those of the rows, if any are
//!   named), and writes a line for each: place, row, subject, result and detail.

mod checks;
mod http;
mod outcome;
mod sys;
mod table;

use std::process::ExitCode;

use outcome::{Fault, Outcome};
use table::{CHECKS, Check};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((word, [])) if word == "list" => list(),
        Some((place, rows)) if CHECKS.iter().any(|check| check.place == place) => execute(place, rows),
        _ => {
            eprintln!("usage: appc-ace list | main|sidekick|twin|pre-start|post-stop [ROW…]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn list() {
    for Check {
        place, row, subject, ..
    } in CHECKS
    {
        println!("{place}\t{row}\t{subject}");
    }
}

fn execute(place: &str, rows: &[String]) {
    for check in CHECKS {
        if check.place != place || !(rows.is_empty() || rows.iter().any(|row| row == check.row)) {
            continue;
        }
        let Check { row, subject, .. } = check;
        let (result, detail) = described((check.run)());
        println!("{place}\t{row}\t{subject}\t{result}\t{detail}");
    }
}

fn described(outcome: Outcome) -> (&'static str, String) {
    match outcome {
        Ok(()) => ("ok", String::new()),
        Err(Fault::Wrong(detail)) => ("failed", one_line(&detail)),
        Err(Fault::NotSeen(reason)) => ("not seen", one_line(&reason)),
    }
}

/// A detail may contain anything that an executor provides.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}
