//! `allclear channels`: what each channel of the plan can do, by each of its providers and destinations.
//!
//! Promises: everything comes from the plan and from the rows of channels and providers; nothing is contacted, and no secret
//! and no address is shown.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::config::plan::{Plan, Provider, RateLimit, TextPrice, plan_file};
use crate::model::channel::Channel;
use crate::model::report::Evidence;
use crate::model::sensitivity::Sensitivity;
use crate::provider::{Idempotence, VALIDITY};

use crate::cli::arguments::Format;
use crate::cli::duration::say_span;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::cli::problems;
use crate::workspace::root::Root;

/// Prints the table, or the same facts as JSON.
pub(super) fn run(root: &Root) -> Outcome {
    let (plan, mut found, _) = root.read_plan();
    let Some(plan) = plan.filter(|_| !problems::has_errors(&found)) else {
        let is_missing = found.is_empty();
        problems::show(&mut found, root.format);
        return if is_missing { Err(no_plan(root)) } else { Err(Failure::Problems) };
    };
    let routes = routes(&plan);
    match root.format {
        Format::Json => print::data(&document(&plan, &routes).to_string()),
        _ => table(&plan, &routes).iter().for_each(|line| print::data(line)),
    }
    Ok(Exit::Done)
}

fn no_plan(root: &Root) -> Failure {
    Failure::Refused {
        why: format!("there is no {}, so there are no channels", plan_file(root.audience_name())),
        hint: "`allclear init` writes one".to_owned(),
    }
}

/// One way from the plan to a reader.
struct Route<'a> {
    channel: Channel,
    /// The provider's name in the plan.
    name: &'a str,
    provider: &'a Provider,
    /// The destination that it leads to; `None` for subscribers.
    destination: Option<&'a str>,
    /// How far a message has to come to have reached its reader.
    success: Evidence,
    sensitivity_max: Sensitivity,
    time_to_live: Duration,
    /// What a segment costs, if the plan states it.
    prices: Option<&'a TextPrice>,
}

/// Every route: those to subscribers in the order in which providers are tried, then those to destinations.
fn routes(plan: &Plan) -> Vec<Route<'_>> {
    let to_people = plan.channels.iter().flat_map(|(channel, how)| {
        plan.providers_of(*channel).map(|(name, provider)| Route {
            channel: *channel,
            name,
            provider,
            destination: None,
            success: how.success,
            sensitivity_max: how.sensitivity_max,
            time_to_live: how.time_to_live,
            prices: how.text().and_then(|text| text.price.as_ref()),
        })
    });
    let to_places = plan.destinations.iter().filter_map(|destination| {
        let name = destination.endpoint.place()?.provider();
        let (name, provider) = plan.providers.get_key_value(name)?;
        Some(Route {
            channel: destination.endpoint.channel(),
            name,
            provider,
            destination: Some(&destination.name),
            success: Evidence::Accepted,
            sensitivity_max: destination.sensitivity_max,
            time_to_live: destination.time_to_live,
            prices: None,
        })
    });
    to_people.chain(to_places).collect()
}

impl Route<'_> {
    /// The most that its provider proves.
    fn evidence(&self) -> Evidence {
        self.provider.kind.proof.of(&self.provider.settings)
    }

    /// What a message costs, as far as the plan states it.
    fn price(&self) -> String {
        if !self.channel.facts().is_priced {
            return "none".to_owned();
        }
        match self.prices.and_then(|prices| Some((prices.range()?, &prices.currency))) {
            None => "per segment".to_owned(),
            Some(((low, high), currency)) if low == high => format!("{low} {currency} per segment"),
            Some(((low, high), currency)) => format!("{low} to {high} {currency} per segment"),
        }
    }

    /// The cells of its line.
    fn cells(&self) -> [String; COLUMNS.len()] {
        let mut limits = vec![format!("{} to live", span(self.time_to_live))];
        limits.extend(self.provider.pace.map(rate));
        limits.push(print::count(self.provider.connections.into(), "connection", "connections"));
        limits.extend(
            self.provider.settings.duration(VALIDITY).map(|time| format!("tried for {}", span(time))),
        );
        [
            self.channel.name().to_owned(),
            self.name.to_owned(),
            self.provider.kind.word.to_owned(),
            self.destination.unwrap_or("subscribers").to_owned(),
            self.evidence().word().to_owned(),
            self.success.word().to_owned(),
            self.provider.owner.clone(),
            self.provider.network.word().to_owned(),
            self.sensitivity_max.word().to_owned(),
            self.price(),
            limits.join(", "),
        ]
    }

    fn document(&self) -> Value {
        let pace = self.provider.pace.map(|RateLimit { rate, burst }| {
            json!({ "messages": rate.messages, "per_seconds": rate.per.as_secs(), "burst": burst })
        });
        json!({
            "channel": self.channel.word(),
            "provider": self.name,
            "kind": self.provider.kind.word,
            "destination": self.destination,
            "evidence": self.evidence().word(),
            "success": self.success.word(),
            "owner": self.provider.owner,
            "network": self.provider.network.word(),
            "sensitivity_max": self.sensitivity_max.word(),
            "is_priced": self.channel.facts().is_priced,
            "prices": self.prices.map(prices),
            "drops_duplicates": self.provider.kind.idempotence == Idempotence::Always,
            "time_to_live_seconds": self.time_to_live.as_secs(),
            "validity_seconds": self.provider.settings.duration(VALIDITY).map(|time| time.as_secs()),
            "connections": self.provider.connections,
            "rate": pace,
        })
    }
}

fn prices(prices: &TextPrice) -> Value {
    let by_country =
        prices.by_country.iter().map(|(country, price)| (country.clone(), price.to_string().into()));
    json!({
        "currency": prices.currency,
        "default": prices.default.map(|price| price.to_string()),
        "by_country": Value::Object(by_country.collect()),
    })
}

fn span(time: Duration) -> String {
    TimeDelta::from_std(time).map_or_else(|_| "forever".to_owned(), say_span)
}

fn rate(RateLimit { rate, burst }: RateLimit) -> String {
    let burst = if burst > 1 { format!(" in bursts of {burst}") } else { String::new() };
    format!("{} per {}{burst}", rate.messages, span(rate.per).trim_start_matches("1 ").replace("1.0 s", "s"))
}

const COLUMNS: [&str; 11] = [
    "channel",
    "provider",
    "kind",
    "for",
    "evidence",
    "success",
    "owner",
    "network",
    "sensitivity",
    "price",
    "limits",
];

/// The lines of the table, each column as wide as its widest cell.
fn table(plan: &Plan, routes: &[Route<'_>]) -> Vec<String> {
    let rows: Vec<_> =
        std::iter::once(COLUMNS.map(str::to_owned)).chain(routes.iter().map(Route::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let line = |row: &[String; COLUMNS.len()]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).chain(budget(plan)).collect()
}

/// What may be spent, if there is a limit.
fn budget(plan: &Plan) -> Option<String> {
    let limit = |number: Option<u32>, of: &str| number.map(|number| format!("{number} {of}"));
    let limits = [
        limit(plan.budget.text_per_incident, "per incident"),
        limit(plan.budget.text_per_day, "within 24 hours"),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    (!limits.is_empty()).then(|| format!("SMS budget: {}; what exceeds it is held", limits.join(", ")))
}

fn document(plan: &Plan, routes: &[Route<'_>]) -> Value {
    json!({
        "channels": routes.iter().map(Route::document).collect::<Vec<_>>(),
        "budget": {
            "text_per_incident": plan.budget.text_per_incident,
            "text_per_day": plan.budget.text_per_day,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_plan;

    const PLAN: &str = "
        [mail]
        from = 'status@acme.test'
        providers = ['relay', 'resend']
        success = 'delivered'
        sensitivity_max = 'customer'
        [text]
        sender = 'Acme'
        providers = ['vonage']
        [text.price]
        currency = 'EUR'
        default = '0.09'
        by_country = { '+34' = '0.045' }
        [budget]
        text_per_incident = 500
        [providers.relay]
        kind = 'smtp'
        host = 'email-smtp.eu-west-1.amazonaws.com'
        rate = '14/s'
        burst = 3
        [providers.resend]
        kind = 'resend'
        key = { env = 'RESEND_KEY' }
        dlr_url = 'http://127.0.0.1:8470/reports'
        reports_key = { env = 'RESEND_REPORTS_KEY' }
        connections = 1
        [providers.vonage]
        kind = 'vonage'
        key = 'abcd1234'
        secret = { env = 'VONAGE_SECRET' }
        validity = '10m'
        [providers.partner]
        kind = 'webhook'
        url = 'https://partner.test/hook'
        secret = { env = 'PARTNER_SECRET' }
        [[destinations]]
        name = 'partner-a'
        provider = 'partner'
    ";

    #[test]
    fn every_route_is_a_line_with_what_its_provider_can_do() {
        let (plan, problems, _) = parse_plan(PLAN);
        let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
        let lines = table(&plan, &routes(&plan));
        let cells = |line: &str| -> Vec<String> {
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
        };
        let expected = [
            "email relay smtp subscribers accepted delivered aws ip customer none",
            "email resend resend subscribers delivered delivered resend ip customer none",
            "SMS vonage vonage subscribers accepted accepted ericsson cellular customer 0.045 to 0.09 EUR per segment",
            "webhook partner webhook partner-a accepted accepted partner ip customer none",
        ];
        let limits = [
            "24 h to live, 14 per s in bursts of 3, 8 connections",
            "24 h to live, 1 connection",
            "30 min to live, 8 connections, tried for 10 min",
            "24 h to live, 8 connections",
        ];
        assert_eq!(cells(&lines[0]), COLUMNS);
        for ((line, row), limits) in lines[1..].iter().zip(&expected).zip(limits) {
            let cells = cells(line);
            assert_eq!(cells[..10].join(" "), *row, "{line}");
            assert_eq!(cells[10], limits.replace("24 h", "1 d"), "{line}");
        }
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[5], "SMS budget: 500 per incident; what exceeds it is held");
    }

    #[test]
    fn the_document_holds_the_same_in_units_of_programs() {
        let (plan, ..) = parse_plan(PLAN);
        let plan = plan.unwrap();
        let document = document(&plan, &routes(&plan));
        let channels = document["channels"].as_array().unwrap();
        assert_eq!(channels.len(), 4);
        for (at, key, value) in [
            (0, "channel", json!("mail")),
            (0, "rate", json!({ "messages": 14, "per_seconds": 1, "burst": 3 })),
            (0, "drops_duplicates", json!(false)),
            (0, "destination", Value::Null),
            (1, "drops_duplicates", json!(true)),
            (1, "evidence", json!("delivered")),
            (2, "is_priced", json!(true)),
            (2, "prices", json!({ "currency": "EUR", "default": "0.09", "by_country": { "+34": "0.045" } })),
            (3, "prices", Value::Null),
            (2, "validity_seconds", json!(600)),
            (2, "time_to_live_seconds", json!(1_800)),
            (3, "destination", json!("partner-a")),
        ] {
            assert_eq!(channels[at][key], value, "{at} {key}");
        }
        assert_eq!(document["budget"], json!({ "text_per_incident": 500, "text_per_day": null }));
    }
}
