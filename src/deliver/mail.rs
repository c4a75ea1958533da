//! The bytes of an email (RFC 5322), from a message, an address and a step.
//!
//! Promises: the same three give the same bytes, so a retry is recognized as one; no text of a message can add a header, a
//! recipient or a second email; every line is ASCII, ends in CRLF and has at most 998 characters. Every email of an
//! incident refers to the incident's thread and never to another email, because a relay may change Message-IDs.

use std::sync::Arc;
use std::time::SystemTime;

use data_encoding::BASE64;
use lettre::Address;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, Headers, MessageId,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use super::dkim::{self, Signer};
use crate::model::Moment;
use crate::model::address::EmailAddress;
use crate::model::line::one_line;
use crate::model::message::MailMessage;
use crate::model::notice::StepId;
use crate::provider::mail;

/// The boundary between the parts of a mail. Neither transfer encoding can write `=_`, so no body holds it (RFC 2045, 6.7).
const BOUNDARY: &str = "=_allclear";

/// The most bytes of text in one encoded word, which may have 75 letters (RFC 2047, 2).
const ENCODED_BYTES_MAX: usize = 45;

/// What all mails of one message have in common, written once: everything but whom one is for.
#[derive(Debug)]
pub(super) struct Sheet {
    from: Address,
    host: String,
    date: Moment,
    /// The header fields that all have, each ended by CRLF.
    header: String,
    /// What follows the empty line.
    body: Vec<u8>,
    /// The body as it is in a signature.
    body_hash: String,
}

/// A mail ready for a relay.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    /// The address of MAIL FROM, where bounces go.
    pub(super) from: Address,
    /// The address of RCPT TO.
    pub(super) to: EmailAddress,
    /// Its own header fields, signatures first.
    pub(super) own: String,
    /// What it shares with others.
    pub(super) sheet: Arc<Sheet>,
}

/// Why a message cannot become a mail.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the email: {0}")]
pub(super) struct Unwritable(String);

impl Sheet {
    /// Writes what the mails of a message share.
    pub(super) fn new(message: &MailMessage) -> Result<Self, Unwritable> {
        let from = address(&message.from.address)?;
        let host = mail::host(&message.host);
        let thread = mail::thread(message);
        let name = Some(one_line(&message.from.name)).filter(|name| !name.is_empty());
        let mut builder = Message::builder()
            .from(Mailbox::new(name, from.clone()))
            // One is wanted; each mail brings its own.
            .to(Mailbox::new(None, from.clone()))
            .raw_header(subject(&one_line(&message.subject))?)
            .date(SystemTime::from(message.date))
            .in_reply_to(thread.clone())
            .references(thread);
        if let Some(reply_to) = &message.reply_to {
            builder = builder.reply_to(Mailbox::new(None, address(reply_to)?));
        }
        if message.leave.is_some() {
            builder = builder.raw_header(header("List-Unsubscribe-Post", mail::ONE_CLICK.to_owned())?);
        }
        let written = builder
            .raw_header(header("List-Unsubscribe", mail::unsubscribe(message))?)
            .raw_header(header("List-Id", mail::list_id(message))?)
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned())?)
            .raw_header(header("Content-Language", message.language.to_string())?)
            .multipart(
                MultiPart::alternative()
                    .boundary(BOUNDARY)
                    .singlepart(part(ContentType::TEXT_PLAIN, &message.text))
                    .singlepart(part(ContentType::TEXT_HTML, &message.html)),
            )
            .map_err(|error| Unwritable(error.to_string()))?
            .formatted();
        let (fields, body) = dkim::split(&written);
        let fields = String::from_utf8_lossy(fields);
        let shared = dkim::fields(&fields).into_iter().filter(|(name, _)| *name != "To");
        let header = shared.map(|(name, value)| format!("{name}:{value}\r\n")).collect();
        let (body, body_hash) = (body.to_vec(), dkim::body_hash(body));
        Ok(Self { from, host, date: message.date, header, body, body_hash })
    }

    /// The mail for one address. The same step gives the same mail.
    pub(super) fn mail(
        self: &Arc<Self>,
        to: &EmailAddress,
        step: &StepId,
        signer: Option<&Signer>,
    ) -> Result<Mail, Unwritable> {
        let mut own = Headers::new();
        own.set(MessageId::from(mail::message_id(step, &self.host)));
        // Not every letter that an address may have (RFC 6532, 3.2) is one to the crate that writes the other headers.
        let mut own = format!("To: {}\r\n{own}", to.expose());
        if let Some(signer) = signer {
            let header = [own.as_str(), &self.header].concat();
            let signatures = signer.sign(&header, &self.body_hash, self.date);
            own.insert_str(
                0,
                &signatures.map_err(|_| Unwritable("failed to sign the email (DKIM)".to_owned()))?,
            );
        }
        Ok(Mail { from: self.from.clone(), to: to.clone(), own, sheet: Arc::clone(self) })
    }
}

impl Mail {
    /// Header and body as they are sent.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.own.as_bytes(), self.sheet.header.as_bytes(), b"\r\n", &self.sheet.body].concat()
    }
}

/// The bytes after DATA: dots at the start of a line doubled (RFC 5321, 4.5.2) and the final dot, as one text so
/// that it leaves in one write.
pub(super) fn transparent(mail: &Mail) -> Vec<u8> {
    let (own, Sheet { header, body, .. }) = (mail.own.as_bytes(), &*mail.sheet);
    let mut wire = Vec::with_capacity(own.len() + header.len() + body.len() + 64);
    // A line of a header begins with a name or a blank.
    wire.extend_from_slice(own);
    wire.extend_from_slice(header.as_bytes());
    wire.extend_from_slice(b"\r\n");
    let body = body.strip_suffix(b"\r\n").unwrap_or(body);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    wire.extend_from_slice(b"\r\n.\r\n");
    wire
}

fn part(content_type: ContentType, text: &str) -> SinglePart {
    // Other line ends, and controls no mail needs, would read differently at different servers.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let body = match Body::new(text.clone()) {
        body if body.encoding() == ContentTransferEncoding::Base64 => body,
        // Without an encoding, a body could hold the boundary.
        _ => {
            Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable).unwrap_or_else(Body::new)
        }
    };
    SinglePart::builder().content_type(content_type).body(body)
}

fn address(address: &EmailAddress) -> Result<Address, Unwritable> {
    // lettre's own words would repeat the address.
    address.expose().parse().map_err(|_| Unwritable(format!("{address} is not an email address for SMTP")))
}

fn header(name: &'static str, value: String) -> Result<HeaderValue, Unwritable> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| Unwritable(error.to_string()))?;
    Ok(HeaderValue::new(name, one_line(&value)))
}

/// A subject. What only looks like an encoded word (RFC 2047, 2) is encoded itself, else mail programs would decode it
/// and show what nobody wrote.
fn subject(text: &str) -> Result<HeaderValue, Unwritable> {
    if !text.contains("=?") {
        return header("Subject", text.to_owned());
    }
    let name =
        HeaderName::new_from_ascii("Subject".to_owned()).map_err(|error| Unwritable(error.to_string()))?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), encoded_words(text)))
}

/// A text as encoded words, one on each line.
fn encoded_words(mut text: &str) -> String {
    let mut words = Vec::new();
    while !text.is_empty() {
        let (word, rest) = text.split_at(text.floor_char_boundary(ENCODED_BYTES_MAX));
        words.push(format!("=?utf-8?b?{}?=", BASE64.encode(word.as_bytes())));
        text = rest;
    }
    words.join("\r\n ")
}

#[cfg(test)]
mod tests;
