//! The client against small servers that say exactly what a test wants.

use std::time::Duration;

use chrono::{TimeZone, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::port::free_port;
use super::{BODY_BYTES_MAX, Client, Error, HttpResponse, Method, Request, Response, Timeouts};

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

async fn get(url: &str) -> Result<HttpResponse, Error> {
    let limits = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(1) };
    let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
    Client::new(limits).unwrap().get(url, &[("password", "s3cret & more"), ("text", "¿qué?")], now).await
}

#[tokio::test]
async fn the_query_is_encoded_and_the_answer_read() {
    let (url, request) =
        server(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater".to_vec()).await;
    let answer = get(&url).await.unwrap();
    let wait = Some(Duration::from_secs(7));
    assert_eq!(answer, HttpResponse { status: 503, retry_after: wait, body: "later".to_owned() });
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
async fn no_server_is_offered_http_2() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let hello = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut hello).await.unwrap();
        hello
    });
    assert!(get(&url).await.is_err(), "the server hangs up");
    let hello = hello.await.unwrap();
    // The name of the protocol as it is offered (RFC 7301, 3.1), with its length before it.
    assert!(hello.len() > 100 && !hello.windows(3).any(|part| part == b"\x02h2"), "{hello:?}");
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
    let refused = get(&format!("http://127.0.0.1:{}/", free_port())).await.unwrap_err();
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

async fn send(request: &Request, bytes_max: usize) -> Result<Response, Error> {
    let limits = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(1) };
    let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
    Client::new(limits).unwrap().send(request, bytes_max, now).await
}

#[tokio::test]
async fn method_headers_and_body_are_sent_and_all_of_the_answer_is_given_back() {
    let answer = b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nX-Cache: HIT\r\nX-Cache: MISS\r\nContent-Length: 5\r\n\r\nl\xe4ter";
    let (url, sent) = server(answer.to_vec()).await;
    let request =
        Request::new(Method::Post, url).header("AccessKey", "s3cret").body("application/json", "{\"a\":1}");
    let response = send(&request, 64).await.unwrap();
    assert_eq!((response.status, response.retry_after), (429, Some(Duration::from_secs(7))));
    assert_eq!((response.header("x-cache"), response.header("none")), (Some("HIT"), None));
    assert_eq!((response.body.as_slice(), response.is_whole), (&b"l\xe4ter"[..], true));
    assert!(!response.is_success());
    let sent = sent.await.unwrap();
    assert!(sent.starts_with("POST /send HTTP/1.1\r\n"), "{sent}");
    for line in ["accesskey: s3cret\r\n", "content-type: application/json\r\n", "content-length: 7\r\n"] {
        assert!(sent.contains(line), "{sent}");
    }
}

#[tokio::test]
async fn a_purge_is_no_get() {
    for (method, line) in
        [(Method::Purge, "PURGE /send HTTP/1.1\r\n"), (Method::Ban, "BAN /send HTTP/1.1\r\n")]
    {
        let (url, sent) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
        let request = Request::new(method, url).header("host", "status.acme.test");
        assert!(send(&request, 64).await.unwrap().is_success());
        let sent = sent.await.unwrap();
        assert!(sent.starts_with(line) && sent.contains("host: status.acme.test\r\n"), "{sent}");
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_what_was_asked_for() {
    for (asked, read, is_whole) in [(200_000, 200_000, true), (199_999, 199_999, false), (0, 0, false)] {
        let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n".to_vec();
        answer.resize(answer.len() + 200_000, b'x');
        let (url, _) = server(answer).await;
        let response = send(&Request::new(Method::Get, url), asked).await.unwrap();
        assert_eq!((response.body.len(), response.is_whole), (read, is_whole), "asked for {asked}");
    }
    let (url, _) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec()).await;
    let response = send(&Request::new(Method::Get, url), 64).await.unwrap();
    assert_eq!((response.body.as_slice(), response.is_whole), (&b"half"[..], false), "it broke off");
}

#[tokio::test]
async fn a_header_that_would_make_two_is_not_sent() {
    let request = Request::new(Method::Purge, "http://127.0.0.1:1/s3cret").header("host", "a\r\nx-other: b");
    let error = send(&request, 64).await.unwrap_err();
    assert!(matches!(error, Error::Unsent(_)), "{error:?}");
    assert!(!format!("{error} {error:?} {request:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_guarded_client_calls_no_name_that_leads_to_this_machine() {
    let (url, _server) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let limits = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(5) };
    let client = Client::guarded(limits).unwrap();
    let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
    let https = url.replace("http://", "https://");
    for url in [
        https.replace("127.0.0.1", "localhost"),
        https.clone(),
        https.replace("127.0.0.1", "[::ffff:7f00:1]"),
    ] {
        let error = client.send(&Request::new(Method::Post, &url), 64, now).await.unwrap_err();
        assert!(matches!(&error, Error::Unsent(why) if why.contains("private or local")), "{url}: {error:?}");
    }
}
