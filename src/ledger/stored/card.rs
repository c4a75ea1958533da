//! The stored shape of a card.

use serde::{Deserialize, Serialize};

use super::{Unreadable, language, unreadable};
use crate::model::message::{CardFact, CardMessage, Tone};

/// A card as JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredCard {
    version: u32,
    /// Cards of earlier versions have none.
    #[serde(default)]
    name: String,
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
    /// Cards of earlier versions have none.
    #[serde(default)]
    brief: String,
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
            name: card.name.clone(),
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
            brief: card.brief.clone(),
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
        let brief = format!("{}. {}", self.title, self.headline);
        Ok(CardMessage {
            brief: if self.brief.is_empty() { brief } else { self.brief },
            name: if self.name.is_empty() { self.title.clone() } else { self.name },
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

#[cfg(test)]
mod tests {
    use super::StoredCard;
    use crate::model::message::CardMessage;
    use crate::model::sample;

    #[test]
    fn a_card_of_an_earlier_version_is_called_by_its_title() {
        let card = CardMessage { title: "Resolved: payments".to_owned(), ..sample::card() };
        let mut stored = serde_json::to_value(StoredCard::of(&card)).unwrap();
        let read = |stored| serde_json::from_value::<StoredCard>(stored).unwrap().read().unwrap();
        assert_eq!(read(stored.clone()), card);
        stored.as_object_mut().unwrap().retain(|field, _| field != "name" && field != "brief");
        let read = read(stored);
        assert_eq!(read.name, "Resolved: payments");
        assert_eq!(read.brief, "Resolved: payments. Now expected back by 12:30 CET, not 11:30");
    }
}
