//! The steps of a drill, in order: files, opening, approval, failover, recovery, updates, and what the servers took.
//!
//! Promises: each step is a command of this program with its exit code, or a fact of the ledger or of the servers; none is taken as
//! right because it was not looked at.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::TimeDelta;
use serde_json::Value;

use crate::cli::exit::Failure;
use crate::diff;
use crate::drill::given::Given;
use crate::drill::sandbox::{Ran, Sandbox};
use crate::drill::scenario::{MARK, Scenario};
use crate::drill::score::{Score, Step};
use crate::drill::servers::Servers;
use crate::drill::stand_ins;
use crate::flow::people::draw_id;
use crate::ledger::{People as _, Planner as _};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::phase::Severity;
use crate::model::subscriber::{Consent, ConsentMethod, Subscription};
use crate::workspace::root::Root;

const ID: &str = "exercise";

struct Play<'s> {
    sandbox: &'s Sandbox,
    servers: &'s Servers,
    now: Moment,
    score: Score,
}

/// Plays the scenario on a copy of the site.
pub(super) fn play(real: &Root, scenario: &Scenario, given: &Given) -> Result<Score, Failure> {
    let servers = Servers::start(given)?;
    let sandbox = Sandbox::of(real, servers.ports, given, real.now())?;
    servers.serve(sandbox.published());
    let mut play = Play { sandbox: &sandbox, servers: &servers, now: real.now(), score: Score::default() };
    let fails = scenario.fails.filter(|channel| sandbox.plan.has(*channel));
    if let (Some(channel), None) = (scenario.fails, fails) {
        let what = format!("the plan has no {}, so it cannot fail", channel.name());
        play.note(&what, true, Duration::ZERO, String::new());
    }
    play.command("the files have no error", &["check"], &[0])?;
    let people = play.begin(real)?;
    play.open(scenario, fails)?;
    if let Some(channel) = fails {
        play.fail_over(channel, scenario.severity, &people)?;
    }
    for update in &scenario.updates {
        play.now += if scenario.is_planned() { TimeDelta::minutes(125) } else { TimeDelta::minutes(20) };
        let words = format!("update: {}", update.phase.replace('_', " "));
        let update = ["update", ID, "--phase", &update.phase, "-m", &update.text, "--yes"];
        play.command(&words, &update, &[0])?;
        play.publish()?;
        play.announce()?;
        play.reached("the update reached everyone")?;
    }
    play.taken(&people);
    Ok(play.score)
}

impl Play<'_> {
    /// Puts the stand-ins on record; nothing of the site as it is now is announced.
    fn begin(&mut self, real: &Root) -> Result<Vec<Subscription>, Failure> {
        let root = &self.sandbox.root;
        let opened = root.open()?;
        let language = opened.site.page.first_language();
        let people = stand_ins::of(real, &self.sandbox.plan, language)?;
        let mut ledger = root.ledger()?;
        ledger.adopt(&diff::baseline(&opened.site, self.now), self.now)?;
        let consent =
            Consent { method: ConsentMethod::Added, source: "allclear drill".to_owned(), at: self.now };
        ledger.add_subscribers(&people, &consent, &mut draw_id)?;
        self.score.people = people.len();
        Ok(people)
    }

    fn open(&mut self, scenario: &Scenario, fails: Option<Channel>) -> Result<(), Failure> {
        let opened = self.sandbox.root.open()?;
        let feature = opened.site.page.features().next().map(|one| one.id.to_string()).unwrap_or_default();
        self.sandbox.write(&format!("incidents/{ID}.md"), &scenario.incident(&feature, self.now))?;
        let started = Instant::now();
        self.publish()?;
        fails.into_iter().for_each(|channel| self.servers.set_down(channel, true));
        self.announce()?;
        self.score.opening = started.elapsed();
        match fails {
            None => self.reached("the opening reached everyone"),
            Some(_) => Ok(()),
        }
    }

    /// One channel has failed: after its time limit the next takes over, and when it is back nobody is left over.
    fn fail_over(
        &mut self,
        channel: Channel,
        severity: Severity,
        people: &[Subscription],
    ) -> Result<(), Failure> {
        let other = if channel == Channel::Mail { Channel::Text } else { Channel::Mail };
        let has_both = |one: &&Subscription| {
            one.endpoints.first().is_some_and(|first| first.channel() == channel)
                && one.endpoints.iter().any(|endpoint| endpoint.channel() == other)
        };
        let before = self.received(other);
        let limit = self.sandbox.plan.chain.step_limit.of(severity);
        self.now += TimeDelta::from_std(limit).unwrap_or_default() + TimeDelta::minutes(1);
        let ran = self.sandbox.run(&["deliver", "--retry-now", "--max-wait", "1s"], self.now)?;
        let wanted = people.iter().filter(has_both).count();
        let moved = self.received(other).saturating_sub(before);
        let (what, note) = match wanted {
            0 => {
                (format!("{} fails, and nobody has {} as well", channel.name(), other.name()), String::new())
            }
            _ => (
                format!("{} fails: {} takes over", channel.name(), other.name()),
                format!("{moved} of {wanted} who have both"),
            ),
        };
        self.note(&what, moved == wanted, ran.took, note);
        self.servers.set_down(channel, false);
        self.now += TimeDelta::minutes(2);
        let again = ["deliver", "--retry-now", "--max-wait", "1s"];
        self.command(&format!("{} is back", channel.name()), &again, &[0])?;
        self.reached("the opening reached everyone")
    }

    fn publish(&mut self) -> Result<(), Failure> {
        self.command("the page is published", &["publish"], &[0])
    }

    /// Announces what changed; where the plan asks for an approval, waits for it and gets it.
    fn announce(&mut self) -> Result<(), Failure> {
        let notify = ["notify", "--yes", "--wait", "20s", "--max-wait", "1s"];
        let before = self.received(Channel::Mail) + self.received(Channel::Text);
        let ran = self.sandbox.run(&notify, self.now)?;
        if ran.code != Some(4) || !ran.stderr.contains("approval") {
            // A channel that is down leaves messages for later, which is no fault of this step.
            self.judge("the change is announced", &ran, &[0, 1]);
            return Ok(());
        }
        let after = self.received(Channel::Mail) + self.received(Channel::Text);
        self.note("nothing is sent before the approval", before == after, ran.took, String::new());
        for person in self.sandbox.plan.people.keys() {
            let approved = self.sandbox.run(&["approve", ID, "--as", person, "--yes"], self.now)?;
            if approved.code == Some(0) {
                self.note("the text is approved", true, approved.took, format!("by {person}"));
            }
        }
        self.command("the change is announced once it is approved", &notify, &[0, 1])
    }

    /// Whether the ledger has everyone as reached who was to be notified of the newest change.
    fn reached(&mut self, what: &str) -> Result<(), Failure> {
        let ran = self.sandbox.run(&["report", ID, "--format", "json"], self.now)?;
        let report: Value = serde_json::from_str(&ran.stdout).context("failed to read the report")?;
        let changes = report["incidents"][0]["changes"].as_array().cloned().unwrap_or_default();
        let newest = changes.iter().max_by_key(|change| change["planned_at"].as_str().map(str::to_owned));
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let planned = newest.map(|change| number(&change["planned"])).unwrap_or_default();
        let reached = newest.map(|change| number(&change["people"]["reached"])).unwrap_or_default();
        let is_everyone = planned == self.score.people as u64 && reached == planned;
        self.note(what, is_everyone, ran.took, format!("{reached} of {}", self.score.people));
        Ok(())
    }

    /// What the servers took: everything marked, and all of it for stand-ins.
    fn taken(&mut self, people: &[Subscription]) {
        let (mails, texts) = (self.servers.mail.received(), self.servers.text.received());
        (self.score.mails, self.score.texts) = (mails.len(), texts.len());
        let subject = |raw: &str| {
            let parsed = mail_parser::MessageParser::default().parse(raw.as_bytes());
            parsed.and_then(|mail| mail.subject().map(str::to_owned)).unwrap_or_default()
        };
        let is_any = mails.len() + texts.len() > 0;
        let note = if is_any { "" } else { "no message was sent" };
        let are_marked = is_any
            && mails.iter().all(|mail| subject(&mail.raw).contains(MARK))
            && texts.iter().all(|text| text.body.contains(MARK));
        self.note("every message is marked as an exercise", are_marked, Duration::ZERO, note.to_owned());
        let known: Vec<String> =
            people.iter().flat_map(|one| &one.endpoints).map(|endpoint| endpoint.canonical()).collect();
        let is_known = |to: &str| known.iter().any(|one| *one == to);
        let are_known = is_any
            && mails.iter().all(|mail| is_known(&mail.to))
            && texts.iter().all(|text| is_known(&text.to));
        self.note("every message went to a stand-in", are_known, Duration::ZERO, note.to_owned());
    }

    fn received(&self, channel: Channel) -> usize {
        match channel {
            Channel::Mail => self.servers.mail.received().len(),
            _ => self.servers.text.received().len(),
        }
    }

    fn command(&mut self, what: &str, arguments: &[&str], right: &[i32]) -> Result<(), Failure> {
        let ran = self.sandbox.run(arguments, self.now)?;
        self.judge(what, &ran, right);
        Ok(())
    }

    fn judge(&mut self, what: &str, ran: &Ran, right: &[i32]) {
        let is_right = ran.code.is_some_and(|code| right.contains(&code));
        let worst = ran.stderr.lines().find(|line| line.starts_with("error")).or(ran.stderr.lines().last());
        let note = if is_right { String::new() } else { worst.unwrap_or("it was killed").to_owned() };
        self.note(what, is_right, ran.took, note);
    }

    fn note(&mut self, what: &str, is_right: bool, took: Duration, note: String) {
        self.score.steps.push(Step { what: what.to_owned(), is_right, took, note });
    }
}
