//! Work shared between threads, and who watches it.

use crate::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Who watches long work: how far it has come, and whether it is still wanted.
pub struct Watch<'a> {
    /// Called with rows done and rows in all, from several threads. Rows that have to be read again are rows in all besides.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
    /// Set to stop the work soon.
    pub cancelled: &'a AtomicBool,
}

/// Steps in which progress is told.
const STEPS: u64 = 200;

/// How far the work has come.
pub(crate) struct Progress<'a> {
    watch: &'a Watch<'a>,
    done: AtomicU64,
    total: AtomicU64,
}

impl<'a> Progress<'a> {
    pub fn new(watch: &'a Watch<'a>) -> Progress<'a> {
        Progress {
            watch,
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
        }
    }

    /// There are that many rows more to read.
    pub fn expect(&self, rows: u64) {
        self.total.fetch_add(rows, Ordering::Relaxed);
    }

    /// That many rows more were read.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn advance(&self, rows: u64) -> Result<(), Error> {
        self.check()?;
        let total = self.total.load(Ordering::Relaxed).max(1);
        let before = self.done.fetch_add(rows, Ordering::Relaxed);
        if before * STEPS / total != (before + rows) * STEPS / total {
            (self.watch.progress)(before + rows, total);
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::Cancelled`].
    pub fn check(&self) -> Result<(), Error> {
        if self.watch.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}

/// Does all tasks, each thread the next that nobody has; gives back what each thread made. After a failure no task is begun, and of
/// several failures the one of the first task counts, so that the same input fails the same way.
pub(crate) fn share<T: Sync, W: Send>(
    threads: usize,
    tasks: &[T],
    start: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize, &T) -> Result<(), Error> + Sync,
) -> Result<Vec<W>, Error> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let one = || {
        let mut own = start();
        while !failed.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(place) else { break };
            if let Err(error) = work(&mut own, place, task) {
                failed.store(true, Ordering::Relaxed);
                return Err((place, error));
            }
        }
        Ok(own)
    };
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads.clamp(1, tasks.len().max(1)))
            .map(|_| scope.spawn(one))
            .collect();
        let joined = running.into_iter().map(|thread| thread.join());
        joined
            .map(|outcome| outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut made = Vec::new();
    let mut worst: Option<(usize, Error)> = None;
    for outcome in outcomes {
        match outcome {
            Ok(own) => made.push(own),
            Err(error) if worst.as_ref().is_none_or(|first| error.0 < first.0) => {
                worst = Some(error);
            }
            Err(_) => {}
        }
    }
    worst.map_or(Ok(made), |(_, error)| Err(error))
}
