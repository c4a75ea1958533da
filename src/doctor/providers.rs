//! Whether the providers of the plan can be reached and let us in. No message is handed to any of them.
//!
//! Promises: a secret is looked for, and never shown. Never hands a message to anybody.

use crate::config::plan::{Carrier, Plan};
use crate::deliver;
use crate::workspace::root::Root;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;

/// Everything about every provider.
pub(super) fn all(ask: &Ask, root: &Root, plan: &Plan, host: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, provider) in &plan.providers {
        let about = format!("provider {name}");
        findings.push(match &provider.carrier {
            Carrier::Smtp(smtp) => {
                let at = format!("{}:{}", smtp.host, smtp.port);
                let secure = smtp.security.word();
                let login = if smtp.account.is_some() { ", lets us in" } else { "" };
                match ask.wait(deliver::greet(name, smtp, &root.path, host)) {
                    Some(Ok(())) => {
                        Finding::fine(&about, "reachable", format!("{at} answers (security {secure}){login}"))
                    }
                    Some(Err(why)) => Finding::fault(&about, "reachable", format!("{at}: {why}")),
                    None => Finding::fault(&about, "reachable", format!("{at} does not answer in time")),
                }
            }
            Carrier::Kannel(kannel) => match kannel.password.reveal(&root.path) {
                Err(error) => Finding::fault(&about, "secret", error.to_string()),
                // Without a recipient nothing can be sent; whatever it answers, it is there.
                Ok(_) => match ask.read(&kannel.url) {
                    Ok(_) => Finding::fine(
                        &about,
                        "reachable",
                        "answers; only a message shows whether it lets us in".to_owned(),
                    ),
                    Err(error) => Finding::fault(&about, "reachable", format!("does not answer: {error}")),
                },
            },
        });
    }
    if findings.is_empty() {
        let words = "the plan names no provider, so nobody is told".to_owned();
        findings.push(Finding::warning("providers", "no-provider", words));
    }
    findings
}
