//! A ledger with people, a plan with providers, and a worker between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, TimeZone, Utc};
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::config::plan::{
    BrakeLimits, Budget, Chain, ChannelPlan, LedgerPlace, MailWording, Mailbox as From, Plan, Provider,
    Retry, StepLimit, TextWording, Wording,
};
use crate::config::secret::Secret;
use crate::deliver::carrier::relay::SmtpTimeouts;
use crate::deliver::provider::providers_within;
use crate::deliver::worker::run_with;
use crate::deliver::{DeliveryEvent, Error, LEASE, Options, WorkerSummary, run};
use crate::ledger::{Ledger, PlanRequest, Planner, Planning, sqlite};
use crate::model::Moment;
use crate::model::address::EmailAddress;
use crate::model::announced::Baseline;
use crate::model::change::{Change, ChangeKind, Difference};
use crate::model::channel::Channel;
use crate::model::clearance::{Clearance, Ground};
use crate::model::localized::Language;
use crate::model::message::{Encoding, MailMessage, Mailbox, Message, TextMessage};
use crate::model::notice::{Notices, StepState};
use crate::model::phase::Severity;
use crate::model::report::Evidence;
use crate::model::sample::{self, Steps};
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::{Consent, ConsentMethod, SubscriberId};
use crate::net::Timeouts;
use crate::provider::{self, Settings};

pub(super) struct House {
    pub(super) ledger: Arc<Mutex<dyn Ledger>>,
    pub(super) plan: Plan,
    pub(super) options: Options,
    pub(super) stop: watch::Sender<bool>,
    pub(super) events: Vec<DeliveryEvent>,
    start: Moment,
    /// How long a step lives.
    pub(super) life: TimeDelta,
    /// How urgent a change is.
    pub(super) severity: Severity,
    /// How long a step is tried before the next one.
    pub(super) try_for: Option<TimeDelta>,
    /// What a text message has to reach.
    pub(super) success: Evidence,
    root: TempDir,
}

impl House {
    /// A house without providers, whose clock starts now and runs as ours does.
    pub(super) fn new() -> Self {
        let start = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        let mut ledger = sqlite::open_in_memory().unwrap();
        ledger.adopt(&Baseline::default(), start).unwrap();
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("password"), "s3cret\n").unwrap();
        let (stop, stopped) = watch::channel(false);
        let began = Instant::now();
        let options = Options {
            worker: "worker".to_owned(),
            max_wait: Duration::from_secs(10),
            lease: LEASE,
            now: Arc::new(move || start + TimeDelta::from_std(began.elapsed()).unwrap()),
            steady: None,
            over_budget: false,
            receives_reports: false,
            seed: 7,
            root: root.path().to_owned(),
            host: "status.example.com".to_owned(),
            stop: stopped,
            links: None,
            last_asked: Default::default(),
            checkpoint: None,
        };
        let ledger = Arc::new(Mutex::new(ledger));
        let life = TimeDelta::minutes(5);
        Self {
            ledger,
            plan: empty_plan(),
            options,
            stop,
            events: Vec::new(),
            start,
            life,
            severity: Severity::Major,
            try_for: None,
            success: Evidence::Accepted,
            root,
        }
    }

    /// Adds a mail relay at this port.
    pub(super) fn relay(mut self, name: &str, port: u16) -> Self {
        let wording = Wording::Mail(MailWording {
            from: From { name: None, address: EmailAddress::new("status@example.com").unwrap() },
            reply_to: None,
            dkim: None,
        });
        let mail = self.plan.channels.entry(Channel::Mail).or_insert_with(|| channel_plan(wording));
        mail.providers.push(name.to_owned());
        self.plan.providers.insert(name.to_owned(), provider("smtp", name, 4, smtp(port)));
        self
    }

    /// Adds a provider with these settings, its secrets among them.
    pub(super) fn by(mut self, kind: &'static provider::Kind, channel: Channel, settings: Settings) -> Self {
        if channel == Channel::Text {
            return self.texts_by(provider(kind.word, "gateway", 2, settings), "unused");
        }
        self = self.relay("relay", 1);
        self.plan.providers.insert("relay".to_owned(), provider(kind.word, "relay", 2, settings));
        self
    }

    /// Adds a text gateway at this address.
    pub(super) fn gateway(self, url: &str) -> Self {
        let settings = Settings::default().with("url", url).with("user", "status");
        self.texts_by(provider("kannel", "gateway", 2, settings), "password")
    }

    /// Adds a Twilio at this address.
    pub(super) fn twilio(self, url: &str) -> Self {
        let settings = Settings::default().with("api_url", url).with("account", "AC1");
        self.texts_by(provider("twilio", "gateway", 2, settings), "token")
    }

    fn texts_by(mut self, mut gateway: Provider, secret: &'static str) -> Self {
        gateway.secrets.insert(secret, Secret::File(PathBuf::from("password")));
        let sender = "Example".to_owned();
        let wording = Wording::Text(TextWording {
            sender,
            segments_max: 3,
            transliterate: false,
            countries: vec![],
            price: None,
        });
        let text = ChannelPlan { providers: vec!["gateway".to_owned()], ..channel_plan(wording) };
        self.plan.channels.insert(Channel::Text, text);
        self.plan.providers.insert("gateway".to_owned(), gateway);
        self
    }

    /// The time by the house's clock.
    pub(super) fn now(&self) -> Moment {
        (self.options.now)()
    }

    pub(super) fn ledger<T>(&self, work: impl FnOnce(&mut dyn Ledger) -> T) -> T {
        work(&mut *self.ledger.lock())
    }

    pub(super) fn subscriber(&self, addresses: &[&str]) -> SubscriberId {
        let subscription = sample::subscription(addresses);
        let consent = Consent { method: ConsentMethod::Added, source: "a test".to_owned(), at: self.start };
        let mut draw = || fastrand::u128(..).to_be_bytes();
        let added = self.ledger(|ledger| ledger.add_subscribers(&[subscription], &consent, &mut draw));
        added.unwrap()[0].id().unwrap().clone()
    }

    /// Plans the opening of an incident for everyone, each address a step.
    pub(super) fn change(&self, incident: &str) {
        let change = sample::change(incident, 1, ChangeKind::Opened, self.severity);
        let base = self.ledger(|ledger| ledger.announced().unwrap().unwrap());
        let difference = Difference { changes: vec![change.clone()], announced: base.clone() };
        let notices = self.compose(&change);
        let clearance = Clearance::grant(Ground::Shown);
        let request = PlanRequest::new(&base, &difference, &notices, &clearance);
        let planning = self.ledger(|ledger| ledger.plan(&request, (self.options.now)()).unwrap());
        assert!(matches!(planning, Planning::Planned(_)));
    }

    fn compose(&self, change: &Change) -> Notices {
        let mut notices = Notices::default();
        let messages: BTreeMap<Channel, usize> = Channel::ALL
            .into_iter()
            .map(|channel| (channel, notices.add_message(message(channel, self.start))))
            .collect();
        let steps = Steps {
            message: &|channel| messages[&channel],
            success: &|channel| if channel == Channel::Text { self.success } else { Evidence::Accepted },
            from: (self.options.now)(),
            life: self.life,
            try_for: TimeDelta::zero(),
        };
        for subscriber in self.ledger(|ledger| ledger.active_subscribers().unwrap()) {
            let mut notice = sample::notice(change, &subscriber, &steps);
            notice.steps.iter_mut().for_each(|step| step.try_for = self.try_for);
            notices.notices.push(notice);
        }
        notices
    }

    pub(super) async fn deliver(&mut self) -> Result<WorkerSummary, Error> {
        let mut events = Vec::new();
        let mut hear = |event| events.push(event);
        let delivered = run(Arc::clone(&self.ledger), &self.plan, self.options.clone(), &mut hear).await;
        self.events.extend(events);
        delivered
    }

    /// Lets the ledger's clock run a number of times as fast as ours, and a worker wait for all of a step's life.
    pub(super) fn hurry(&mut self, times: i32) {
        let (start, began) = (self.start, Instant::now());
        self.options.now = Arc::new(move || start + TimeDelta::from_std(began.elapsed()).unwrap() * times);
        self.options.max_wait = Duration::from_secs(3_600);
        self.life = TimeDelta::minutes(2);
    }

    /// [`House::deliver`] by providers with a time limit for each thing.
    pub(super) async fn deliver_within(&mut self, wait: Duration) -> Result<WorkerSummary, Error> {
        let waits = SmtpTimeouts { before_content: wait, acceptance: wait };
        let limits = Timeouts { connect: wait, answer: wait };
        // Reading the system's certificates takes its time, in which other houses' servers must not stand still.
        let set_up = || providers_within(&self.plan, &self.options, waits, limits);
        let providers = tokio::task::block_in_place(set_up)?;
        let mut events = Vec::new();
        let mut hear = |event| events.push(event);
        let (ledger, options) = (Arc::clone(&self.ledger), self.options.clone());
        let delivered = run_with(providers, ledger, &self.plan, options, &mut hear).await;
        self.events.extend(events);
        delivered
    }

    /// The states of the one chain planned for someone.
    pub(super) fn states(&self, who: &SubscriberId) -> Vec<StepState> {
        let explained = self.ledger(|ledger| ledger.explain(who, None).unwrap());
        assert_eq!(explained.len(), 1);
        explained[0].steps.iter().map(|step| step.state).collect()
    }

    /// What the providers said to the first step planned for someone.
    pub(super) fn replies(&self, who: &SubscriberId) -> Vec<String> {
        let explained = self.ledger(|ledger| ledger.explain(who, None).unwrap());
        let attempts = explained[0].steps[0].attempts.iter();
        attempts
            .map(|a| format!("{} {} {} {}", a.provider, a.reply.class.word(), a.reply.code, a.reply.words))
            .collect()
    }

    pub(super) fn root(&self) -> PathBuf {
        self.root.path().to_owned()
    }
}

fn channel_plan(wording: Wording) -> ChannelPlan {
    ChannelPlan {
        providers: Vec::new(),
        time_to_live: Duration::from_secs(3_600),
        success: Evidence::Accepted,
        sensitivity_max: Sensitivity::Customer,
        wording,
    }
}

fn provider(kind: &str, name: &str, connections: u16, settings: Settings) -> Provider {
    let kind = provider::named(kind).unwrap();
    let (owner, network) = (name.to_owned(), kind.channels[0].facts().network);
    Provider { kind, settings, secrets: BTreeMap::new(), owner, network, pace: None, connections }
}

/// A relay on this machine, in the clear.
pub(super) fn smtp(port: u16) -> Settings {
    Settings::default().with("host", "127.0.0.1").with("port", port).with("security", "none")
}

pub(super) fn empty_plan() -> Plan {
    let limit = Duration::from_secs(60);
    Plan {
        ledger: LedgerPlace::Folder,
        brake: BrakeLimits { changes_per_run: 3, messages_per_address_per_hour: 6 },
        channels: BTreeMap::new(),
        chain: Chain {
            from_severity: Severity::Major,
            step_limit: StepLimit { critical: limit, major: limit, minor: limit, notice: limit },
            steps: BTreeMap::new(),
            runs_on: BTreeSet::new(),
        },
        quiet_hours: None,
        reminders: Vec::new(),
        budget: Budget::default(),
        retry: Retry {
            attempts_max: 3,
            first: Duration::from_millis(1_000),
            longest: Duration::from_secs(2),
        },
        providers: BTreeMap::new(),
        alarm: Default::default(),
        destinations: Vec::new(),
        desk: None,
        segments: BTreeMap::new(),
        denied_words: Vec::new(),
        people: Default::default(),
        roles: Default::default(),
        approval: Default::default(),
        upkeep: Default::default(),
        control: crate::config::plan::parse_plan("").0.unwrap().control,
    }
}

pub(super) fn message(channel: Channel, date: Moment) -> Message {
    match channel {
        Channel::Mail => Message::Mail(MailMessage {
            from: Mailbox {
                name: "Example".to_owned(),
                address: EmailAddress::new("status@example.com").unwrap(),
            },
            reply_to: None,
            subject: "Payments fail".to_owned(),
            text: "Payments fail.\n.\nWe are on it.\n".to_owned(),
            html: "<p>Payments fail.</p>".to_owned(),
            language: Language::new("en").unwrap(),
            date,
            host: "status.example.com".to_owned(),
            thread: "payments@status.example.com".to_owned(),
            leave: None,
        }),
        Channel::Text => Message::Text(TextMessage {
            body: "Payments fail & we are on it".to_owned(),
            encoding: Encoding::Gsm7,
            segments: 1,
        }),
        Channel::Chat => Message::Card(Box::new(sample::card())),
        Channel::Tool | Channel::Webhook => Message::Event(Box::new(sample::event())),
    }
}
