//! Work off the event loop, and how it fails.

use napi::bindgen_prelude::{AsyncTask, Env, JsObjectValue, JsValue, Task, ToNapiValue, TypeName};
use napi_derive::napi;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops the work that it was given to, soon after `cancel` is called; the work's promise then rejects with code `CANCELLED`.
#[napi]
#[derive(Default)]
pub struct CancelToken {
    flag: Arc<AtomicBool>,
}

#[napi]
impl CancelToken {
    /// A token that is not cancelled.
    #[napi(constructor)]
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Cancels; again is harmless.
    #[napi]
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }
}

/// The flag of a token, or one that nobody sets.
pub(crate) fn flag_of(token: Option<&CancelToken>) -> Arc<AtomicBool> {
    token.map(|token| token.flag.clone()).unwrap_or_default()
}

/// A failure on its way to JavaScript.
pub struct Failure {
    pub code: String,
    pub what: String,
    pub place: String,
    pub todo: String,
    pub column: Option<String>,
}

type Job<T> = Box<dyn FnOnce() -> Result<T, Failure> + Send>;

/// A job for a worker thread of Node's.
pub struct Work<T> {
    job: Option<Job<T>>,
}

/// Runs the job off the event loop; `T` is what the promise resolves to.
pub(crate) fn work<T, F>(job: F) -> AsyncTask<Work<T>>
where
    T: ToNapiValue + TypeName + Send + 'static,
    F: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    AsyncTask::new(Work {
        job: Some(Box::new(job)),
    })
}

impl<T: ToNapiValue + TypeName + Send + 'static> Task for Work<T> {
    type Output = Result<T, Failure>;
    type JsValue = T;

    /// A panic would end the process; it becomes a failure like any other.
    fn compute(&mut self) -> napi::Result<Self::Output> {
        let Some(job) = self.job.take() else {
            return Ok(Err(internal("the work was started twice")));
        };
        Ok(catch_unwind(AssertUnwindSafe(job))
            .unwrap_or_else(|_| Err(internal("the native code panicked"))))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<T> {
        output.or_else(|failure| Err(thrown(&env, &failure)?))
    }
}

fn internal(what: &str) -> Failure {
    let (place, todo) = (
        "pilotlight's native code".into(),
        "report this with the command and its input".into(),
    );
    Failure {
        code: "INTERNAL".into(),
        what: what.into(),
        place,
        todo,
        column: None,
    }
}

fn thrown(env: &Env, failure: &Failure) -> napi::Result<napi::Error> {
    let message = format!("{}: {}: {}", failure.what, failure.place, failure.todo);
    let mut error = env.create_error(napi::Error::from_reason(message))?;
    error.set_named_property("code", &failure.code)?;
    error.set_named_property("what", &failure.what)?;
    error.set_named_property("place", &failure.place)?;
    error.set_named_property("todo", &failure.todo)?;
    if let Some(column) = &failure.column {
        error.set_named_property("column", column)?;
    }
    Ok(napi::Error::from(error.to_unknown()))
}
