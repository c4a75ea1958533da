//! A desk that runs in a house, and the visitors at its counter.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;

/// The desk of a house, open until it is closed.
pub(crate) struct Counter {
    house: Option<House>,
    port: u16,
    desk: Running,
    read: usize,
}

/// What a visitor was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Counter {
    /// Opens the desk of a house, with a proxy that says who asks.
    pub(crate) fn open(house: House) -> Self {
        Self::open_with(house, "")
    }

    /// The same with further lines of `[desk]`.
    pub(crate) fn open_with(house: House, lines: &str) -> Self {
        Self::open_as(house, "site/plan.toml", &["desk"], lines)
    }

    /// The same for an audience, with its plan and the command that opens its desk.
    pub(crate) fn open_as(mut house: House, file: &str, command: &[&str], lines: &str) -> Self {
        let plan = house.read(file);
        let port = free_port();
        let plan = plan.split("\n[desk]").next().unwrap().to_owned();
        let desk = format!(
            "{plan}\n[desk]\nurl = 'http://127.0.0.1:{port}'\nlisten = '127.0.0.1:{port}'\n\
             secret = {{ file = 'desk-secret' }}\n{lines}"
        );
        house.write(file, &desk);
        house.write("desk-secret", "0123456789abcdef0123456789abcdef\n");
        let read = house.mails().len();
        let desk = Running::start(&house, command);
        desk.says("desk at http://");
        Self { house: Some(house), port, desk, read }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Does something in the house while the desk is open.
    pub(crate) fn house(&mut self, act: impl FnOnce(House) -> House) -> &House {
        let house = act(self.house.take().unwrap());
        self.house.insert(house)
    }

    pub(crate) fn hears(&self, words: &str) {
        self.desk.says(words);
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("198.51.100.7", path, fields)
    }

    /// The same by someone at that address, behind the proxy.
    pub(crate) fn post_from(&self, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.ask("POST", path, &[kind, ("x-forwarded-for", from)], &body)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: desk\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
            unchunked(body)
        } else {
            body.to_owned()
        };
        Answer { status, head: head.to_lowercase(), body }
    }

    /// The next mail to an address, once it is there.
    pub(crate) fn mail_to(&mut self, address: &str) -> String {
        let house = self.house.as_ref().unwrap();
        let next = || house.mails().into_iter().skip(self.read).find(|(to, _)| to == address);
        wait_until(&format!("a mail to {address}"), || next().is_some());
        let mail = next().unwrap().1;
        self.read = house.mails().len();
        mail
    }

    /// The mails that came since the last that was asked for.
    pub(crate) fn new_mails(&self) -> usize {
        self.house.as_ref().unwrap().mails().len() - self.read
    }

    /// The path of a link in a mail.
    pub(crate) fn link(&self, mail: &str, path: &str) -> String {
        let start =
            mail.find(&format!("{}{path}", self.url())).unwrap_or_else(|| panic!("no {path} in {mail}"));
        let link = mail[start..].split_whitespace().next().unwrap();
        link[self.url().len()..].to_owned()
    }

    /// Ends the desk as an operator does; every mail so far was asked about.
    pub(crate) fn close(mut self) -> House {
        assert_eq!(self.desk.end("-TERM"), Some(0), "{}", self.desk.said());
        let said = self.desk.said();
        assert!(!said.contains("@example.org"), "an address is in the log: {said}");
        self.house.take().unwrap().told_of_all()
    }
}

impl Answer {
    /// The value of a hidden field.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        if length == 0 {
            break;
        }
        whole.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
    whole
}
