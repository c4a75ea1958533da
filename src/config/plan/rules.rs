//! Named rules that find contradictions in a plan. Each finds problems and changes nothing.
//!
//! Promises: every rule runs; each problem points at the line to change. What one value shows by itself (its shape, its
//! bounds) is reported when it is read; these rules compare several values.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{ChannelPlan, PLAN_FILE, Plan, Provider};
use crate::model::channel::{Channel, Network};
use crate::model::endpoint::Endpoint;
use crate::model::phase::Severity;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};
use crate::model::report::Evidence;
use crate::provider::VALIDITY;

/// A rule: what holds for every good plan.
pub struct Rule {
    /// The name that problems carry.
    pub name: &'static str,
    /// What the rule ensures, in one sentence.
    pub ensures: &'static str,
    find: fn(&Plan) -> Vec<Finding>,
}

/// Every rule, by name.
pub const RULES: &[Rule] = &[
    Rule {
        name: "alarm-same-owner",
        ensures: "The alarm does not depend on one owner that also carries notifications.",
        find: alarm_same_owner,
    },
    Rule {
        name: "gateway-outlives-step",
        ensures: "A gateway stops retrying a message before the next channel takes over or the message expires.",
        find: gateway_outlives_step,
    },
    Rule {
        name: "no-cellular-step",
        ensures: "Some step of the chain reaches people without mobile data.",
        find: no_cellular_step,
    },
    Rule {
        name: "no-evidence",
        ensures: "No channel waits for a delivery receipt that its providers never send.",
        find: no_evidence,
    },
    Rule {
        name: "same-owner",
        ensures: "The first two channels of a chain do not depend on the same owner.",
        find: same_owner,
    },
    Rule {
        name: "shared-fate",
        ensures: "People can be notified when the infrastructure of the product fails.",
        find: shared_fate,
    },
    Rule {
        name: "shared-owner",
        ensures: "Backup providers of a channel belong to different owners.",
        find: shared_owner,
    },
    Rule {
        name: "step-without-channel",
        ensures: "Every step of a chain is a channel of the plan.",
        find: step_without_channel,
    },
];

/// Applies every rule. `places` says where the keys of the plan stand.
pub(super) fn run(plan: &Plan, places: &SourceMap) -> Vec<Problem> {
    let found =
        RULES.iter().flat_map(|rule| (rule.find)(plan).into_iter().map(|finding| (rule.name, finding)));
    found.map(|(rule, finding)| finding.into_problem(rule, places)).collect()
}

/// What a rule found.
struct Finding {
    level: ProblemLevel,
    /// The keys to point at: the first that the file writes.
    keys: Vec<String>,
    message: String,
    hint: String,
}

impl Finding {
    fn into_problem(self, rule: &'static str, places: &SourceMap) -> Problem {
        let place = |key: &String| places.find(PLAN_FILE, SourceKey::Key(key.clone()));
        Problem {
            file: PLAN_FILE.to_owned(),
            place: self.keys.iter().find_map(place),
            level: self.level,
            rule,
            message: self.message,
            hint: Some(self.hint),
        }
    }
}

fn alarm_same_owner(plan: &Plan) -> Vec<Finding> {
    let owners_of = |endpoint: &Endpoint| match endpoint.place() {
        Some(place) => {
            plan.providers.get(place.provider()).map(|one| one.owner.as_str()).into_iter().collect()
        }
        None => owners(plan, endpoint.channel()),
    };
    let paged: BTreeSet<&str> = plan.alarm.recipients.iter().flat_map(owners_of).collect();
    let carries = |owner: &str| plan.channels.keys().any(|channel| owners(plan, *channel).contains(&owner));
    let alone = paged.first().filter(|owner| paged.len() == 1 && carries(owner));
    let Some(owner) = alone else { return Vec::new() };
    vec![Finding {
        level: ProblemLevel::Warning,
        keys: ["alarm.after", "alarm", "destinations"].map(str::to_owned).to_vec(),
        message: format!("every page of the alarm depends on {owner}, so no one is paged when that fails"),
        hint: "add an address or a destination that another provider reaches".to_owned(),
    }]
}

fn gateway_outlives_step(plan: &Plan) -> Vec<Finding> {
    let channels = plan.channels.iter();
    let carried = channels.flat_map(|(channel, terms)| {
        plan.providers_of(*channel).map(move |(name, provider)| (*channel, terms, name, provider))
    });
    let mut findings = Vec::new();
    for (channel, terms, name, provider) in carried {
        let Some(unit) = provider.kind.validity_unit else { continue };
        let word = channel.word();
        if provider.settings.duration(VALIDITY).is_some_and(|validity| validity > terms.time_to_live) {
            findings.push(Finding {
                level: ProblemLevel::Error,
                keys: vec![format!("providers.{name}.{VALIDITY}")],
                message: format!("`{name}` would try a message for longer than `{word}.time_to_live`"),
                hint: "set it to at most that".to_owned(),
            });
        }
        let short = chains(plan).into_iter().filter(|chain| chain.has_successor(channel));
        for chain in short.filter(|chain| plan.chain.step_limit.of(chain.severity) < unit) {
            findings.push(outlives(name, unit, chain.severity));
        }
    }
    findings
}

/// A provider that counts in units longer than a step of the chain.
fn outlives(name: &str, unit: Duration, severity: Severity) -> Finding {
    let severity = severity.word();
    let (units, one) = match unit.as_secs() {
        60 => ("minutes".to_owned(), "a minute".to_owned()),
        seconds => (format!("spans of {seconds}s"), format!("{seconds}s")),
    };
    Finding {
        level: ProblemLevel::Error,
        keys: vec![format!("chain.step_limit.{severity}"), format!("providers.{name}")],
        message: format!(
            "`{name}` counts whole {units}, so it may still try a {severity} message when the next channel takes \
             over"
        ),
        hint: format!("set `chain.step_limit.{severity}` to at least {one}"),
    }
}

fn no_cellular_step(plan: &Plan) -> Vec<Finding> {
    let reaches = |channel: &Channel| {
        plan.providers_of(*channel).any(|(_, provider)| provider.network == Network::Cellular)
    };
    // A plan with one channel has no chain to put a step into, unless it states it itself.
    let is_chosen = |chain: &Chain| chain.channels.len() > 1 || chain.is_written;
    let is_blind = |chain: &Chain| is_chosen(chain) && !chain.channels.iter().any(reaches);
    let Some(worst) = chains(plan).into_iter().rfind(is_blind) else { return Vec::new() };
    let severity = worst.severity.word();
    vec![Finding {
        level: ProblemLevel::Warning,
        keys: std::iter::once(format!("chain.steps.{severity}"))
            .chain(
                Channel::FOR_PEOPLE.into_iter().rev().map(|channel| format!("{}.providers", channel.word())),
            )
            .collect(),
        message: format!("no step of a {severity} message reaches people without mobile data"),
        hint: "add a channel with `network = \"cellular\"`, such as SMS".to_owned(),
    }]
}

fn no_evidence(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (channel, ChannelPlan { success: wanted, .. }) in &plan.channels {
        let (channel, wanted) = (*channel, *wanted);
        let silent = plan.providers_of(channel).find(|(_, provider)| proof(provider) < wanted);
        let Some((name, provider)) = silent else { continue };
        let (word, said) = (channel.word(), wanted.word());
        let has_successor = chains(plan).iter().any(|chain| chain.has_successor(channel));
        let (level, message) = if has_successor {
            let message = format!(
                "`{name}` never confirms that a message was {said}, so every message would move on to the next channel"
            );
            (ProblemLevel::Error, message)
        } else {
            let message = format!(
                "`{name}` never confirms that a message was {said}, so no one would ever count as reached"
            );
            (ProblemLevel::Warning, message)
        };
        let proven = proof(provider).word();
        let hint = match provider.kind.proof.with {
            Some((key, more)) if !provider.settings.has(key) && more >= wanted => {
                format!("set `providers.{name}.{key}`, or `{word}.success = \"{proven}\"`")
            }
            _ => format!("write `{word}.success = \"{proven}\"`"),
        };
        findings.push(Finding { level, keys: vec![format!("{word}.success")], message, hint });
    }
    findings
}

/// The most that a provider ever says of a message.
fn proof(provider: &Provider) -> Evidence {
    provider.kind.proof.of(&provider.settings)
}

fn same_owner(plan: &Plan) -> Vec<Finding> {
    let alone = |channel: Channel| {
        let owners = owners(plan, channel);
        owners.first().filter(|_| owners.len() == 1).map(|owner| (*owner).to_owned())
    };
    let pairs = neighbours(plan).into_iter();
    let same = pairs
        .filter_map(|(one, next)| Some((one, next, alone(one).filter(|o| alone(next).as_ref() == Some(o))?)));
    same.map(|(one, next, owner)| Finding {
        level: ProblemLevel::Error,
        keys: vec![format!("{}.providers", next.word())],
        message: format!(
            "`{}` and `{}` both depend on {owner} alone, so neither can replace the other when it fails",
            one.word(),
            next.word()
        ),
        hint: "use a provider of another owner for one of them, or set `owner` if this is wrong".to_owned(),
    })
    .collect()
}

fn shared_owner(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for channel in usable(plan) {
        let mut seen = BTreeSet::new();
        for (name, provider) in plan.providers_of(channel) {
            if !seen.insert(&provider.owner) {
                findings.push(Finding {
                    level: ProblemLevel::Warning,
                    keys: vec![format!("{}.providers.{name}", channel.word())],
                    message: format!(
                        "`{name}` belongs to {}, like a provider before it, and fails with it",
                        provider.owner
                    ),
                    hint: "use a provider of another owner, or set `owner` if this is wrong".to_owned(),
                });
            }
        }
    }
    for (one, next) in neighbours(plan) {
        let (first, second) = (owners(plan, one), owners(plan, next));
        let shared = first.intersection(&second).next();
        let Some(shared) = shared.filter(|_| first.len() > 1 || second.len() > 1) else { continue };
        findings.push(Finding {
            level: ProblemLevel::Warning,
            keys: vec![format!("{}.providers", next.word())],
            message: format!("`{}` and `{}` both have a provider of {shared}", one.word(), next.word()),
            hint: "if it fails, both channels lose a provider: use providers of different owners".to_owned(),
        });
    }
    findings
}

fn shared_fate(plan: &Plan) -> Vec<Finding> {
    let channels = usable(plan);
    let owners: BTreeSet<&str> = channels.iter().flat_map(|channel| owners(plan, *channel)).collect();
    let lost = !owners.is_empty() && owners.iter().all(|owner| plan.chain.runs_on.contains(*owner));
    if !lost {
        return Vec::new();
    }
    let owners: Vec<&str> = owners.into_iter().collect();
    vec![Finding {
        level: ProblemLevel::Warning,
        keys: vec!["chain.runs_on".to_owned()],
        message: format!(
            "every provider belongs to {}, which also runs your product: if it fails, no one can be notified",
            owners.join(" or ")
        ),
        hint: "add a provider of another owner".to_owned(),
    }]
}

fn step_without_channel(plan: &Plan) -> Vec<Finding> {
    // That there is no channel at all is said once, and not of each step.
    let steps = plan.chain.steps.iter().filter(|_| !usable(plan).is_empty());
    let steps =
        steps.flat_map(|(severity, channels)| channels.iter().map(move |channel| (severity, *channel)));
    let missing = steps.filter(|(_, channel)| !usable(plan).contains(channel));
    missing
        .map(|(severity, channel)| Finding {
            level: ProblemLevel::Error,
            keys: vec![format!("chain.steps.{}.{}", severity.word(), channel.word())],
            message: format!("the plan has no channel `{}`", channel.word()),
            hint: format!("add the table `[{}]`, or remove the step", channel.word()),
        })
        .collect()
}

/// The channels by which messages of one severity go, where there may be more than one.
struct Chain {
    severity: Severity,
    channels: Vec<Channel>,
    /// Whether the plan says the order. If not, each person does, and any channel may come before any other.
    is_written: bool,
}

impl Chain {
    fn has_successor(&self, channel: Channel) -> bool {
        if self.is_written {
            self.channels
                .iter()
                .position(|other| *other == channel)
                .is_some_and(|at| at + 1 < self.channels.len())
        } else {
            self.channels.len() > 1 && self.channels.contains(&channel)
        }
    }
}

/// The chains of every severity that has one, the least severe first.
fn chains(plan: &Plan) -> Vec<Chain> {
    let severities = Severity::ALL.into_iter().filter(|severity| *severity >= plan.chain.from_severity);
    severities
        .map(|severity| match plan.chain.steps.get(&severity) {
            Some(channels) => {
                let channels = channels.iter().filter(|channel| usable(plan).contains(channel)).copied();
                Chain { severity, channels: channels.collect(), is_written: true }
            }
            None => Chain { severity, channels: usable(plan), is_written: false },
        })
        .collect()
}

/// Every two channels that follow each other in a chain, each pair once.
fn neighbours(plan: &Plan) -> BTreeSet<(Channel, Channel)> {
    let mut pairs = BTreeSet::new();
    for chain in chains(plan) {
        for pair in chain.channels.windows(2) {
            if let [one, next] = pair {
                pairs.insert((*one.min(next), *one.max(next)));
            }
        }
    }
    pairs
}

fn usable(plan: &Plan) -> Vec<Channel> {
    plan.channels.keys().copied().collect()
}

fn owners(plan: &Plan, channel: Channel) -> BTreeSet<&str> {
    plan.providers_of(channel).map(|(_, provider)| provider.owner.as_str()).collect()
}
