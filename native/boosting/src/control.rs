//! How a caller watches long work and stops it.

use crate::Error;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far long work has come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Iterations or rows done.
    pub done: u64,
    /// Iterations or rows in all.
    pub total: u64,
    /// Metrics of this iteration, by name; empty outside training.
    pub metrics: Vec<(String, f64)>,
}

/// A flag to stop, looked at between iterations and between batches, and a listener.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Set it from any thread to end with [`crate::Code::Cancelled`].
    pub cancel: &'a AtomicBool,
    /// Called on the working thread; should return quickly.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

impl Control<'_> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.cancel.load(Ordering::Relaxed) {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }

    pub(crate) fn rows(&self, done: u64, total: u64) {
        (self.progress)(Progress {
            done,
            total,
            metrics: Vec::new(),
        });
    }
}
