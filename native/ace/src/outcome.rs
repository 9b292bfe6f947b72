//! The outcome of a check.

use std::fmt::{Debug, Display};

/// Why a check has not succeeded.
pub enum Fault {
    /// The executor breaks the rule.
    Wrong(String),
    /// This host cannot show whether the executor follows the rule.
    NotSeen(String),
}

/// What a check found.
pub type Outcome = Result<(), Fault>;

impl<E: Display> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Wrong(error.to_string())
    }
}

/// Succeeds where both values are equal; names the subject and both otherwise.
pub fn equal<T: PartialEq<U> + Debug, U: Debug>(subject: &str, found: T, expected: U) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(Fault::Wrong(format!(
        "{subject} is {found:?}, expected {expected:?}"
    )))
}

/// Succeeds where the condition is true; fails with the words otherwise.
pub fn ensure(condition: bool, words: impl Into<String>) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(Fault::Wrong(words.into()))
    }
}
