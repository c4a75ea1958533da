//! Every provider that reaches people over HTTP, before a server that answers, hangs up, repeats what it got, or is not there.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::house::House;
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::provider::tests::{accepted, sample};
use crate::provider::{KINDS, Kind, Protection, Protocol};

/// What a server answers to a request; `None` if it hangs up.
type Answer = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

async fn server(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that hangs up is gone.
            tokio::spawn(serve(stream, Arc::clone(&answer)));
        }
    });
    url
}

async fn serve(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(&mut stream);
    let (mut request, mut length, mut line) = (String::new(), 0, String::new());
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).await?;
        let value = line.to_lowercase().strip_prefix("content-length:").map(|value| value.trim().to_owned());
        length = value.and_then(|value| value.parse().ok()).unwrap_or(length);
        request.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await?;
    request.push_str(&String::from_utf8_lossy(&body));
    match answer(&request) {
        Some(answer) => stream.write_all(answer.as_bytes()).await,
        None => Ok(()),
    }
}

fn kinds() -> impl Iterator<Item = (&'static Kind, Channel, &'static str)> {
    let over_http = KINDS.iter().filter(|kind| matches!(kind.protocol, Protocol::Http(_)));
    over_http.filter_map(|kind| match kind.protection {
        Protection::Url(key) => {
            let channel = kind.channels.iter().copied().find(|channel| !channel.is_for_places())?;
            Some((*kind, channel, key))
        }
        _ => None,
    })
}

/// What happened to one message by a provider at that URL: its state, and what was said of each attempt.
async fn tried(
    kind: &'static Kind,
    channel: Channel,
    key: &'static str,
    url: &str,
) -> (StepState, Vec<String>) {
    let mut house = House::new().by(kind, channel, sample(kind).with(key, url));
    house.options.max_wait = std::time::Duration::ZERO;
    let who = house.subscriber(&[if channel == Channel::Mail { "ana@example.org" } else { "+34600000001" }]);
    house.change("payments");
    house.deliver().await.unwrap();
    (house.states(&who)[0], house.replies(&who))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_accepts_ends_its_step() {
    for (kind, channel, key) in kinds() {
        let (status, body) = accepted(kind);
        let url = server(Arc::new(move |_| Some(answer(status, "", &body)))).await;
        let (state, said) = tried(kind, channel, key, &url).await;
        assert_eq!((state, said.len()), (StepState::Accepted, 1), "{} {said:?}", kind.word);
    }
    assert!(kinds().count() >= 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_after_the_request_is_in_doubt_and_one_that_is_refused_is_not() {
    for (kind, channel, key) in kinds() {
        let broken = server(Arc::new(|_| None)).await;
        let (state, said) = tried(kind, channel, key, &broken).await;
        // An email is sent again; an SMS is not.
        let expected = if channel == Channel::Mail { StepState::Pending } else { StepState::InDoubt };
        assert_eq!((state, said.len()), (expected, 1), "{} {said:?}", kind.word);
        assert!(said[0].contains(" ambiguous "), "{} {said:?}", kind.word);

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gone = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let (state, said) = tried(kind, channel, key, &gone).await;
        assert_eq!((state, said.len()), (StepState::Pending, 1), "{} {said:?}", kind.word);
        assert!(said[0].contains(" retryable "), "{} {said:?}", kind.word);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_repeats_the_request_puts_no_secret_and_no_address_on_record() {
    for (kind, channel, key) in kinds() {
        for status in [400, 403, 500] {
            let echo: Answer = Arc::new(move |request| {
                let line = request.replace(['\r', '\n'], " ");
                let start: String = line.chars().filter(char::is_ascii).take(300).collect();
                let named = format!("X-Amzn-ErrorType: {start}\r\nX-Message-Id: {start}\r\n");
                let words =
                    serde_json::json!({ "message": line, "Message": line, "errors": [{ "message": line }] });
                Some(answer(status, &named, &words.to_string()))
            });
            let (_, said) = tried(kind, channel, key, &server(echo).await).await;
            let said = said.join(" ");
            for secret in ["s3cret", "czNjcmV0", "ana@", "34600000001"] {
                assert!(!said.contains(secret), "{} {status}: {said}", kind.word);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_asks_for_time_gets_it() {
    for (kind, channel, key) in kinds() {
        let url = server(Arc::new(|_| Some(answer(429, "Retry-After: 30\r\n", "")))).await;
        let mut house = House::new().by(kind, channel, sample(kind).with(key, url.as_str()));
        house.options.max_wait = std::time::Duration::ZERO;
        house.subscriber(&[if channel == Channel::Mail { "ana@example.org" } else { "+34600000001" }]);
        house.change("payments");
        house.deliver().await.unwrap();
        let due = house.ledger(|ledger| ledger.next_due().unwrap());
        let waits = due.map(|due| (due - house.now()).num_seconds());
        assert!(waits.is_some_and(|seconds| (20..=60).contains(&seconds)), "{} {waits:?}", kind.word);
    }
}
