//! The header fields of a mail that follow from its message and step, for every provider that carries mail.
//!
//! Promises: the same message and step give the same fields, whichever provider carries them, so an incident's mails
//! thread through all of them and a retry is recognized as one. No value holds a line break, and an id holds only
//! characters that may be in one.

use data_encoding::BASE64;
use serde_json::Value;

use crate::model::address::EmailAddress;
use crate::model::line::one_line;
use crate::model::message::MailMessage;
use crate::model::notice::StepId;

/// The Message-ID of a step, with its angle brackets (RFC 5322, 3.6.4).
pub fn message_id(step: &StepId, host: &str) -> String {
    format!("<{}@{host}>", step.as_str())
}

/// What all mails of an incident refer to, with its angle brackets. It is never the Message-ID of a mail, because a
/// relay may change those.
pub fn thread(message: &MailMessage) -> String {
    format!("<{}>", id(&message.thread, &host(&message.host)))
}

/// The List-Id (RFC 2919).
pub fn list_id(message: &MailMessage) -> String {
    format!("<incidents.{}>", host(&message.host))
}

/// Where a request to unsubscribe goes (RFC 2369, 3.2): by one click if there is a desk, and always by mail, because mail
/// programs show their button for it only then.
pub fn unsubscribe(message: &MailMessage) -> String {
    let reads = message.reply_to.as_ref().unwrap_or(&message.from.address);
    let by_mail = format!("<mailto:{}?subject=unsubscribe>", reads.expose());
    match &message.leave {
        Some(link) => format!("<{}>, {by_mail}", one_line(link)),
        None => by_mail,
    }
}

/// The value of List-Unsubscribe-Post, of a mail that has a link for it (RFC 8058, 3.1).
pub const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// The header fields of a mail that its message and step give it, for an API that takes them as names and values.
pub fn headers(message: &MailMessage, step: &StepId) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Message-ID", message_id(step, &host(&message.host))),
        ("In-Reply-To", thread(message)),
        ("References", thread(message)),
        ("List-Id", list_id(message)),
        ("List-Unsubscribe", unsubscribe(message)),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("Content-Language", message.language.to_string()),
    ];
    headers.extend(message.leave.as_ref().map(|_| ("List-Unsubscribe-Post", ONE_CLICK.to_owned())));
    headers
}

/// The same as a JSON object.
pub fn header_object(message: &MailMessage, step: &StepId) -> Value {
    headers(message, step).into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

/// A mailbox in ASCII: a name with other letters is made of encoded words (RFC 2047, 2), each of whole characters.
pub fn ascii_mailbox(name: &str, address: &EmailAddress) -> String {
    let name = one_line(name);
    if name.is_ascii() {
        return mailbox(&name, address);
    }
    let mut words = vec![String::new()];
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= ENCODED_BYTES_MAX => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let encoded = words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64.encode(word.as_bytes())));
    format!("{} <{}>", encoded.collect::<Vec<_>>().join(" "), address.expose())
}

/// What fits into an encoded word of 75 characters.
const ENCODED_BYTES_MAX: usize = 45;

/// A mailbox with its name in quotes (RFC 5322, 3.4), or the address alone.
pub fn mailbox(name: &str, address: &EmailAddress) -> String {
    let name: String = one_line(name).chars().filter(|c| !matches!(c, '"' | '\\')).collect();
    match name.is_empty() {
        true => address.expose().to_owned(),
        false => format!("\"{name}\" <{}>", address.expose()),
    }
}

/// The host with everything that may not be in a host name made a hyphen.
pub fn host(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let host: String = text.chars().take(200).map(plain).collect();
    if host.is_empty() { "localhost".to_owned() } else { host }
}

/// What stands between the angle brackets of a message id: an id of this host unless it names one.
fn id(text: &str, host: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._/+=~-".contains(c) { c } else { '-' };
    let text = text.trim_start_matches('<').trim_end_matches('>');
    let (left, right) = text.split_once('@').unwrap_or((text, host));
    let left: String = left.chars().take(200).map(plain).collect();
    format!("{left}@{}", self::host(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_cannot_end_its_own_quotes() {
        let address = EmailAddress::new("status@example.com").unwrap();
        assert_eq!(mailbox("", &address), "status@example.com");
        assert_eq!(mailbox("Shop", &address), "\"Shop\" <status@example.com>");
        let attack = "Shop\" <eve@example.net>,\r\nBcc: eve@example.net \\";
        let written = mailbox(attack, &address);
        assert_eq!(written.matches('"').count(), 2, "{written}");
        assert!(!written.contains(['\r', '\n', '\\']), "{written}");
    }

    #[test]
    fn a_name_of_any_script_becomes_encoded_words_of_whole_letters() {
        let address = EmailAddress::new("status@example.com").unwrap();
        assert_eq!(ascii_mailbox("Shop", &address), "\"Shop\" <status@example.com>");
        assert_eq!(ascii_mailbox("Café", &address), "=?UTF-8?B?Q2Fmw6k=?= <status@example.com>");
        let long = ascii_mailbox(&"用户\r\n状态".repeat(9), &address);
        let words: Vec<&str> = long.strip_suffix(" <status@example.com>").unwrap().split(' ').collect();
        let decoded = words.iter().map(|word| {
            assert!(word.len() <= 75, "{word}");
            let base64 = word.strip_prefix("=?UTF-8?B?").and_then(|word| word.strip_suffix("?=")).unwrap();
            String::from_utf8(BASE64.decode(base64.as_bytes()).unwrap()).unwrap()
        });
        assert_eq!(decoded.collect::<String>(), one_line(&"用户\r\n状态".repeat(9)));
    }

    #[test]
    fn an_id_holds_nothing_that_ends_it() {
        assert_eq!(id("thread", "status.example.com"), "thread@status.example.com");
        assert_eq!(id("a b>\r\nX: y", "status.example.com"), "a-b---X--y@status.example.com");
        assert_eq!(host("a b\r\nc"), "a-b--c");
    }
}
