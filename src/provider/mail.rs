//! The header fields of a mail that follow from its message and step, for every provider that carries mail.
//!
//! Promises: the same message and step give the same fields, whichever provider carries them, so an incident's mails
//! thread through all of them and a retry is recognized as one. No value holds a line break, and an id holds only
//! characters that may be in one.

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
    fn an_id_holds_nothing_that_ends_it() {
        assert_eq!(id("thread", "status.example.com"), "thread@status.example.com");
        assert_eq!(id("a b>\r\nX: y", "status.example.com"), "a-b---X--y@status.example.com");
        assert_eq!(host("a b\r\nc"), "a-b--c");
    }
}
