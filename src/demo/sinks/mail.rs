//! Built-in mailboxes: a small SMTP server on localhost that keeps what it is given.
//!
//! For the demo, drills and fast tests only: it knows just enough of RFC 5321 to be talked to, and never
//! sends anything on, except to a port of this machine (`hand_to`). It can be taken down and brought up again, which is what the
//! demo is about.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct ReceivedMail {
    /// The envelope's recipient.
    pub to: String,
    /// Headers and body, with the transport's dots taken out.
    pub raw: String,
    /// Its number among the messages of all sinks.
    pub arrival: u64,
}

/// The server's shared state.
#[derive(Clone, Debug, Default)]
pub struct MailSink {
    received: Arc<Mutex<Vec<ReceivedMail>>>,
    down: Arc<AtomicBool>,
    refused: Arc<Mutex<Option<String>>>,
    onward: Arc<Mutex<Option<u16>>>,
}

/// Longer lines and mails are nothing the demo sends.
const MAIL_BYTES_MAX: usize = 1 << 20;

impl MailSink {
    /// Everything received so far, oldest first.
    pub fn received(&self) -> Vec<ReceivedMail> {
        self.received.lock().clone()
    }

    /// Takes the server down, or brings it up: while down it turns every client away.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// From now on keeps only what the mail server at that port of this machine accepts, and answers what it answers.
    pub fn hand_to(&self, port: u16) {
        *self.onward.lock() = Some(port);
    }

    /// Refuses every recipient whose address contains `part` as one that does not exist; `None` accepts them again.
    pub fn refuse(&self, part: Option<&str>) {
        *self.refused.lock() = part.map(str::to_owned);
    }

    /// Serves until the listener's runtime ends.
    pub async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let sink = self.clone();
            // A client that hangs up in the middle has said all it wanted to.
            tokio::spawn(async move { drop(sink.talk(stream).await) });
        }
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        if self.is_down() {
            return say(&mut stream, "421 4.3.2 the built-in mail server is down").await;
        }
        say(&mut stream, "220 mail.demo.test ESMTP").await?;
        let (mut line, mut recipients) = (String::new(), Vec::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if self.is_down() {
                return say(&mut stream, "421 4.3.2 the built-in mail server is down").await;
            }
            let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match command.as_str() {
                "RCPT" if self.refuses(&line) => {
                    say(&mut stream, "550 5.1.1 no such user").await?;
                }
                "RCPT" => {
                    recipients.push(between(&line, '<', '>').to_owned());
                    say(&mut stream, "250 2.1.5 ok").await?;
                }
                "DATA" => {
                    say(&mut stream, "354 continue").await?;
                    let raw = read_data(&mut stream).await?;
                    let onward = *self.onward.lock();
                    let answer = match onward {
                        Some(port) => hand_over(port, &recipients, &raw).await?,
                        None => "250 2.0.0 kept".to_owned(),
                    };
                    if answer.starts_with('2') {
                        self.keep(&recipients, &raw);
                    }
                    recipients.clear();
                    say(&mut stream, &answer).await?;
                }
                "QUIT" => return say(&mut stream, "221 2.0.0 bye").await,
                "EHLO" | "HELO" => say(&mut stream, "250 mail.demo.test").await?,
                _ => say(&mut stream, "250 2.0.0 ok").await?,
            }
        }
    }

    fn keep(&self, recipients: &[String], raw: &str) {
        let mut received = self.received.lock();
        received.extend(recipients.iter().map(|to| ReceivedMail {
            to: to.clone(),
            raw: raw.to_owned(),
            arrival: super::arrival(),
        }));
    }

    fn refuses(&self, line: &str) -> bool {
        let refused = self.refused.lock();
        refused.as_ref().is_some_and(|part| between(line, '<', '>').contains(part))
    }

    fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }
}

/// Gives a mail to the server at that port of this machine; its last answer, or the first that refuses.
async fn hand_over(port: u16, recipients: &[String], raw: &str) -> std::io::Result<String> {
    let mut server = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
    let recipients = recipients.iter().map(|to| format!("RCPT TO:<{to}>"));
    let envelope = ["EHLO drill.invalid".to_owned(), "MAIL FROM:<>".to_owned()].into_iter().chain(recipients);
    let mut answer = answer_of(&mut server).await?;
    for command in envelope.chain(["DATA".to_owned()]) {
        if !answer.starts_with('2') {
            return Ok(answer);
        }
        say(&mut server, &command).await?;
        answer = answer_of(&mut server).await?;
    }
    if answer.starts_with('3') {
        let lines =
            raw.lines().map(|line| if line.starts_with('.') { format!(".{line}") } else { line.to_owned() });
        let content: Vec<String> = lines.chain([".".to_owned()]).collect();
        say(&mut server, &content.join("\r\n")).await?;
        answer = answer_of(&mut server).await?;
        say(&mut server, "QUIT").await?;
    }
    Ok(answer)
}

/// The last line of an answer (RFC 5321, 4.2.1).
async fn answer_of(server: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    loop {
        line.clear();
        if server.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.trim_end().to_owned());
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, words: &str) -> std::io::Result<()> {
    stream.write_all(format!("{words}\r\n").as_bytes()).await
}

/// A mail up to its final dot. One that breaks off before was never handed over (RFC 5321, 4.1.1.4).
async fn read_data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let (mut raw, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim_end() == "." || raw.len() > MAIL_BYTES_MAX {
            return Ok(raw);
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn between(line: &str, open: char, close: char) -> &str {
    line.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map_or("", |(inside, _)| inside)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::MailSink;

    /// What a sink has of a client that says this and hangs up.
    async fn received(said: &str) -> usize {
        let sink = MailSink::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(sink.clone().serve(listener));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(said.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
        served.abort();
        sink.received().len()
    }

    #[tokio::test]
    async fn a_mail_without_its_final_dot_was_not_handed_over() {
        let begun = "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ana@example.org>\r\nDATA\r\nSubject: x\r\n";
        assert_eq!(received(begun).await, 0);
        assert_eq!(received(&format!("{begun}\r\nx\r\n.\r\n")).await, 1);
    }
}
