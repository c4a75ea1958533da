//! The built-in servers of a drill: a mail server, an SMS gateway, and a web server for the published page, all on this machine.
//!
//! Promises: none of them sends anything on, except to the given servers of this machine. They end with the drill.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::cli::exit::Failure;
use crate::demo::sinks::{MailSink, TextSink};
use crate::drill::given::Given;
use crate::drill::sandbox::Ports;
use crate::files::Folder;
use crate::model::channel::Channel;
use crate::preview;

const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

type Published = Arc<Mutex<PathBuf>>;

/// The servers, which run until this is dropped.
pub(super) struct Servers {
    _runtime: Runtime,
    pub(super) mail: MailSink,
    pub(super) text: TextSink,
    pub(super) ports: Ports,
    published: Published,
}

impl Servers {
    /// Starts them on free ports; what they take they hand to the given ones.
    pub(super) fn start(given: &Given) -> Result<Self, Failure> {
        let runtime = Runtime::new()?;
        let (mail, text, published) = (MailSink::default(), TextSink::default(), Published::default());
        given.mail.iter().for_each(|server| mail.hand_to(server.port));
        given.text.iter().for_each(|gateway| text.hand_to(gateway.port));
        let ports = runtime.block_on(async {
            let mails =
                TcpListener::bind("127.0.0.1:0").await.context("failed to start the built-in mail server")?;
            let (texts, text_at) = preview::listen(0).await?;
            let (pages, page_at) = preview::listen(0).await?;
            let ports =
                Ports { mail: mails.local_addr()?.port(), text: text_at.port(), page: page_at.port() };
            tokio::spawn(mail.clone().serve(mails));
            tokio::spawn(axum::serve(texts, text.clone().routes()).into_future());
            let routes = axum::Router::new().fallback(page).with_state(Arc::clone(&published));
            tokio::spawn(axum::serve(pages, routes).into_future());
            anyhow::Ok(ports)
        })?;
        Ok(Self { _runtime: runtime, mail, text, ports, published })
    }

    /// Serves the page from this folder.
    pub(super) fn serve(&self, published: PathBuf) {
        *self.published.lock() = published;
    }

    /// Makes a channel fail, or brings it back.
    pub(super) fn set_down(&self, channel: Channel, down: bool) {
        match channel {
            Channel::Mail => self.mail.set_down(down),
            _ => self.text.set_down(down),
        }
    }
}

async fn page(State(published): State<Published>, uri: Uri) -> Response {
    let folder = published.lock().clone();
    let path = uri.path().trim_matches('/');
    let names = match path {
        "" => vec!["index.html".to_owned()],
        path => vec![path.to_owned(), format!("{path}/index.html")],
    };
    let read = |name: &str| Folder::open(&folder).ok()?.read(name, FILE_BYTES_MAX).ok()?;
    match names.iter().find_map(|name| Some((name, read(name)?))) {
        Some((name, bytes)) => ([(header::CONTENT_TYPE, preview::content_type(name))], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
