//! The views of a mail and of a text message: the values that their templates can use.
//!
//! Promises: a view is complete; its template needs no texts of its own. Texts are plain unless the field's name ends in
//! `html`.

use serde::Serialize;

/// What `mail.html` and `mail.txt` are filled in with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// The language's tag, for the `lang` attribute.
    pub language: String,
    /// `ltr` or `rtl`.
    pub direction: String,
    /// The subject, for the document's title.
    pub subject: String,
    /// The page's name.
    pub page_name: String,
    /// The page's address.
    pub page_url: String,
    /// The incident's title.
    pub title: String,
    /// What is different, in a line: `Now expected back to normal by 12:30 CET, not 11:30`.
    pub headline: String,
    /// The color of the headline: a severity's word, `maintenance`, or `over`.
    pub tone: String,
    /// What else is different, each in a line.
    pub news: Vec<String>,
    /// That not all of it is translated, and what language the rest is in; empty where all is.
    pub original: String,
    /// What is true now.
    pub facts: Vec<Fact>,
    /// The new updates, newest first.
    pub said: Vec<UpdateView>,
    /// That something was left out because the mail would be too large; empty if nothing was.
    pub shortened: String,
    /// The address of the incident's page.
    pub incident_url: String,
    /// The text of the link to it.
    pub read_more: String,
    /// Why it was sent, how to stop it, where help is: each a line.
    pub footer: Vec<String>,
    /// The operator's colors.
    pub colors: Colors,
}

/// The colors of a mail, each as `#1b56a8`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Colors {
    /// Links, and the ground of the button.
    pub link: String,
    /// What is written on the button.
    pub on_link: String,
    /// Links and the button on a dark ground.
    pub link_dark: String,
    /// The color behind the header if it has one, else empty.
    pub head: String,
    /// What is written on the header.
    pub on_head: String,
}

/// A fact with its name: `Expected back to normal`, `20 November 2026, 12:30 CET`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The name of the fact, such as "Impact".
    pub label: String,
    /// The fact as plain text.
    pub text: String,
    /// Name and fact as plain text, joined as the language joins them.
    pub line: String,
    /// The fact as HTML, escaped if it is not markup.
    pub html: String,
    /// Whether it reports what people can do, and so stands out.
    pub is_advice: bool,
    /// Whether it is what most people look for: when it will be back.
    pub is_key: bool,
    /// The fact's own language if it is not the reader's.
    pub language: Option<String>,
}

/// An update as it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpdateView {
    /// The phase and the time: `Cause found (20 Nov, 11:05 CET)`.
    pub heading: String,
    /// The words' own language if it is not the reader's.
    pub language: Option<String>,
    /// The text, plain.
    pub text: String,
    /// The text as HTML.
    pub html: String,
}

/// What `text.txt` is filled in with: a text message in as few letters as its maker chose to give.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The page's name; empty if there is no room.
    pub page_name: String,
    /// The features and the incident's title; that it is over comes first.
    pub headline: String,
    /// What is different, what it means, and when it will be back.
    pub news: String,
    /// The address of the incident's page.
    pub incident_url: String,
}
