//! For tests: a static program for images that makes system calls by number and prints the results.
//!
//! `appc-probe call CALL…` makes the calls in this process, one after the other; `appc-probe each
//! CALL…` makes each in a process of its own, which a call may end, or block for a moment. A CALL
//! is `[32/]NUMBER[:ARGUMENT,…]`; `32/` uses the 32-bit ABI of x86-64. An argument is a number,
//! `@TEXT` (the address of this text), `#N` (the address of N zero bytes), or `$N`: the result of
//! the N-th call of this command line, from 0. Arguments left out are -1: no descriptor, no
//! address, no existing flags, so that most calls have no effect.
//!
//! Prints one line per CALL: the number as written, then the result (`-1` is EPERM: there is no
//! errno here), `exit`, or `signal N`.

mod each;
mod system_call;
mod word;

use std::process::ExitCode;

use word::Call;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((verb, words)) = words.split_first() else {
        return usage();
    };
    let calls: Option<Vec<Call>> = words.iter().map(|word| Call::parse(word)).collect();
    match (verb.as_str(), calls) {
        ("call", Some(calls)) => in_this_process(&calls),
        ("each", Some(calls)) => {
            for call in &calls {
                println!("{} {}", call.name, each::run(call));
            }
        }
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn in_this_process(calls: &[Call]) {
    let mut results = Vec::new();
    for call in calls {
        let result = system_call::make(call, &results);
        println!("{} {result}", call.name);
        results.push(result);
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: appc-probe call|each [32/]NUMBER[:ARGUMENT,…]…");
    ExitCode::from(2)
}
