//! Meter readings, any number of them in any order, to one row a customer and month.
//!
//! Row groups are read in parallel, a few thousand rows at a time. What is held is 128 bytes a customer and month; where a month's
//! readings have a gap or come out of order, a bit a time slot besides (96 bytes at hourly readings); about 90 bytes a customer. Readings are
//! added as whole numbers of 1e-18, so any order of threads, files and rows gives the same bits. Knows nothing of Node.

mod aggregate;
mod amount;
mod calendar;
mod customers;
mod error;
mod month;
mod options;
mod scan;
mod settle;
mod share;
mod source;
mod store;
mod write;

pub use aggregate::{Report, aggregate};
pub use error::{Code, Error, Refusal};
pub use options::{Columns, Options};
pub use share::Watch;
