//! Texts of which nobody knows whether they were accepted, at a provider that can be asked.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::house::House;
use crate::model::notice::StepState::{self, Accepted, InDoubt};
use crate::model::report::ReceiptStatus;

/// The only text of the house.
const BODY: &str = "Payments fail & we are on it";

/// The status of what it took, if it lists it; `None` if it lists nothing.
type Listed = Arc<Mutex<Option<&'static str>>>;

/// Takes each message and hangs up before it answers, and lists what it took to anyone who asks.
async fn twilio(listed: &Listed) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let listed = Arc::clone(listed);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that hangs up is gone.
            tokio::spawn(serve(stream, Arc::clone(&listed)));
        }
    });
    url
}

async fn serve(mut stream: TcpStream, listed: Listed) -> std::io::Result<()> {
    let mut reader = BufReader::new(&mut stream);
    let (mut request, mut line) = (String::new(), String::new());
    reader.read_line(&mut request).await?;
    let mut length = 0;
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).await?;
        let value = line.to_lowercase().strip_prefix("content-length:").map(|value| value.trim().to_owned());
        length = value.and_then(|value| value.parse().ok()).unwrap_or(length);
    }
    if request.starts_with("POST") {
        reader.read_exact(&mut vec![0; length]).await?;
        return Ok(());
    }
    assert!(request.contains("To=%2B34600000001"), "{request}");
    let status = *listed.lock();
    let one = status.map(|status| {
        format!(
            r#"{{"sid": "SM1", "to": "+34600000001", "body": "{BODY}", "status": "{status}", "error_code": null,
               "date_created": "Fri, 20 Nov 2026 09:00:01 +0000"}}"#
        )
    });
    let body = format!(r#"{{"messages": [{}]}}"#, one.unwrap_or_default());
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_in_doubt_is_asked_about_and_counts_as_not_reached_until_it_is_known() {
    // What it lists at first and later; how the step ends and how many are not notified, at first and later.
    type Ends = [(StepState, u64); 2];
    let rows: [(Option<&str>, Option<&str>, Ends); 4] = [
        (Some("queued"), None, [(Accepted, 0), (Accepted, 0)]),
        (None, Some("delivered"), [(InDoubt, 1), (Accepted, 0)]),
        (None, None, [(InDoubt, 1), (InDoubt, 0)]),
        (Some("undelivered"), Some("undelivered"), [(InDoubt, 1), (InDoubt, 0)]),
    ];
    for (first, later, ends) in rows {
        let listed = Arc::new(Mutex::new(first));
        let mut house = House::new().twilio(&twilio(&listed).await);
        let who = house.subscriber(&["+34600000001"]);
        house.change("payments");
        for (status, (state, not_notified)) in [first, later].into_iter().zip(ends) {
            *listed.lock() = status;
            // As much later as it takes until it is asked again.
            house.options.last_asked = Default::default();
            let delivered = house.deliver().await.unwrap();
            assert_eq!(house.states(&who), [state], "{first:?} {later:?}: {:?}", house.replies(&who));
            assert_eq!(delivered.unreached.values().sum::<u64>(), not_notified, "{first:?} {later:?}");
        }
        let told = house.ledger(|ledger| ledger.explain(&who, None).unwrap().remove(0).steps.remove(0));
        let sent = told.attempts.iter().filter(|attempt| attempt.reply.reference.is_none()).count();
        assert_eq!(sent, 1, "it is never sent again");
        let failures = told.reports.iter().filter(|report| report.status == ReceiptStatus::Failed).count();
        assert_eq!(failures, usize::from(first == Some("undelivered")));
    }
}
