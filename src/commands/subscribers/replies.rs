//! `allclear subscribers replies`: what subscribers wrote by SMS, for a person to read.
//!
//! Promises: numbers are masked unless someone asks to see them, also within the words. Changes nothing.

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::describe::short;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, count};
use crate::commands::person::shown;
use crate::ledger::{Questions as _, TextWording, WORDING_CHARACTERS_MAX};
use crate::model::endpoint::Endpoint;
use crate::model::line::{masked_line, short_line};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// Lists the wordings.
pub(super) fn list(root: &Root, reveal: bool) -> Outcome {
    let wordings = high_water_mark::open_to_read(root)?.wordings()?;
    if root.format == Format::Json {
        let rows = wordings.iter().map(|one| {
            json!({
                "from": shown(&one.from, reveal),
                "words": words(one, reveal),
                "at": one.at.to_rfc3339(),
            })
        });
        print::exact(&format!("{:#}", serde_json::Value::Array(rows.collect())));
        return Ok(Exit::Done);
    }
    for one in &wordings {
        print::data(&format!("{}  {}  {}", short(one.at), shown(&one.from, reveal), words(one, reveal)));
    }
    print::say(&count(wordings.len(), "reply", "replies"));
    Ok(Exit::Done)
}

fn words(wording: &TextWording, reveal: bool) -> String {
    if reveal {
        return short_line(&wording.words, WORDING_CHARACTERS_MAX);
    }
    let marks = |c: char| !c.is_alphanumeric() && c != '+';
    let is_address = |word: &str| {
        let word = word.trim_matches(marks);
        Endpoint::read(word).is_some() || word.chars().filter(char::is_ascii_digit).count() > 5
    };
    masked_line(&wording.words, is_address, WORDING_CHARACTERS_MAX)
}
