use super::image_path;
use std::cell::RefCell;

/// As many as are told.
const MOST: usize = 10_000;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// An absolute image path, or `manifest` or `record`, escaped for messages.
    pub path: String,
    /// What is wrong there: one word, and where there is more to say a colon and details.
    pub problem: String,
}

/// All differences, found from several sides.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// One more, about an entry's path.
    pub(super) fn add(&self, path: &[u8], problem: impl ToString) {
        let mut list = self.0.borrow_mut();
        if list.len() < MOST {
            list.push(Problem {
                path: image_path(path),
                problem: problem.to_string(),
            });
        }
    }

    /// Whether one of them explains that the tar is another.
    pub(super) fn of_content(&self) -> bool {
        let list = self.0.borrow();
        let explains = |problem: &str| {
            ["missing", "type", "size", "content", "damaged"]
                .iter()
                .any(|word| problem.starts_with(word))
        };
        list.len() == MOST || list.iter().any(|problem| explains(&problem.problem))
    }

    pub(super) fn list(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}
