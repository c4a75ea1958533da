//! `allclear subscribers replies`: what subscribers wrote by SMS, for a person to read.
//!
//! Promises: numbers are masked unless someone asks to see them, also within a text. Changes nothing.

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::describe::short;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, count};
use crate::commands::person::shown;
use crate::ledger::{Questions as _, REPLY_CHARACTERS_MAX, TextReply};
use crate::model::endpoint::Endpoint;
use crate::model::line::{masked_line, short_line};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// Prints the text replies that wait for a person.
pub(super) fn list(root: &Root, reveal: bool) -> Outcome {
    let replies = high_water_mark::open_to_read(root)?.replies()?;
    if root.format == Format::Json {
        let rows = replies.iter().map(|one| {
            json!({
                "from": shown(&one.from, reveal),
                "words": words(one, reveal),
                "at": one.at.to_rfc3339(),
            })
        });
        print::exact(&format!("{:#}", serde_json::Value::Array(rows.collect())));
        return Ok(Exit::Done);
    }
    for one in &replies {
        print::data(&format!("{}  {}  {}", short(one.at), shown(&one.from, reveal), words(one, reveal)));
    }
    print::say(&count(replies.len(), "reply", "replies"));
    Ok(Exit::Done)
}

fn words(reply: &TextReply, reveal: bool) -> String {
    if reveal {
        return short_line(&reply.words, REPLY_CHARACTERS_MAX);
    }
    let marks = |c: char| !c.is_alphanumeric() && c != '+';
    let is_address = |word: &str| {
        let word = word.trim_matches(marks);
        Endpoint::read(word).is_some() || word.chars().filter(char::is_ascii_digit).count() > 5
    };
    masked_line(&reply.words, is_address, REPLY_CHARACTERS_MAX)
}
