//! The demo's inbox: every email and SMS as its recipient would see it, on one page, newest first.
//!
//! For the demo only. Mails are shown in frames without any rights, so that nothing in them can run.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::demo::people::owner;
use crate::demo::sinks::{MailSink, TextSink};

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:46rem;padding:0 1rem;\
    background:#f6f6f4;color:#1c1c1a}article{background:#fff;border:1px solid #ddd;border-radius:.6rem;\
    margin:1rem 0;padding:1rem}h2{font-size:1rem;margin:0 0 .5rem}iframe{width:100%;height:34rem;border:0}\
    p{white-space:pre-wrap;margin:0}small{color:#5c5c58}\
    @media(prefers-color-scheme:dark){body{background:#161615;color:#eee}article{background:#222220;\
    border-color:#3a3a37}small{color:#aaa}}";

type Sinks = (MailSink, TextSink);

/// The inbox's routes.
pub(super) fn routes(mail: MailSink, text: TextSink) -> axum::Router {
    axum::Router::new()
        .route("/inbox", get(list))
        .route("/inbox/mail/{number}", get(show))
        .with_state((mail, text))
}

async fn list(State((mail, text)): State<Sinks>) -> Html<String> {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Inbox</title><style>{STYLE}</style><h1>Inbox</h1>"
    );
    let texts = text.received().into_iter().map(|text| {
        let (name, to, body) = (owner(&text.to), escaped(&text.to), escaped(&text.body));
        (text.arrival, format!("<article><h2>SMS to {name} <small>{to}</small></h2><p>{body}</p></article>"))
    });
    let mails = mail.received().into_iter().enumerate().map(|(number, mail)| {
        let (name, to) = (owner(&mail.to), escaped(&mail.to));
        let article = format!(
            "<article><h2>Email to {name} <small>{to}</small></h2>\
             <iframe sandbox title=\"Email to {name}\" src=\"/inbox/mail/{number}\"></iframe></article>"
        );
        (mail.arrival, article)
    });
    let mut all: Vec<(u64, String)> = texts.chain(mails).collect();
    all.sort_by_key(|(arrival, _)| std::cmp::Reverse(*arrival));
    all.iter().for_each(|(_, article)| page.push_str(article));
    Html(page)
}

async fn show(State((mail, _)): State<Sinks>, Path(number): Path<usize>) -> Response {
    let received = mail.received();
    let Some(mail) = received.get(number) else { return StatusCode::NOT_FOUND.into_response() };
    let parsed = mail_parser::MessageParser::default().parse(mail.raw.as_bytes());
    let html = parsed.as_ref().and_then(|mail| mail.body_html(0)).unwrap_or_default().into_owned();
    (
        [(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
        )],
        Html(html),
    )
        .into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
