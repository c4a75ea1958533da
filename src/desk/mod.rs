//! The desk: the web service at which people subscribe, confirm, change their settings and unsubscribe.
//!
//! Promises: a GET changes nothing, so a program that follows links does no harm; before a confirmation, nothing is sent
//! but a limited number of confirmation emails; the answer to a sign-up does not reveal who is a subscriber; pages load
//! nothing from other hosts and need no script. The page and the notifications do not depend on the desk: while it is down,
//! only subscribing waits. Never shows or logs an address that the visitor did not type.

mod answer;
mod confirm;
mod fields;
mod letter;
mod link;
mod manage;
mod number;
mod only;
mod page;
mod post;
mod reply;
mod routes;
mod sign_up;
mod visitor;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use only::{OpenIncident, open_incidents};
use parking_lot::{Mutex, RwLock};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::config::plan::{MailWording, TextWording};
use crate::deliver::Courier;
use crate::ledger::{self, Register, SubscriberRecord};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::page::Page;
use crate::model::pass::{Bearer, PassKey, Purpose};
use crate::model::subscriber::SubscriberId;
use crate::net::server;
use crate::theme::Theme;

/// Connections at the port. Behind a proxy all of them have one address.
const CONNECTIONS_MAX: usize = 512;

/// How long one request may take, with all that it waits for.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Gives bytes that nobody can guess; `None` where the system has none.
pub type Draw = Arc<dyn Fn() -> Option<[u8; 16]> + Send + Sync>;

/// Gets a line without an address for whatever happens.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// What the desk is given.
pub struct Terms {
    /// Where readers find it, without a slash at its end.
    pub url: String,
    /// What signs its links.
    pub key: PassKey,
    /// The proxies whose word about who asks is believed.
    pub proxies: Vec<IpAddr>,
    /// The most confirmations within an hour.
    pub sign_ups_per_hour: u32,
    /// Who its mail is from.
    pub sender: MailWording,
    /// How it sends SMS messages; `None` if the plan has no channel for them.
    pub texts: Option<Texts>,
    /// The time of each request.
    pub now: Clock,
    /// Random bytes for codes and links.
    pub draw: Draw,
    /// Who hears what happens.
    pub say: Say,
}

/// How the desk sends SMS messages of its own.
pub struct Texts {
    /// Sender and segments.
    pub wording: TextWording,
    /// The country codes of the numbers that may be added; none if it is empty.
    pub countries: Vec<String>,
    /// The most messages within 24 hours, codes and answers together.
    pub per_day: u32,
}

/// What of the site its pages show.
pub struct Shown {
    /// The status page.
    pub page: Page,
    /// Its incidents that are not over.
    pub open: Vec<OpenIncident>,
    /// Its looks and words.
    pub theme: Arc<Theme>,
}

/// Everything that a request to the desk may use.
pub struct Desk {
    terms: Terms,
    shown: RwLock<Arc<Shown>>,
    ledger: Arc<Mutex<dyn Register>>,
    /// Rings when a confirmation is due.
    due: Notify,
}

/// Why a request could not be answered.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// A page could not be made.
    #[error(transparent)]
    Theme(#[from] crate::theme::Error),
    /// The system gave no chance.
    #[error("failed to draw random bytes")]
    Chance,
    /// A task broke off.
    #[error("internal error, the task was aborted")]
    Broken,
}

impl Desk {
    /// A desk on that ledger that shows that site.
    pub fn new(terms: Terms, shown: Shown, ledger: Arc<Mutex<dyn Register>>) -> Arc<Self> {
        let shown = RwLock::new(Arc::new(shown));
        Arc::new(Self { terms, shown, ledger, due: Notify::new() })
    }

    /// Shows another version of the site from now on.
    pub fn show(&self, shown: Shown) {
        *self.shown.write() = Arc::new(shown);
    }

    /// Answers requests, and sends confirmations by `courier`, until `over`. What is being answered then is finished.
    ///
    /// # Errors
    ///
    /// The socket is gone.
    pub async fn serve(
        self: Arc<Self>,
        socket: TcpListener,
        courier: Courier,
        over: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let is_alone = socket.local_addr()?.ip().is_loopback();
        let limits = server::Limits {
            time: REQUEST_TIME,
            connections: CONNECTIONS_MAX,
            of_one_address: if is_alone { CONNECTIONS_MAX } else { server::Limits::USUAL.of_one_address },
        };
        let posting = tokio::spawn(post::post(Arc::clone(&self), courier));
        let served = server::serve(socket, routes::routes(self), limits, over).await;
        posting.abort();
        served
    }

    fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.read())
    }

    /// The holder of a pass of that purpose.
    fn bearer(&self, purpose: Purpose, pass: &str) -> Option<Bearer> {
        self.terms.key.bearer(purpose, pass, self.now())
    }

    /// The subscriber on record, if the address that the pass was sent to is still theirs: an address that was given up opens
    /// nothing of the subscriber who has the others.
    async fn subscriber(&self, bearer: Bearer) -> Result<Option<SubscriberRecord>, Error> {
        let id = SubscriberId::from_stored(bearer.subscriber.clone());
        let record = self.ledger(move |ledger| ledger.subscriber(&id)).await?;
        let is_sent_to = |one: &Endpoint| self.terms.key.was_sent_to(&bearer, &one.as_compared());
        Ok(record.filter(|record| record.subscriber.endpoints.iter().any(|(_, one)| is_sent_to(one))))
    }

    fn now(&self) -> Moment {
        (self.terms.now)()
    }

    fn draw(&self) -> Result<[u8; 16], Error> {
        (self.terms.draw)().ok_or(Error::Chance)
    }

    fn say(&self, words: &str) {
        (self.terms.say)(words);
    }

    /// Does one thing with the ledger, on a thread that may wait for the disk.
    async fn ledger<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Register) -> Result<T, ledger::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let ledger = Arc::clone(&self.ledger);
        let done = tokio::task::spawn_blocking(move || work(&mut *ledger.lock())).await;
        Ok(done.map_err(|_| Error::Broken)??)
    }
}
