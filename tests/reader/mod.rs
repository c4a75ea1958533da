//! A reader that follows every link and asset of a page.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Follows every link and asset from the first page on; says what is broken. `fetch` gives the bytes of a path, or what
/// is wrong.
pub(crate) fn broken_links(fetch: impl Fn(&str) -> Result<Vec<u8>, String>) -> Vec<String> {
    let mut queue = vec!["index.html".to_owned()];
    let mut seen = BTreeSet::new();
    let mut broken = Vec::new();
    while let Some(path) = queue.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let bytes = match fetch(&path) {
            Ok(bytes) => bytes,
            Err(why) => {
                broken.push(format!("{path}: {why}"));
                continue;
            }
        };
        if !path.ends_with(".html") {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        if !text.trim_end().ends_with("</html>") {
            broken.push(format!("{path} is half a file"));
        }
        for attribute in ["href=\"", "src=\""] {
            for link in text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                queue.extend(resolved(&path, link));
            }
        }
    }
    broken
}

/// A relative link as a path from the root; none for what leads elsewhere.
fn resolved(from: &str, link: &str) -> Option<String> {
    let link = link.split(['#', '?']).next().unwrap_or_default();
    if link.is_empty() || link.contains(':') || link.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let is_page = link.ends_with('/') || path.is_empty() || !path.rsplit('/').next()?.contains('.');
    Some(if !is_page {
        path
    } else if path.is_empty() {
        "index.html".into()
    } else {
        format!("{path}/index.html")
    })
}

/// The head and the whole body of a page's file by HTTP, or what is wrong with the answer. `header` is a line of the
/// request, or empty.
pub(crate) fn get(port: u16, path: &str, header: &str) -> Result<(String, Vec<u8>), String> {
    let wrong = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(wrong)?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).map_err(wrong)?;
    let end = if header.is_empty() { "" } else { "\r\n" };
    let request =
        format!("GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{header}{end}\r\n");
    stream.write_all(request.as_bytes()).map_err(wrong)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(wrong)?;
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("there is no answer")? + 4;
    let head = String::from_utf8_lossy(&answer[..body]).into_owned();
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(head.lines().next().unwrap_or_default().to_owned());
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    if length != Some(answer.len() - body) {
        return Err(format!("{} bytes came of {length:?}", answer.len() - body));
    }
    Ok((head, answer.split_off(body)))
}
