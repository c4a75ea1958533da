//! The client against small servers that say exactly what a test wants.

use std::time::Duration;

use chrono::{TimeZone, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Answer, BODY_BYTES_MAX, Client, Error, Limits};

/// Answers one connection with `answer`, after the whole request came; gives the request back.
async fn server(answer: Vec<u8>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/send", listener.local_addr().unwrap());
    let request = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let byte = stream.read_u8().await.unwrap();
            request.push(byte);
        }
        // The client may have seen enough before all is written.
        let _ = stream.write_all(&answer).await;
        if answer.is_empty() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        String::from_utf8(request).unwrap()
    });
    (url, request)
}

async fn get(url: &str) -> Result<Answer, Error> {
    let limits = Limits { connect: Duration::from_secs(5), answer: Duration::from_secs(1) };
    let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
    Client::new(limits).unwrap().get(url, &[("password", "s3cret & more"), ("text", "¿qué?")], now).await
}

#[tokio::test]
async fn the_query_is_encoded_and_the_answer_read() {
    let (url, request) =
        server(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater".to_vec()).await;
    let answer = get(&url).await.unwrap();
    let wait = Some(Duration::from_secs(7));
    assert_eq!(answer, Answer { status: 503, retry_after: wait, body: "later".to_owned() });
    let request = request.await.unwrap();
    assert!(request.starts_with("GET /send?password=s3cret+%26+more&text=%C2%BFqu%C3%A9%3F HTTP/1.1"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (url, _) =
        server(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_vec())
            .await;
    assert_eq!(get(&url).await.unwrap().status, 302);
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n".to_vec();
    answer.resize(10_000_000, b'x');
    let (url, _) = server(answer).await;
    assert_eq!(get(&url).await.unwrap().body.len(), BODY_BYTES_MAX);
}

#[tokio::test]
async fn an_error_says_whether_the_request_may_have_arrived_and_hides_the_url() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = get(&format!("http://{free}/")).await.unwrap_err();
    assert!(matches!(refused, Error::Unsent(_)), "{refused:?}");
    let nowhere = get("not a url").await.unwrap_err();
    assert!(matches!(nowhere, Error::Unsent(_)), "{nowhere:?}");

    let (url, _server) = server(Vec::new()).await;
    let silent = get(&url).await.unwrap_err();
    assert!(matches!(silent, Error::Unanswered(_)), "{silent:?}");
    let (url, _server) = server(b"HTTP/1.1 20".to_vec()).await;
    let broken = get(&url).await.unwrap_err();
    assert!(matches!(broken, Error::Unanswered(_)), "{broken:?}");

    for error in [refused, nowhere, silent, broken] {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("127.0.0.1"), "{shown}");
    }
}
