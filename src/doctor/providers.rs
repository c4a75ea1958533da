//! Whether the providers of the plan can be reached and accept our account. No message is handed to any of them.
//!
//! Promises: each secret is read, and never shown. Never hands a message to a provider.

use crate::config::plan::{Plan, Provider};
use crate::deliver;
use crate::provider::smtp::Smtp;
use crate::provider::{Http, Protocol, Settings};
use crate::workspace::root::Root;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;

/// Everything about every provider.
pub(super) fn all(ask: &Ask, root: &Root, plan: &Plan, host: &str) -> Vec<Finding> {
    let find = |(name, provider): (&String, &Provider)| finding(ask, root, name, provider, host);
    let mut findings: Vec<Finding> = plan.providers.iter().map(find).collect();
    if findings.is_empty() {
        let words = "site/plan.toml names no providers, so no one can be notified".to_owned();
        findings.push(Finding::warning("providers", "no-provider", words));
    }
    findings
}

fn finding(ask: &Ask, root: &Root, name: &str, provider: &Provider, host: &str) -> Finding {
    let about = format!("provider {name}");
    let settings = match provider.revealed(&root.path) {
        Ok(settings) => settings,
        Err(error) => return Finding::fault(&about, "secret", error.to_string()),
    };
    match &provider.kind.protocol {
        Protocol::Smtp => relay(ask, root, (name, &about), &settings, host),
        Protocol::Http(http) => over_http(ask, http, &about, &settings),
    }
}

fn over_http(ask: &Ask, http: &Http, about: &str, settings: &Settings) -> Finding {
    if let Err(unfit) = (http.check)(settings) {
        return Finding::fault(about, "secret", unfit.to_string());
    }
    let Some(url) = (http.probe)(settings) else {
        let words =
            "its secrets have the right form; only sending a message shows whether it works".to_owned();
        return Finding::fine(about, "reachable", words);
    };
    // No message is in it, so nothing can be sent; whatever it answers, it is there.
    match ask.read(&url) {
        Ok(_) => {
            let words = "answers; its login can be tested only by sending a message".to_owned();
            Finding::fine(about, "reachable", words)
        }
        Err(error) => Finding::fault(about, "reachable", format!("does not answer: {error}")),
    }
}

fn relay(ask: &Ask, root: &Root, (name, about): (&str, &str), settings: &Settings, host: &str) -> Finding {
    let smtp = Smtp::of(settings);
    let at = format!("{}:{}", smtp.host, smtp.port);
    match ask.wait(deliver::check_smtp_login(name, settings, &root.path, host)) {
        Some(Ok(())) => {
            let login = if smtp.account.is_some() { ", login accepted" } else { "" };
            let words = format!("{at} answers (security {}){login}", settings.text("security"));
            Finding::fine(about, "reachable", words)
        }
        Some(Err(why)) if why.contains(&at) => Finding::fault(about, "reachable", why),
        Some(Err(why)) => Finding::fault(about, "reachable", format!("{at}: {why}")),
        None => Finding::fault(about, "reachable", format!("{at} does not answer in time")),
    }
}
