//! Batches read on one thread and used on another.

use crate::{Control, Error};
use pilotlight_columns::{Batch, Dataset};
use std::sync::mpsc::sync_channel;

const BATCH_BYTES: usize = 16 << 20;
const AHEAD: usize = 2;

/// Rows of a batch such that a matrix of doubles of this width stays near 16 MiB.
pub(crate) fn batch_rows(width: usize) -> usize {
    (BATCH_BYTES / 8 / width.max(1)).clamp(256, 65_536)
}

/// Hands every batch of these columns to `visit`, in row order, while a second thread reads ahead.
pub(crate) fn for_each_batch(
    dataset: &Dataset,
    columns: &[String],
    rows_max: usize,
    control: &Control,
    mut visit: impl FnMut(Batch) -> Result<(), Error>,
) -> Result<(), Error> {
    let batches = dataset.batches(columns, rows_max)?;
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        scope.spawn(move || {
            for batch in batches {
                if sender.send(batch).is_err() {
                    return;
                }
            }
        });
        for batch in receiver {
            control.check()?;
            visit(batch?)?;
        }
        Ok(())
    })
}
