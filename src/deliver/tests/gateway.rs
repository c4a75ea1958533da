//! A text gateway that behaves as the number says and remembers what it took.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A gateway on a port of its own.
#[derive(Clone)]
pub(super) struct Gateway {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/cgi-bin/sendsms", listener.local_addr().unwrap());
        let requests = Arc::default();
        let gateway = Self { url, requests: Arc::clone(&requests) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that hangs up is gone.
                tokio::spawn(serve(stream, Arc::clone(&requests)));
            }
        });
        gateway
    }

    /// The query of every request, in order.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().clone()
    }
}

async fn serve(mut stream: TcpStream, requests: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    let request = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let query = request.split(['?', ' ']).nth(2).unwrap_or("").to_owned();
    let number = query.split('&').find_map(|pair| pair.strip_prefix("to=%2B")).unwrap_or("").to_owned();
    requests.lock().push(query);
    let (status, body) = match &number[number.len().saturating_sub(3)..] {
        "403" => ("403 Forbidden", "Authorization failed for sendsms"),
        "503" => ("503 Unavailable", "Temporal failure, try again later."),
        // Silence after the request: nobody knows.
        "000" => return Ok(()),
        _ => ("202 Accepted", "0: Accepted for delivery"),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await
}
