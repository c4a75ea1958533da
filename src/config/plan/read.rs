//! `site/plan.toml` → [`Plan`].

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::people::{People, Roles};
use super::provider::Providers;
use super::{
    ApprovalPlan, BrakeLimits, Budget, ControlPlan, LedgerPlace, PLAN_FILE, PLAN_TEMPLATE, Plan, Retry,
    alarm, approval, chain, channels, control, desk, destinations, gaps, people, plan_file, quiet, reminders,
    rules, segments, upkeep, words,
};
use crate::config::secret::Secret;
use crate::config::{Reading, file};
use crate::located::{Document, Table, quoted};
use crate::model::audience::AudienceName;
use crate::model::channel::Channel;
use crate::model::problem::SourceMap;

const RETRY_WAIT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3_600);

/// Reads `site/plan.toml` below `root`, or the plan of an audience. Without the file there is neither a plan nor a problem: a site that
/// notifies nobody needs none.
pub fn read_plan(root: &Path, audience: Option<AudienceName>) -> Reading<Plan> {
    match file::read(root, &plan_file(audience)) {
        Ok(Some(text)) => parse_plan(&text),
        Ok(None) => (None, Vec::new(), SourceMap::default()),
        Err(problem) => (None, vec![*problem], SourceMap::default()),
    }
}

/// Reads of the plan only where the ledger is, so that a mistake elsewhere in the plan leads nobody to another
/// ledger. `None` where that cannot be known: then no ledger may be opened.
pub fn read_ledger_place(root: &Path, audience: Option<AudienceName>) -> Reading<LedgerPlace> {
    let text = match file::read(root, &plan_file(audience)) {
        Ok(Some(text)) => text,
        Ok(None) => return (Some(LedgerPlace::Folder), Vec::new(), SourceMap::default()),
        Err(problem) => return (None, vec![*problem], SourceMap::default()),
    };
    let document = Document::from_toml(PLAN_FILE, &text, 0..text.len());
    hide_secrets(&document, &text);
    let mut root = document.root();
    let place = ledger(written(&mut root, "ledger"), root.has("ledger"));
    let place = place.filter(|_| !document.is_broken());
    let (problems, places) = document.into_parts();
    (place, problems, places)
}

/// Reads the text of a `site/plan.toml`. There is a plan where every value of it could be read, even next to
/// a problem such as an unknown key; who sends looks at the problems as well.
pub fn parse_plan(text: &str) -> Reading<Plan> {
    let document = Document::from_toml(PLAN_FILE, text, 0..text.len());
    let defaults = Document::from_toml("plan.default.toml", PLAN_TEMPLATE, 0..PLAN_TEMPLATE.len());
    hide_secrets(&document, text);
    let plan = read(document.root(), &defaults.root());
    let is_broken = document.is_broken();
    let (mut problems, places) = document.into_parts();
    // Where the syntax is broken, what is missing may only not have been rescued.
    if let Some(plan) = plan.as_ref().filter(|_| !is_broken) {
        problems.extend(rules::run(plan, &places));
        problems.extend(gaps::holding(plan, &places));
        problems.sort();
    }
    (plan, problems, places)
}

/// Keeps secrets out of the problems even where the syntax around them is broken, so that no value can be read:
/// hides the rest of each line after `password =`, unless it names a place, and after the start of a database's URL.
fn hide_secrets(document: &Document<'_>, text: &str) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let passwords = line.match_indices("password").filter_map(|(at, word)| {
            let is_filler = |c: char| c == '"' || c == '\'' || c.is_whitespace();
            let rest = line.get(at + word.len()..)?.trim_start_matches(is_filler);
            let value = rest.strip_prefix('=')?.trim_start();
            (!value.starts_with('{')).then_some(value.len())
        });
        let urls = ["postgres:", "postgresql:"].map(|scheme| Some(line.len() - line.find(scheme)?));
        let end = start + line.len();
        let secrets = passwords.take(1).chain(urls.into_iter().flatten());
        secrets.for_each(|length| document.hide(end - length..end));
        start = end;
    }
}

pub(super) fn read<'d>(table: Table<'d>, defaults: &Table<'d>) -> Option<Plan> {
    let mut table = table.over(defaults);
    let ledger = ledger(written(&mut table, "ledger"), table.has("ledger"));
    let brake = table.required("brake").table().and_then(brake);
    let (chain, limits) = table.required("chain").table().map(chain::read).unwrap_or_default();
    let quiet_hours = written(&mut table, "quiet_hours").map(quiet::read);
    let reminders = written(&mut table, "reminders").map(reminders::read);
    let budget = written(&mut table, "budget").map(budget).unwrap_or_default();
    let retry = table.required("retry").table().and_then(retry);

    let mut providers = Providers::read(written(&mut table, "providers"));
    let (mut channel_plans, mut channels_are_whole) = (BTreeMap::new(), true);
    for channel in Channel::FOR_PEOPLE {
        let own = written(&mut table, channel.word());
        let (plan, deadline) =
            own.map(|own| channels::read(channel, own, &mut providers)).unwrap_or_default();
        if let Some(deadline) = deadline {
            limits.check(table.document(), &deadline);
        }
        channels_are_whole &= table.has(channel.word()) == plan.is_some();
        channel_plans.extend(plan.map(|plan| (channel, plan)));
    }

    let read = destinations::read(&table.optional("destinations"), &mut providers);
    let (destinations, paged) = read.unzip();
    let channels: Vec<Channel> =
        Channel::FOR_PEOPLE.into_iter().filter(|channel| table.has(channel.word())).collect();
    let alarm = table.required("alarm").table();
    let alarm = alarm.and_then(|own| alarm::read(own, &channels, paged.unwrap_or_default()));
    let desk = written(&mut table, "desk").map(desk::read);
    let segments = written(&mut table, "segments").map(segments::read);
    let own = own_people(&mut table);
    let upkeep = table.required("plan").table().and_then(upkeep::read);
    let denied_words = written(&mut table, "words").map(words::read);
    let words_are_whole = denied_words.as_ref().map_or(!table.has("words"), Option::is_some);
    report_unused(&table, &providers);
    let providers_are_whole = providers.are_whole();
    let quiet_hours_are_whole = quiet_hours.as_ref().is_none_or(Option::is_some);
    let reminders_are_whole = reminders.as_ref().is_none_or(Option::is_some);
    let segments_are_whole = segments.as_ref().map_or(!table.has("segments"), Option::is_some);
    let desk_is_whole = desk.as_ref().map_or(!table.has("desk"), Option::is_some);
    table.finish();
    let plan = Plan {
        ledger: ledger?,
        brake: brake?,
        channels: channel_plans,
        chain: chain?,
        quiet_hours: quiet_hours.flatten(),
        reminders: reminders.flatten().unwrap_or_default(),
        budget,
        retry: retry?,
        providers: providers.whole,
        destinations: destinations?,
        alarm: alarm?,
        desk: desk.flatten(),
        denied_words: denied_words.flatten().unwrap_or_default(),
        people: own.people,
        roles: own.roles,
        approval: own.approval,
        control: own.control?,
        upkeep: upkeep?,
        segments: segments.flatten().unwrap_or_default(),
    };
    let terms_are_whole = quiet_hours_are_whole && reminders_are_whole && desk_is_whole && segments_are_whole;
    let terms_are_whole = terms_are_whole && own.are_whole && words_are_whole;
    (providers_are_whole && channels_are_whole && terms_are_whole).then_some(plan)
}

/// Warns of what nobody uses, and of a plan that cannot notify anyone.
fn report_unused(table: &Table<'_>, providers: &Providers) {
    let document = table.document();
    for (name, span) in providers.unused() {
        let message = format!("no channel and no destination uses the provider {}", quoted(name));
        document.warning(span, "unused-provider", message, None);
    }
    let names_any = Channel::FOR_PEOPLE.map(Channel::word).into_iter().chain(["destinations"]);
    if !names_any.into_iter().any(|key| table.has(key)) && !document.is_broken() {
        let tables = Channel::FOR_PEOPLE.map(|channel| format!("`[{}]`", channel.word()));
        let hint = format!("add {} or `[[destinations]]`", tables.join(", "));
        let message = "site/plan.toml has no channel, so no one can be notified".to_owned();
        document.warning(table.span(), "no-channel", message, Some(hint));
    }
}

/// The operator's own people, what they have to approve, and who of them speaks.
struct OwnPeople {
    people: People,
    roles: Roles,
    approval: ApprovalPlan,
    control: Option<ControlPlan>,
    are_whole: bool,
}

fn own_people(table: &mut Table<'_>) -> OwnPeople {
    let people = written(table, "people").map(people::read);
    let (people, mut are_whole) = people.unwrap_or_else(|| (People::new(), !table.has("people")));
    let roles = written(table, "roles").map(|own| people::read_roles(own, &people));
    are_whole &= roles.as_ref().map_or(!table.has("roles"), Option::is_some);
    let roles = roles.flatten().unwrap_or_default();
    let approval = written(table, "approval").map(|own| approval::read(own, &people, &roles));
    are_whole &= approval.as_ref().map_or(!table.has("approval"), Option::is_some);
    let control = table.required("control").table().and_then(|own| control::read(own, &people, &roles));
    OwnPeople { people, roles, approval: approval.flatten().unwrap_or_default(), control, are_whole }
}

/// A table that the file itself writes; what the defaults say of it counts only next to it.
fn written<'d>(table: &mut Table<'d>, key: &'static str) -> Option<Table<'d>> {
    let field = table.optional(key);
    table.has(key).then(|| field.table()).flatten()
}

fn ledger(table: Option<Table<'_>>, is_written: bool) -> Option<LedgerPlace> {
    let Some(mut table) = table else { return (!is_written).then_some(LedgerPlace::Folder) };
    let url = table.optional("url");
    let ca_file = table.optional("ca_file").text().map(PathBuf::from);
    let place = match table.has("url") {
        true => Secret::read(&url).map(|url| LedgerPlace::Server { url, ca_file }),
        false => Some(LedgerPlace::Folder),
    };
    table.finish();
    place
}

fn brake(mut table: Table<'_>) -> Option<BrakeLimits> {
    let changes_per_run = table.required("changes_per_run").integer(1..=100_u32);
    let messages = table.required("messages_per_address_per_hour").integer(1..=100_u32);
    table.finish();
    Some(BrakeLimits { changes_per_run: changes_per_run?, messages_per_address_per_hour: messages? })
}

fn budget(mut table: Table<'_>) -> Budget {
    let text_per_incident = table.optional("text_per_incident").integer(1..=10_000_000_u32);
    let text_per_day = table.optional("text_per_day").integer(1..=10_000_000_u32);
    table.finish();
    Budget { text_per_incident, text_per_day }
}

fn retry(mut table: Table<'_>) -> Option<Retry> {
    let attempts_max = table.required("attempts_max").integer(1..=50_u32);
    let first = table.required("first").duration(RETRY_WAIT);
    let longest = table.required("longest").duration(RETRY_WAIT);
    let ordered = first.zip(longest).is_none_or(|(first, longest)| first <= longest);
    if !ordered {
        let written = if table.has("longest") { "longest" } else { "first" };
        let message = "`longest` is shorter than `first`".to_owned();
        table.document().error(table.value_span(written), "retry-order", message, None);
    }
    table.finish();
    let retry = Retry { attempts_max: attempts_max?, first: first?, longest: longest? };
    ordered.then_some(retry)
}
