//! Node bindings: conversions only.
//!
//! Every function returns a promise, works off the event loop, takes a [`task::CancelToken`] and a progress listener where it is long,
//! and rejects with an `Error` that has `code`, `what`, `place`, `todo` and, where there is one, `column`.

// napi exports nothing from a test build, so everything would count as unused there.
#![cfg_attr(test, allow(dead_code))]

mod boosting;
mod drift;
mod meter;
mod task;
