//! `allclear doctor`: checks everything the page depends on, and finds what it shares with the product.
//!
//! Promises: no message is sent and no published file changes; targets are tested with an empty file. What cannot be
//! determined is reported as unknown, never as correct. Secrets are never shown.

mod ask;
mod cdn;
mod finding;
mod hosting;
mod ledger;
mod mail;
mod providers;
mod shared;
mod targets;

use crate::config;
use crate::config::plan::{ChannelPlan, Plan};

use crate::cli::arguments::Doctor;
use crate::cli::arguments::Format;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::problems;
use crate::doctor::ask::Ask;
use crate::doctor::finding::{Finding, Level};
use crate::workspace::root::Root;

/// Looks at everything and says what it found.
pub(crate) fn run(root: &Root, options: &Doctor) -> Outcome {
    let (page, mut found, _) = root.read_page();
    let (plan, plan_problems, _) = root.read_plan();
    found.extend(plan_problems);
    let failed = match root.format {
        Format::Json => problems::has_errors(&found),
        _ => problems::show(&mut found, root.format),
    };
    let Some(page) = page else { return Err(Failure::Problems) };
    let targets = root.read_targets().unwrap_or_default();
    let domains = config::read_product_domains(&root.path);
    let ask = Ask::new(root, options.name_server, options.patience)?;

    let mut findings = targets::all(&ask, root, &targets);
    findings.extend(cdn::all(&ask, root, &targets));
    findings.extend(shared::all(&ask, &page, &targets, &domains));
    findings.extend(notification_findings(&ask, root, plan.as_ref(), page.host()));
    finding::show(&findings, root.format);
    let broken = findings.iter().any(|finding| finding.level == Level::Fault);
    Ok(if broken {
        Exit::OperationFailed
    } else if failed {
        Exit::Problems
    } else {
        Exit::Done
    })
}

/// What is found about the ways in which subscribers are notified.
fn notification_findings(ask: &Ask, root: &Root, plan: Option<&Plan>, host: &str) -> Vec<Finding> {
    let Some(plan) = plan else {
        let words = "no usable site/plan.toml, so no one can be notified".to_owned();
        return vec![Finding::unknown("providers", "no-plan", words)];
    };
    let mut findings = ledger::all(root);
    findings.extend(providers::all(ask, root, plan, host));
    findings.extend(
        plan.channels.values().filter_map(ChannelPlan::mail).flat_map(|mail| mail::all(ask, root, mail)),
    );
    findings
}
