//! A whole allclear in a temporary folder, driven through its binary, so that a test reads like a story.
//!
//! Every step says what is done or what must have happened; a failing story points at its line. When a house
//! is dropped its ledger must be at rest and every message must have been told of.

#![allow(dead_code, reason = "each test binary uses its own part of the house")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use allclear::commands::sinks::{MailSink, TextSink};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) struct House {
    folder: TempDir,
    pub(crate) now: String,
    mail: MailSink,
    text: TextSink,
    told_mails: BTreeSet<usize>,
    told_texts: BTreeSet<usize>,
    last: Option<Output>,
    restless: bool,
    /// What no command may print unasked.
    addresses: Vec<String>,
    _runtime: Runtime,
}

const PAGE: &str = r#"name = "Acme"
url = "https://status.acme.test"
languages = ["en", "es"]
time_zone = "Europe/Madrid"

[[groups]]
name = "Shop"

[[groups.features]]
id = "checkout"
name = { en = "Checkout", es = "Pago" }

[[groups.features]]
id = "refunds"
name = "Refunds"

[[groups.features]]
id = "search"
name = "Search"
"#;

impl House {
    /// An empty house at `2026-03-01 10:00`, whose baseline is taken.
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let (mail, text) = (MailSink::default(), TextSink::default());
        let (mail_port, text_port) = runtime.block_on(async {
            let mails = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let texts = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let ports = (mails.local_addr().unwrap().port(), texts.local_addr().unwrap().port());
            tokio::spawn(mail.clone().serve(mails));
            let routes = text.clone().routes();
            tokio::spawn(async move { axum::serve(texts, routes).await });
            ports
        });
        let mut house = Self {
            folder: tempfile::tempdir().unwrap(),
            now: "2026-03-01T10:00:00Z".to_owned(),
            mail,
            text,
            told_mails: BTreeSet::new(),
            told_texts: BTreeSet::new(),
            last: None,
            restless: false,
            addresses: Vec::new(),
            _runtime: runtime,
        };
        house.write("site/page.toml", PAGE);
        house.write("site/plan.toml", &plan(mail_port, text_port));
        fs::create_dir_all(house.path().join("incidents")).unwrap();
        house.run(&["adopt"]).succeeded()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Moves the clock, to `2026-03-01 10:40`.
    pub(crate) fn at(mut self, time: &str) -> Self {
        self.now = rfc3339(time);
        self
    }

    pub(crate) fn write(&mut self, file: &str, text: &str) -> &mut Self {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn file(mut self, file: &str, text: &str) -> Self {
        self.write(file, text);
        self
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// A major incident of checkout with one update; the clock moves to it.
    pub(crate) fn incident(self, name: &str, time: &str, phase: &str) -> Self {
        let text = format!(
            "+++\ntitle = \"{name}\"\nseverity = \"major\"\naffected = [\"checkout\"]\nstarted = {at}\n\
             eta = \"unknown\"\nnext_update = {next}\nimpact = \"Some payments fail.\"\n+++\n\n\
             ## {time} UTC · {phase}\n\nWe see failing payments.\n",
            at = rfc3339(time),
            next = rfc3339("2026-03-01 23:00"),
        );
        self.file(&format!("incidents/{name}.md"), &text).at(time)
    }

    /// An update on top of the story, through the command; the clock moves to it.
    pub(crate) fn update(self, name: &str, time: &str, phase: &str) -> Self {
        let words = format!("Now it is {phase}.");
        self.at(time).run(&["update", name, "--phase", phase, "-m", &words]).succeeded()
    }

    pub(crate) fn subscriber(self, address: &str) -> Self {
        self.subscriber_with(&[address])
    }

    /// Addresses in order of preference, then options.
    pub(crate) fn subscriber_with(mut self, arguments: &[&str]) -> Self {
        let is_address = |argument: &&&str| argument.contains('@') || argument.starts_with('+');
        self.addresses.extend(arguments.iter().filter(is_address).map(|address| (*address).to_owned()));
        let arguments = [&["subscribers", "add"], arguments].concat();
        self = self.run(&arguments);
        self.succeeded()
    }

    pub(crate) fn mail_server_down(self, down: bool) -> Self {
        self.mail.set_down(down);
        self
    }

    #[track_caller]
    pub(crate) fn notify(self) -> Self {
        self.run(&["notify", "--yes"]).succeeded()
    }

    /// Runs the binary at the house's time and keeps what it printed. Whatever it does, it shows nobody's address
    /// unless it is asked to.
    #[track_caller]
    pub(crate) fn run(mut self, arguments: &[&str]) -> Self {
        let child = self.command(arguments).spawn().unwrap();
        self.last = Some(child.wait_with_output().unwrap());
        if !arguments.contains(&"--reveal") {
            let printed = format!("{}{}", self.stdout(), self.stderr());
            let shown = self.addresses.iter().find(|address| printed.contains(*address));
            assert!(shown.is_none(), "{arguments:?} shows {shown:?}:\n{printed}");
        }
        self
    }

    /// The binary, ready to start in this house.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
        command.args(arguments);
        if matches!(arguments.first(), Some(&"notify" | &"deliver")) {
            command.args(["--patience", "1s"]);
        }
        // Most houses have a page that nobody can read from outside.
        let looks = arguments.iter().any(|argument| matches!(*argument, "--wait" | "--no-verify"));
        if arguments.first() == Some(&"publish") && !looks {
            command.arg("--no-verify");
        }
        command
            .args(["--root", self.path().to_str().unwrap(), "--now", &self.now])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("NO_COLOR", "1")
            .env("GATEWAY_PASSWORD", "s3cret");
        command
    }

    /// Plans what changed and sends nothing: whoever plans dies before it claims.
    pub(crate) fn plan(&self) {
        let planned = self.path().join("planned");
        let mut planning = self.command(&["notify", "--yes"]);
        planning.env("ALLCLEAR_PAUSE_AT", "after-plan:1").env("ALLCLEAR_PAUSED", &planned);
        let mut planning = planning.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("the plan", || planned.exists());
        planning.kill().unwrap();
        planning.wait().unwrap();
        fs::remove_file(planned).unwrap();
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        self.exited(0)
    }

    #[track_caller]
    pub(crate) fn exited(self, code: i32) -> Self {
        let last = self.last.as_ref().unwrap();
        assert_eq!(last.status.code(), Some(code), "{}\n{}", self.stdout(), self.stderr());
        self
    }

    #[track_caller]
    pub(crate) fn said(self, words: &str) -> Self {
        assert!(self.stderr().contains(words), "stderr lacks {words:?}:\n{}", self.stderr());
        self
    }

    #[track_caller]
    pub(crate) fn printed(self, words: &str) -> Self {
        assert!(self.stdout().contains(words), "stdout lacks {words:?}:\n{}", self.stdout());
        self
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.last.as_ref().unwrap().stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.last.as_ref().unwrap().stderr).into_owned()
    }

    /// A mail nobody asked about yet went to `to` and holds `words` in its subject or text.
    #[track_caller]
    pub(crate) fn mailed(mut self, to: &str, words: &str) -> Self {
        let found = tell(&self.mails(), &self.told_mails, to, words);
        self.told_mails.insert(found.unwrap_or_else(|unseen| panic!("{unseen}\n{}", self.stderr())));
        self
    }

    #[track_caller]
    pub(crate) fn mailed_nobody(self) -> Self {
        let mails = self.mails();
        assert_eq!(mails.len(), self.told_mails.len(), "mailed {mails:#?}");
        self
    }

    /// A text nobody asked about yet went to `to` and holds `words`.
    #[track_caller]
    pub(crate) fn texted(mut self, to: &str, words: &str) -> Self {
        let found = tell(&self.texts(), &self.told_texts, to, words);
        self.told_texts.insert(found.unwrap_or_else(|unseen| panic!("{unseen}\n{}", self.stderr())));
        self
    }

    #[track_caller]
    pub(crate) fn texted_nobody(self) -> Self {
        let texts = self.texts();
        assert_eq!(texts.len(), self.told_texts.len(), "texted {texts:#?}");
        self
    }

    /// Every mail received so far: recipient and readable text.
    pub(crate) fn mails(&self) -> Vec<(String, String)> {
        self.mail.received().iter().map(|mail| (mail.to.clone(), readable(&mail.raw))).collect()
    }

    /// Every mail received so far: recipient and the message as it came.
    pub(crate) fn raw_mails(&self) -> Vec<(String, String)> {
        self.mail.received().iter().map(|mail| (mail.to.clone(), mail.raw.clone())).collect()
    }

    /// Nobody needs to ask about the messages received so far.
    pub(crate) fn told_of_all(mut self) -> Self {
        self.told_mails = (0..self.mails().len()).collect();
        self.told_texts = (0..self.texts().len()).collect();
        self
    }

    /// Every text received so far: recipient and words.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        self.text.received().iter().map(|text| (text.to.clone(), text.body.clone())).collect()
    }

    /// Lets the ledger be busy when the house is dropped.
    pub(crate) fn restless(mut self) -> Self {
        self.restless = true;
        self
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.restless || std::thread::panicking() {
            return;
        }
        let ledger = rusqlite::Connection::open(self.path().join(".allclear/ledger.db")).unwrap();
        let busy = "SELECT count(*) FROM step WHERE ended_at IS NULL";
        let busy: i64 = ledger.query_row(busy, [], |row| row.get(0)).unwrap();
        assert_eq!(busy, 0, "the ledger is not at rest");
        assert_eq!(self.mails().len(), self.told_mails.len(), "mails nobody asked about");
        assert_eq!(self.texts().len(), self.told_texts.len(), "texts nobody asked about");
    }
}

/// Waits until `ready` holds, for at most ten seconds.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    for _ in 0..500 {
        if ready() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("waited in vain for {what} at {}", Location::caller());
}

/// `2026-03-01 10:00` as the files and the command line want it.
pub(crate) fn rfc3339(time: &str) -> String {
    format!("{}:00Z", time.replace(' ', "T"))
}

/// Where the repository is.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn plan(mail_port: u16, text_port: u16) -> String {
    format!(
        "[mail]\nfrom = \"Acme Status <status@acme.test>\"\nreply_to = \"help@acme.test\"\nproviders = [\"relay\"]\n\n\
         [text]\nsender = \"ACME\"\nproviders = [\"gateway\"]\n\n\
         [providers.relay]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {mail_port}\nsecurity = \"none\"\n\n\
         [providers.gateway]\nkind = \"kannel\"\nurl = \"http://127.0.0.1:{text_port}/cgi-bin/sendsms\"\n\
         user = \"acme\"\npassword = {{ env = \"GATEWAY_PASSWORD\" }}\n"
    )
}

/// The first message nobody told of that fits; else a sentence with those there are.
fn tell(
    messages: &[(String, String)],
    told: &BTreeSet<usize>,
    to: &str,
    words: &str,
) -> Result<usize, String> {
    let untold: Vec<usize> = (0..messages.len()).filter(|at| !told.contains(at)).collect();
    let fits = |at: &&usize| messages[**at].0 == to && messages[**at].1.contains(words);
    untold.iter().find(fits).copied().ok_or_else(|| {
        let others: Vec<_> = untold.iter().map(|at| &messages[*at]).collect();
        format!("nothing to {to} with {words:?} among {others:#?}")
    })
}

fn readable(raw: &str) -> String {
    let mail = mail_parser::MessageParser::default().parse(raw.as_bytes()).unwrap();
    let text = mail.body_text(0).unwrap_or_default();
    format!("{}\n{}", mail.subject().unwrap_or_default(), text.replace("\r\n", "\n"))
}
