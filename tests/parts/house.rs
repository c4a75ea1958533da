//! A ledger with people and a plan from its text, and a worker between them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use allclear::config::parse_plan;
use allclear::config::plan::Plan;
use allclear::deliver::{self, Delivered, LEASE, Options};
use allclear::ledger::{Ledger, PlanRequest, Planning, SqlLedger, sqlite};
use allclear::model::Moment;
use allclear::model::address::{Channel, EmailAddress, Endpoint};
use allclear::model::announced::Announced;
use allclear::model::change::{Change, Difference, What};
use allclear::model::incident::IncidentId;
use allclear::model::localized::Language;
use allclear::model::message::{Encoding, MailMessage, Mailbox, Message, TextMessage};
use allclear::model::notice::{Notice, Notices, Step, StepState};
use allclear::model::phase::Severity;
use allclear::model::report::Evidence;
use allclear::model::subscriber::{Follows, SubscriberId, Subscription};
use chrono::{TimeDelta, TimeZone, Utc};
use tokio::sync::watch;

pub(crate) struct House {
    pub(crate) mail: MailMessage,
    pub(crate) text: TextMessage,
    /// How long a worker waits for what is due later.
    pub(crate) patience: Duration,
    /// How long a step that is not the last of its chain is tried.
    pub(crate) try_for: TimeDelta,
    /// What a text message has to reach.
    pub(crate) success: Evidence,
    ledger: Arc<Mutex<SqlLedger>>,
    plan: Plan,
    root: PathBuf,
    start: Moment,
    began: Instant,
}

impl House {
    /// A house whose plan has this text and whose secrets are in that folder.
    pub(crate) fn new(plan: &str, root: &Path) -> Self {
        Self::with_ledger(plan, root, sqlite::open_in_memory().unwrap())
    }

    /// [`House::new`] with a ledger of its own.
    pub(crate) fn with_ledger(plan: &str, root: &Path, mut ledger: SqlLedger) -> Self {
        let (plan, problems, _) = parse_plan(plan);
        assert_eq!(problems, []);
        let start = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        ledger.adopt(&Announced::default(), start).unwrap();
        Self {
            mail: mail(start),
            text: TextMessage { body: "Payments fail".to_owned(), encoding: Encoding::Gsm7, segments: 1 },
            patience: Duration::from_secs(10),
            try_for: TimeDelta::minutes(30),
            success: Evidence::Accepted,
            ledger: Arc::new(Mutex::new(ledger)),
            plan: plan.unwrap(),
            root: root.to_owned(),
            start,
            began: Instant::now(),
        }
    }

    fn now(&self) -> Moment {
        self.start + TimeDelta::from_std(self.began.elapsed()).unwrap()
    }

    pub(crate) fn subscriber(&self, addresses: &[&str]) -> SubscriberId {
        self.subscribers(&[addresses.iter().map(|address| (*address).to_owned()).collect()]).remove(0)
    }

    /// Adds people, each with these addresses.
    pub(crate) fn subscribers(&self, people: &[Vec<String>]) -> Vec<SubscriberId> {
        let subscription = |addresses: &Vec<String>| Subscription {
            follows: Follows::Everything,
            from_severity: Severity::Notice,
            language: Language::new("es").unwrap(),
            time_zone: "UTC".to_owned(),
            endpoints: addresses.iter().map(|address| Endpoint::new(address).unwrap()).collect(),
        };
        let people: Vec<Subscription> = people.iter().map(subscription).collect();
        self.ledger.lock().unwrap().add_subscribers(&people, self.start).unwrap()
    }

    /// Plans the opening of an incident for everybody, each address a step.
    pub(crate) fn change(&self, incident: &str) {
        let origin = IncidentId::new(incident).unwrap();
        let what = vec![What::Opened];
        let change = Change {
            id: Change::derive_id(&origin, 1, &what),
            incident: origin.clone(),
            origin,
            revision: 1,
            what,
            touched: Default::default(),
            peak_severity: Severity::Major,
        };
        let notices = self.compose(&change);
        let base = Announced::default();
        let difference = Difference { changes: vec![change], announced: base.clone() };
        let request = PlanRequest::of(&base, &difference, &notices);
        let planning = self.ledger.lock().unwrap().plan(&request, self.now()).unwrap();
        assert!(matches!(planning, Planning::Planned(_)));
    }

    fn compose(&self, change: &Change) -> Notices {
        let (mail, text) = (Message::Mail(self.mail.clone()), Message::Text(self.text.clone()));
        let mut notices = Notices::default();
        for subscriber in self.ledger.lock().unwrap().subscribers().unwrap() {
            let steps = (0_u8..).zip(&subscriber.endpoints).map(|(position, (number, endpoint))| Step {
                position,
                channel: endpoint.channel(),
                endpoint: *number,
                message: if endpoint.channel() == Channel::Mail { mail.id() } else { text.id() },
                expires_at: self.now() + TimeDelta::hours(1),
                try_for: (usize::from(position) + 1 < subscriber.endpoints.len()).then_some(self.try_for),
                success: if endpoint.channel() == Channel::Text { self.success } else { Evidence::Accepted },
                quiet: None,
            });
            notices.notices.push(Notice {
                change: change.id.clone(),
                subscriber: subscriber.id.clone(),
                incident: change.origin.clone(),
                severity: Severity::Major,
                steps: steps.collect(),
            });
        }
        notices.messages = [mail, text].into_iter().map(|message| (message.id(), message)).collect();
        notices
    }

    /// Works until nothing is due within the house's patience.
    pub(crate) fn deliver(&mut self) -> Delivered {
        let (start, began) = (self.start, self.began);
        // Nobody tells the worker to stop.
        let (_stop, stopped) = watch::channel(false);
        let options = Options {
            worker: "worker".to_owned(),
            patience: self.patience,
            lease: LEASE,
            now: Arc::new(move || start + TimeDelta::from_std(began.elapsed()).unwrap()),
            over_budget: false,
            seed: 7,
            root: self.root.clone(),
            host: "status.example.test".to_owned(),
            stop: stopped,
            checkpoint: None,
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let ledger: Arc<Mutex<dyn Ledger>> = self.ledger.clone();
        runtime.block_on(deliver::run(ledger, &self.plan, options, &mut |_| {})).unwrap()
    }

    /// The states of the one chain planned for somebody.
    pub(crate) fn states(&self, who: &SubscriberId) -> Vec<StepState> {
        let explained = self.ledger.lock().unwrap().explain(who, None).unwrap();
        explained[0].steps.iter().map(|step| step.state).collect()
    }

    /// What the reports said of every step planned for somebody.
    pub(crate) fn reports(&self, who: &SubscriberId) -> Vec<String> {
        let explained = self.ledger.lock().unwrap().explain(who, None).unwrap();
        let reports = explained[0].steps.iter().flat_map(|step| &step.reports);
        reports.map(|report| format!("{} {}", report.provider, report.status.word())).collect()
    }

    /// What the providers said to the first step planned for somebody.
    pub(crate) fn replies(&self, who: &SubscriberId) -> Vec<String> {
        let explained = self.ledger.lock().unwrap().explain(who, None).unwrap();
        let attempts = explained[0].steps[0].attempts.iter();
        attempts
            .map(|a| format!("{} {} {} {}", a.provider, a.reply.class.word(), a.reply.code, a.reply.words))
            .collect()
    }
}

/// A text that needs sixteen-bit letters.
pub(crate) fn ucs2(body: &str) -> TextMessage {
    TextMessage { body: body.to_owned(), encoding: Encoding::Ucs2, segments: 1 }
}

fn mail(date: Moment) -> MailMessage {
    let address = EmailAddress::new("noreply@example.test").unwrap();
    MailMessage {
        from: Mailbox { name: "Tienda Ñandú".to_owned(), address: address.clone() },
        reply_to: Some(address),
        subject: "Los pagos fallan".to_owned(),
        text: "Los pagos fallan.\n".to_owned(),
        html: "<!doctype html><p>Los pagos <b>fallan</b>.</p>\n".to_owned(),
        language: Language::new("es").unwrap(),
        date,
        host: "status.example.test".to_owned(),
        thread: "payments@status.example.test".to_owned(),
    }
}
