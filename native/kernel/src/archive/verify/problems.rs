use super::image_path;
use std::cell::RefCell;

/// Maximum number of problems reported.
const MAX_PROBLEMS: usize = 10_000;

/// One difference between the image and its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// An absolute image path, or `manifest` or `record`, escaped for messages.
    pub path: String,
    /// What is wrong: one word, and a colon and details where there are any.
    pub problem: String,
}

/// All differences, collected from several parts of the verification.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Adds a problem with an entry's path.
    pub(super) fn add(&self, path: &[u8], problem: impl ToString) {
        let mut list = self.0.borrow_mut();
        if list.len() < MAX_PROBLEMS {
            list.push(Problem {
                path: image_path(path),
                problem: problem.to_string(),
            });
        }
    }

    /// Whether a problem explains why the tar differs.
    pub(super) fn of_content(&self) -> bool {
        let list = self.0.borrow();
        let explains = |problem: &str| {
            ["missing", "type", "size", "content", "damaged"]
                .iter()
                .any(|word| problem.starts_with(word))
        };
        list.len() == MAX_PROBLEMS || list.iter().any(|problem| explains(&problem.problem))
    }

    pub(super) fn list(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}
