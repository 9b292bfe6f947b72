//! The checks, by the letters of the checklist.

pub mod executor;
pub mod isolators;
pub mod linux;
pub mod metadata;
pub mod pods;
