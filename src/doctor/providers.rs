//! Whether the providers of the plan can be reached and accept our account. No message is handed to any of them.
//!
//! Promises: each secret is read, and never shown. Never hands a message to a provider.

use std::net::IpAddr;

use crate::config::plan::{Plan, Provider};
use crate::deliver;
use crate::model::web_address;
use crate::provider::smtp::Smtp;
use crate::provider::{Http, Protocol, REPORT_LISTEN, REPORT_URL, Settings};
use crate::workspace::root::Root;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;

const SECRET: &str =
    "set the variable, or write the file, that site/plan.toml names there, for the user that runs allclear";
const UNFIT: &str = "copy the value from the provider again, to where site/plan.toml says that it is kept";
const SERVICE: &str = "check its URL in site/plan.toml, the DNS and the firewall of this machine, and what the provider says about its own \
     state; until it answers, messages go to the next provider or wait";
const RELAY: &str = "check `host`, `port`, `security` and the login in site/plan.toml, and that this machine may connect there; until it \
     answers, messages go to the next provider or wait";

/// Everything about every provider.
pub(super) fn all(ask: &Ask, root: &Root, plan: &Plan, host: &str) -> Vec<Finding> {
    let find = |(name, provider): (&String, &Provider)| finding(ask, root, name, provider, host);
    let mut findings: Vec<Finding> = plan.providers.iter().map(find).collect();
    findings.extend(plan.providers.iter().filter_map(|(name, provider)| receipts(name, &provider.settings)));
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
        Err(error) => return Finding::fault(&about, "secret", error.to_string(), SECRET),
    };
    match &provider.kind.protocol {
        Protocol::Smtp => relay(ask, root, (name, &about), &settings, host),
        Protocol::Http(http) => over_http(ask, http, &about, &settings),
    }
}

/// A warning if the provider is asked for delivery receipts, and no port receives them: then a step that waits for one never ends well.
fn receipts(name: &str, settings: &Settings) -> Option<Finding> {
    let asked = settings.optional(REPORT_URL)?;
    let at = settings.optional(REPORT_LISTEN).unwrap_or(asked);
    let host = web_address::host_of_url(at);
    let is_port = at.starts_with("http://") && (host == "localhost" || host.parse::<IpAddr>().is_ok());
    let words =
        "is asked for delivery receipts, and no port of a machine receives them: name one with `dlr_listen`";
    (!is_port).then(|| Finding::warning(&format!("provider {name}"), "receipts", words.to_owned()))
}

fn over_http(ask: &Ask, http: &Http, about: &str, settings: &Settings) -> Finding {
    if let Err(unfit) = (http.check)(settings) {
        return Finding::fault(about, "secret", unfit.to_string(), UNFIT);
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
        Err(error) => Finding::fault(about, "reachable", format!("does not answer: {error}"), SERVICE),
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
        Some(Err(why)) if why.contains(&at) => Finding::fault(about, "reachable", why, RELAY),
        Some(Err(why)) => Finding::fault(about, "reachable", format!("{at}: {why}"), RELAY),
        None => Finding::fault(about, "reachable", format!("{at} does not answer in time"), RELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_that_no_port_receives_are_a_warning() {
        let public = "https://desk.example.com/reports";
        for (asked, listens, is_warned) in [
            (None, None, false),
            (Some(public), None, true),
            (Some("http://desk.example.com/reports"), None, true),
            (Some(public), Some("https://127.0.0.1:8470/reports"), true),
            (Some(public), Some("http://127.0.0.1:8470/reports"), false),
            (Some("http://127.0.0.1:8470/reports"), None, false),
            (Some("http://localhost:8470"), None, false),
            (Some("http://[::1]:8470/reports"), None, false),
            (Some("http://10.0.0.7/reports"), None, false),
        ] {
            let values = [(REPORT_URL, asked), (REPORT_LISTEN, listens)];
            let values = values.into_iter().filter_map(|(key, value)| Some((key, value?)));
            let settings =
                values.fold(Settings::default(), |settings, (key, value)| settings.with(key, value));
            assert_eq!(receipts("gateway", &settings).is_some(), is_warned, "{asked:?} {listens:?}");
        }
    }
}
