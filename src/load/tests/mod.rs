//! The room as a whole: files in, incidents and problems out.

mod again;
mod any;
mod bytes;
mod folder;
mod moments;
mod occurrences;
mod problems;
mod reading;
mod round_trip;
mod stored;

use chrono::{TimeZone, Utc};

use crate::model::Moment;
use crate::model::feature::FeatureId;
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;

/// A page in these languages, without features: this room asks it for nothing else.
pub(super) fn page(languages: &[&str]) -> Page {
    Page {
        name: Localized::plain("Example"),
        description: None,
        url: "https://status.example.org".into(),
        languages: languages.iter().map(|tag| Language::new(tag).unwrap()).collect(),
        time_zone: "UTC".into(),
        support_url: None,
        subscribe_url: None,
        desk: None,
        looks: crate::model::looks::Branding::default(),
        audiences: Vec::new(),
        read_by: None,
        theme: "default".into(),
        groups: Vec::new(),
        history_days: 90,
        links: Default::default(),
    }
}

/// A moment of the day of the examples.
fn at(hour: u32, minute: u32) -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, 0).unwrap()
}

fn feature(id: &str) -> FeatureId {
    FeatureId::new(id).unwrap()
}

/// The example of the design.
const CARD: &str = r#"+++
title = "Card payments are failing"
severity = "major"
affected = ["checkout"]
started = 2026-11-20T09:12:00Z
eta = 2026-11-20T11:30:00Z
next_update = 2026-11-20T10:30:00Z
impact = "About half of card payments in Europe fail."
workaround = "Pay by bank transfer."
+++

## 2026-11-20 10:05 UTC · Identified {eta=2026-11-20T11:30Z}

The fault is at our card processor. We are switching to the second one.

## 2026-11-20 09:20 UTC · Investigating

Some card payments fail. We are looking into it.
"#;
