//! The demo's stage: the sample in a temporary folder, a page, a mail server and an SMS gateway on localhost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::chain::NoticeState;
use crate::deliver::{DeliveryEvent, EventKind};
use crate::diff;
use crate::files::Durability;
use crate::ledger::{People, Planner, Queue, Story};
use crate::load;
use crate::model::Moment;
use crate::model::incident::{Audience, Eta, Update};
use crate::model::localized::Localized;
use crate::model::subscriber::{Consent, ConsentMethod};

use crate::cli::arguments::{Demo, Format};
use crate::cli::choice::Choice;
use crate::cli::describe::{self, clock};
use crate::cli::exit::Failure;
use crate::cli::print::{self, BAD, FAINT, GOOD, STRONG, WARN, count, styled};
use crate::demo::inbox;
use crate::demo::people::{PEOPLE, owner};
use crate::demo::sinks::{MailSink, TextSink};
use crate::demo::story::{Act, Deed, FILE};
use crate::flow::deliver::{WorkerSetup, stop_at_a_signal};
use crate::flow::notify;
use crate::flow::people::draw_id;
use crate::gate;
use crate::preview::{self, Shown};
use crate::workspace::clock::Clock;
use crate::workspace::root::Root;
use crate::workspace::sample::{self, moved::moved};
use crate::workspace::tree;
use crate::workspace::write;

/// How long the story is: it begins that long ago, and ends about now.
const LENGTH: TimeDelta = TimeDelta::minutes(30);
/// The page's address in the sample, in whose place the demo's comes.
const SAMPLE_URL: &str = "https://status.larkmoor.example";

/// Everything the demo plays with.
pub(super) struct Stage {
    folder: TempDir,
    root: Root,
    runtime: Runtime,
    shown: Shown,
    mail: MailSink,
    text: TextSink,
    address: String,
    fast: bool,
    /// How far the story is moved from the day it is written for.
    moved: TimeDelta,
    /// Turns `true` at Ctrl-C, which the workers of the demo would else keep for themselves.
    stopped: watch::Receiver<bool>,
    /// Messages accepted, by person.
    told: BTreeMap<&'static str, Vec<String>>,
}

impl Stage {
    /// Builds the sample and brings everything up.
    pub(super) fn set(options: &Demo, now: Moment) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("allclear-demo-").tempdir()?;
        let (moved, begins) = (sample::distance(now - LENGTH), sample::begins(now - LENGTH));
        for (path, bytes) in sample::files(begins) {
            write::file(&folder.path().join(path), &bytes, Durability::Cached)?;
        }
        let runtime = Runtime::new()?;
        let (mail, text) = (MailSink::default(), TextSink::default());
        let (mail_port, listener, address) = runtime.block_on(async {
            let mails =
                TcpListener::bind("127.0.0.1:0").await.context("failed to start the built-in mail server")?;
            let mail_port = mails.local_addr()?.port();
            tokio::spawn(mail.clone().serve(mails));
            let (listener, address) = preview::listen(options.port).await?;
            anyhow::Ok((mail_port, listener, address))
        })?;
        plan_for_sinks(folder.path(), mail_port, address.port())?;
        page_at(folder.path(), &format!("http://{address}"))?;
        let root = Root::of(folder.path().to_owned(), Clock::Fixed(begins), Format::Text);
        let opened = root.open()?;
        let shown = Shown::new(tree::tree(&root, &opened, Audience::Public)?.into(), false);
        let routes = preview::routes(shown.clone())
            .merge(text.clone().routes())
            .merge(inbox::routes(mail.clone(), text.clone()));
        runtime.spawn(axum::serve(listener, routes).into_future());
        root.ledger()?.adopt(&diff::baseline(&opened.site, root.now()), root.now())?;
        let (stop, stopped) = watch::channel(false);
        runtime.spawn(stop_at_a_signal(stop, None));
        let (fast, told, address) = (options.fast, BTreeMap::new(), address.to_string());
        Ok(Self { folder, root, runtime, shown, mail, text, address, fast, moved, stopped, told })
    }

    /// Where the page is.
    pub(super) fn page_url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Where the mails and texts are.
    pub(super) fn inbox_url(&self) -> String {
        format!("http://{}/inbox", self.address)
    }

    /// Puts the people on record and says who they are.
    pub(super) fn introduce(&self) -> Result<(), Failure> {
        let mut ledger = self.root.ledger()?;
        for person in &PEOPLE {
            let subscription = person.subscription().into_iter().collect::<Vec<_>>();
            let source = "allclear demo".to_owned();
            let consent = Consent { method: ConsentMethod::Added, source, at: self.root.now() };
            ledger.add_subscribers(&subscription, &consent, &mut draw_id)?;
            print::say(&format!("  {} follows {}", padded(person.name), person.about));
        }
        Ok(())
    }

    /// Plays one act: the deed, the build, the notices, the handoffs.
    pub(super) fn play(&mut self, act: &Act) -> Result<(), Failure> {
        self.root.clock = Clock::Fixed(self.moment(act.at)?);
        let times = act
            .times
            .iter()
            .map(|at| Ok(self.moment(at)?.format("%H:%M UTC").to_string()))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let title = times.iter().fold(act.title.to_owned(), |title, time| title.replacen("{}", time, 1));
        print::say(&format!("\n{}  {}", clock(self.root.now()), styled(STRONG, &title)));
        match &act.deed {
            Deed::Open(files) => {
                for (file, text) in *files {
                    let text = moved(text, self.moved);
                    write::file(&self.folder.path().join(file), text.as_bytes(), Durability::Cached)?;
                }
            }
            Deed::Update { .. } => self.update(&act.deed)?,
            Deed::MailServer { down } => self.mail.set_down(*down),
            Deed::Wait => {}
        }
        self.announce()?;
        self.deliver()
    }

    /// Lets people watch, until they have seen enough.
    pub(super) fn pause(&self, time: Duration) {
        if !self.fast {
            let stopped = self.until_stopped();
            let _seen = self.runtime.block_on(async { tokio::time::timeout(time, stopped).await });
        }
    }

    /// Waits for Ctrl-C.
    pub(super) fn keep(&self) {
        self.runtime.block_on(self.until_stopped());
    }

    /// Whether someone pressed Ctrl-C.
    pub(super) fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    fn until_stopped(&self) -> impl Future<Output = ()> + use<> {
        let mut stopped = self.stopped.clone();
        async move { drop(stopped.wait_for(|stopped| *stopped).await) }
    }

    /// Who got what, and that nobody is left over.
    pub(super) fn sum_up(&self) -> Result<(), Failure> {
        print::say(&format!("\n{}", styled(STRONG, "what each person got")));
        for person in &PEOPLE {
            let got = self.told.get(person.name).map_or(&[][..], Vec::as_slice);
            let list = if got.is_empty() {
                "nothing: none of it was about returns".to_owned()
            } else {
                got.join(", ")
            };
            print::say(&format!("  {} {list}", padded(person.name)));
        }
        let mut ledger = self.root.ledger()?;
        let (mut notices, mut reached) = (0, 0);
        for summary in ledger.summary(None)? {
            (notices, reached) =
                (notices + summary.planned(), reached + summary.people_at(NoticeState::Reached));
        }
        let mails = count(self.mail.received().len(), "email", "emails");
        let texts = count(self.text.received().len(), "SMS message", "SMS messages");
        print::say(&format!(
            "  {} {reached} of {notices} notifications accepted: {mails}, {texts}, {} still queued",
            styled(GOOD, "all clear:"),
            ledger.unfinished()?
        ));
        Ok(())
    }

    fn update(&self, deed: &Deed) -> Result<(), Failure> {
        let Deed::Update { phase, eta, next_update, words } = deed else { return Ok(()) };
        let update = Update {
            at: self.root.now(),
            phase: Some(*phase),
            audience: Audience::Public,
            author_mark: None,
            eta: eta.map(|at| self.moment(at)).transpose()?.map(Eta::At),
            next_update: next_update.map(|at| self.moment(at)).transpose()?,
            severity: None,
            statuses: BTreeMap::new(),
            body: Localized::plain(*words),
        };
        let path = self.folder.path().join(FILE);
        let text = fs::read_to_string(&path)?;
        let text = load::append_update(&text, &update, FILE)
            .map_err(|problems| anyhow::anyhow!("failed to add the update: {problems:?}"))?;
        Ok(write::file(&path, text.as_bytes(), Durability::Cached)?)
    }

    /// A moment of the story, moved to today.
    fn moment(&self, text: &str) -> anyhow::Result<Moment> {
        Ok(Moment::from(chrono::DateTime::parse_from_rfc3339(text)?) + self.moved)
    }

    /// Builds the page, and plans what it says again.
    fn announce(&mut self) -> Result<(), Failure> {
        let opened = self.root.open()?;
        self.shown.replace(tree::tree(&self.root, &opened, Audience::Public)?.into());
        let mut ledger = self.root.ledger()?;
        let prepared =
            notify::prepare(&self.root, &opened, &mut ledger, &Choice::default(), self.root.now())?;
        notify::plan(&self.root, &mut ledger, &prepared, None, &gate::own_page())?;
        for change in &prepared.difference.changes {
            let words = describe::all(&change.what);
            let notices = count(prepared.notices.notices.len(), "person", "people");
            print::say(&styled(FAINT, &format!("          page updated; notifying {notices}: {words}")));
        }
        Ok(())
    }

    fn deliver(&mut self) -> Result<(), Failure> {
        let (host, plan) = self.root.plan()?;
        let ledger = Arc::new(Mutex::new(self.root.ledger()?));
        let pause = if self.fast { Duration::ZERO } else { Duration::from_millis(400) };
        let told = &mut self.told;
        let mut tell = |event: DeliveryEvent| {
            if let Some(line) = line(&event) {
                print::say(&line);
                std::thread::sleep(pause);
            }
            if matches!(event.happened, EventKind::Accepted { .. }) {
                let kind = format!("{} {}", event.channel.name(), event.at.format("%H:%M"));
                told.entry(owner(&event.endpoint)).or_default().push(kind);
            }
        };
        WorkerSetup::new(&self.root, host, &plan, Duration::ZERO)?.drain_reporting(&ledger, &mut tell)?;
        Ok(())
    }
}

/// A name in a column of names.
fn padded(name: &str) -> String {
    styled(STRONG, &format!("{name:<6}"))
}

/// What the audience sees of an event; handing off is followed by its answer soon enough.
fn line(event: &DeliveryEvent) -> Option<String> {
    let what = match &event.happened {
        EventKind::Accepted { .. } | EventKind::AwaitingReceipt { .. } => styled(GOOD, "accepted"),
        EventKind::Retry { at, .. } => {
            format!("{}; retrying at {}", styled(WARN, "failed"), clock(*at))
        }
        EventKind::GaveWay { next: Some(next), .. } | EventKind::PassedOver { next: Some(next), .. } => {
            format!("{}; falling back to {}", styled(BAD, "not reached yet"), next.name())
        }
        EventKind::Ended { state, next: Some(next), .. } => {
            format!("{} {}; falling back to {}", styled(BAD, "not reached,"), state.word(), next.name())
        }
        EventKind::Ended { state, why, next: None, .. } => format!("{} {why}", styled(WARN, state.word())),
        EventKind::HandingOff { .. }
        | EventKind::NextProvider { .. }
        | EventKind::GivenBack { .. }
        | EventKind::GaveWay { next: None, .. }
        | EventKind::PassedOver { next: None, .. }
        | EventKind::Held { .. }
        | EventKind::CircuitOpened { .. }
        | EventKind::CircuitClosed { .. }
        | EventKind::LeaseLost => {
            return None;
        }
    };
    let name = owner(&event.endpoint);
    Some(format!("{}  {} {} {what}", clock(event.at), padded(name), event.channel.name()))
}

fn plan_for_sinks(root: &Path, mail_port: u16, text_port: u16) -> anyhow::Result<()> {
    let plan = format!(
        "[mail]\nfrom = \"Larkmoor status <status@larkmoor.example>\"\nreply_to = \"help@larkmoor.example\"\n\
         providers = [\"relay\"]\n\n[text]\nsender = \"Larkmoor\"\nproviders = [\"gateway\"]\n\n\
         [providers.relay]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {mail_port}\nsecurity = \"none\"\n\n\
         [providers.gateway]\nkind = \"kannel\"\nurl = \"http://127.0.0.1:{text_port}/cgi-bin/sendsms\"\n\
         user = \"demo\"\npassword = {{ file = \".allclear/gateway-password\" }}\n"
    );
    write::file(&root.join(".allclear/gateway-password"), b"demo", Durability::Cached)?;
    write::file(&root.join("site/plan.toml"), plan.as_bytes(), Durability::Cached)
}

/// Puts the demo's own address into the page's file, so that the links in its messages lead somewhere.
fn page_at(root: &Path, url: &str) -> anyhow::Result<()> {
    let file = root.join("site/page.toml");
    let text = fs::read_to_string(&file)?.replace(SAMPLE_URL, url);
    write::file(&file, text.as_bytes(), Durability::Cached)
}
