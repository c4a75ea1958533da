//! Fills in a template of the operator on a thread of its own, which is abandoned if it does not end.
//!
//! Promises: the caller waits for a limited time, and a template that once did not end is not started again. Built-in
//! templates need none of this: their loops go over the view alone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use super::Error;

/// How long a template may take. A page of the default theme takes a thousandth of this.
pub(super) const TIME_MAX: Duration = Duration::from_secs(10);

/// The templates that did not end.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<BTreeSet<String>>>);

impl Watch {
    /// What `fill` gives for a template, if it does so within `limit`. A thread that is left behind ends with the program,
    /// or when it writes more than fits.
    pub(super) fn within(
        &self,
        limit: Duration,
        template: &str,
        fill: impl FnOnce() -> Result<String, Error> + Send + 'static,
    ) -> Result<String, Error> {
        if self.0.lock().contains(template) {
            return Err(stuck(template, limit));
        }
        let (send, receive) = mpsc::sync_channel(1);
        let started = thread::Builder::new().name("template".to_owned()).spawn(move || send.send(fill()));
        if let Err(error) = started {
            let message = format!("the system starts no thread: {error}");
            return Err(Error { place: template.to_owned(), message });
        }
        receive.recv_timeout(limit).unwrap_or_else(|_| {
            self.0.lock().insert(template.to_owned());
            Err(stuck(template, limit))
        })
    }
}

fn stuck(template: &str, limit: Duration) -> Error {
    let message = format!("the template does not end within {} seconds", limit.as_secs());
    Error { place: template.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_template_that_does_not_end_is_left_and_not_started_again() {
        let watch = Watch::default();
        assert_eq!(watch.within(TIME_MAX, "a.txt", || Ok("fine".to_owned())), Ok("fine".to_owned()));
        let (hold, held) = mpsc::channel::<()>();
        let endless = move || {
            let _ended = held.recv();
            Ok(String::new())
        };
        let error = watch.within(Duration::from_millis(1), "a.txt", endless).unwrap_err();
        assert_eq!(error.place, "a.txt");
        assert!(error.message.starts_with("the template does not end within"), "{error}");
        let again = watch.within(TIME_MAX, "a.txt", || Ok("started".to_owned()));
        assert!(again.is_err(), "it was started again");
        assert!(watch.within(TIME_MAX, "b.txt", || Ok(String::new())).is_ok());
        drop(hold);
    }
}
