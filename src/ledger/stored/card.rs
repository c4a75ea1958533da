//! The stored shape of a card.

use serde::{Deserialize, Serialize};

use super::{Unreadable, language, unreadable};
use crate::model::message::{CardFact, CardMessage, Tone};

/// A card as JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredCard {
    version: u32,
    title: String,
    headline: String,
    tone: String,
    news: Vec<String>,
    facts: Vec<(String, String)>,
    said: Vec<(String, String)>,
    read_more: String,
    url: String,
    page_name: String,
    thread: String,
    text: String,
    language: String,
}

const VERSION: u32 = 1;

impl StoredCard {
    pub(super) fn of(card: &CardMessage) -> Self {
        let pairs = |facts: &[CardFact]| {
            facts.iter().map(|fact| (fact.label.clone(), fact.text.clone())).collect::<Vec<_>>()
        };
        Self {
            version: VERSION,
            title: card.title.clone(),
            headline: card.headline.clone(),
            tone: card.tone.word().to_owned(),
            news: card.news.clone(),
            facts: pairs(&card.facts),
            said: pairs(&card.said),
            read_more: card.read_more.clone(),
            url: card.url.clone(),
            page_name: card.page_name.clone(),
            thread: card.thread.clone(),
            text: card.text.clone(),
            language: card.language.to_string(),
        }
    }

    pub(super) fn read(self) -> Result<CardMessage, Unreadable> {
        if self.version != VERSION {
            return Err(unreadable("message of another version"));
        }
        let facts = |pairs: Vec<(String, String)>| {
            pairs.into_iter().map(|(label, text)| CardFact { label, text }).collect::<Vec<_>>()
        };
        Ok(CardMessage {
            title: self.title,
            headline: self.headline,
            tone: tone(&self.tone)?,
            news: self.news,
            facts: facts(self.facts),
            said: facts(self.said),
            read_more: self.read_more,
            url: self.url,
            page_name: self.page_name,
            thread: self.thread,
            text: self.text,
            language: language(&self.language)?,
        })
    }
}

pub(super) fn tone(word: &str) -> Result<Tone, Unreadable> {
    Tone::from_word(word).ok_or_else(|| unreadable("tone"))
}
