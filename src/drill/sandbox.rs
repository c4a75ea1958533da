//! The copy of the site that a drill plays on: the operator's files, with a plan and a page that lead to this machine only.
//!
//! Promises: nothing of the real plan that leads anywhere is in the copy, because its plan is written from a list of the tables
//! that lead nowhere, and its only providers are the two built-in servers, its only targets a folder and a given S3 server of this
//! machine. [`Sandbox::of`] is the only maker, and refuses a copy whose plan names anything else. The commands of a drill run on
//! the copy alone, without the environment, so that no secret is at hand, and may name four ports of this machine and no other
//! host (`--allow`).

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tempfile::TempDir;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::cli::arguments::Format;
use crate::cli::exit::Failure;
use crate::config::plan::{LedgerPlace, PLAN_FILE, Plan, Provider};
use crate::drill::given::{self, Given, GivenBucket};
use crate::drill::scenario::MARK;
use crate::files::{Durability, Folder, Kind, Reach, walk};
use crate::model::Moment;
use crate::process::{self, Limit};
use crate::workspace::clock::Clock;
use crate::workspace::root::Root;
use crate::workspace::write;

/// The tables of a plan that lead to nobody and nowhere.
const HARMLESS: [&str; 10] =
    ["plan", "brake", "chain", "retry", "people", "roles", "approval", "words", "segments", "budget"];
/// The keys of a channel that lead nowhere.
const HARMLESS_OF_CHANNEL: [&str; 8] = [
    "from",
    "sender",
    "reply_to",
    "time_to_live",
    "sensitivity_max",
    "segments_max",
    "transliterate",
    "success",
];
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
const REACH: Reach = Reach { depth_max: 8, skips_hidden: true };
/// How long one command of a drill may take.
const COMMAND: Duration = Duration::from_secs(300);
/// The only host that the commands of a drill may connect to.
const HOST: &str = "127.0.0.1";
/// What is in the folder of a drill: the copy, its published page, the list of what it may name, and the secret of the gateway.
const SITE: &str = "copy";
const PUBLISHED: &str = "published";
const ALLOWED: &str = "allowed";
const SECRET: &str = "secret";
const BUCKET_ID: &str = "bucket-id";
const BUCKET_KEY: &str = "bucket-key";

/// The ports of the built-in servers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) mail: u16,
    pub(super) text: u16,
    pub(super) page: u16,
}

/// A copy that leads nowhere.
pub(super) struct Sandbox {
    folder: TempDir,
    pub(super) root: Root,
    /// The plan of the copy, as it was read back.
    pub(super) plan: Plan,
}

/// How a command of the drill ended.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
}

impl Sandbox {
    /// Copies the site of `real` into a folder of its own.
    pub(super) fn of(real: &Root, ports: Ports, given: &Given, now: Moment) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("allclear-drill-").tempdir()?;
        let site = folder.path().join(SITE);
        for part in ["site", "themes", "incidents"] {
            copy(&real.path, &site, part)?;
        }
        let (plan_text, page_text) = (text(&site, PLAN_FILE)?, text(&site, "site/page.toml")?);
        let user = given.text.as_ref().map_or("exercise", |gateway| &gateway.user);
        put(&site, PLAN_FILE, &plan(&plan_text, ports, user, folder.path())?)?;
        let bucket = given.bucket.as_ref();
        put(&site, "site/page.toml", &page(&page_text, ports, bucket, folder.path())?)?;
        secrets(given, folder.path())?;
        put(folder.path(), ALLOWED, &allowed(ports, bucket, folder.path()))?;
        let root = Root::of(site, Clock::Fixed(now), Format::Text);
        let (_, plan) = root.plan()?;
        refuse_open(&plan, ports)?;
        Ok(Self { folder, root, plan })
    }

    /// Writes a file of the copy.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        Ok(put(&self.root.path, path, text)?)
    }

    /// Where the copy's page is published.
    pub(super) fn published(&self) -> std::path::PathBuf {
        self.folder.path().join(PUBLISHED)
    }

    /// Runs a command of this program on the copy, at a moment.
    pub(super) fn run(&self, arguments: &[&str], now: Moment) -> Result<Ran, Failure> {
        let program = std::env::current_exe().context("failed to find this program")?;
        let mut command = Command::new(program);
        command.env_clear().current_dir(&self.root.path).env("NO_COLOR", "1");
        command.args(arguments).arg("--root").arg(&self.root.path);
        command.arg("--allow").arg(self.folder.path().join(ALLOWED));
        command.args(["--now", &now.to_rfc3339()]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let started = Instant::now();
        let ended = process::run(&mut command, None, &Limit::of(COMMAND));
        let output = ended
            .with_context(|| format!("failed to run the command {} of the drill", arguments.join(" ")))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Ran {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            took: started.elapsed(),
        })
    }
}

/// Copies the secrets of the given servers into the folder of the drill.
fn secrets(servers: &Given, folder: &Path) -> anyhow::Result<()> {
    let password = servers.text.as_ref().map(|gateway| given::text(&gateway.password_file)).transpose()?;
    put(folder, SECRET, password.as_deref().unwrap_or("exercise"))?;
    let Some(bucket) = &servers.bucket else { return Ok(()) };
    put(folder, BUCKET_ID, &given::text(&bucket.access_key_id_file)?)?;
    put(folder, BUCKET_KEY, &given::text(&bucket.secret_access_key_file)?)
}

/// What the files of the copy may name: ports of this machine, and the folder of the page.
fn allowed(ports: Ports, bucket: Option<&GivenBucket>, folder: &Path) -> String {
    let Ports { mail, text, page } = ports;
    let all = [mail, text, page].into_iter().chain(bucket.map(|bucket| bucket.port));
    let hosts: String = all.map(|port| format!("host {HOST}:{port}\n")).collect();
    format!("{hosts}folder {}\n", folder.join(PUBLISHED).display())
}

/// Refuses a plan that leads anywhere but to the built-in servers.
fn refuse_open(plan: &Plan, ports: Ports) -> Result<(), Failure> {
    let is_built_in = |provider: &Provider| {
        let settings = &provider.settings;
        match provider.kind.word {
            "smtp" => settings.text("host") == HOST && settings.number("port") == Some(ports.mail),
            _ => settings.text("url") == gateway(ports),
        }
    };
    let is_closed = plan.ledger == LedgerPlace::Folder
        && plan.destinations.is_empty()
        && plan.alarm.recipients.is_empty()
        && plan.desk.is_none()
        && plan.providers.values().all(is_built_in);
    if is_closed {
        return Ok(());
    }
    Err(Failure::Refused {
        why: "the plan of the drill names more than the built-in servers; nothing was done".to_owned(),
        hint: "this is a mistake in allclear: please report it with site/plan.toml without its addresses"
            .to_owned(),
    })
}

/// The plan of the copy: what leads nowhere, and the built-in servers.
fn plan(real: &str, ports: Ports, user: &str, folder: &Path) -> anyhow::Result<String> {
    let real: DocumentMut = real.parse().context("failed to read site/plan.toml")?;
    let mut own = DocumentMut::new();
    for key in HARMLESS {
        own.as_table_mut().extend(real.get(key).map(|item| (key, item.clone())));
    }
    for (channel, provider) in [("mail", "built-in-mail"), ("text", "built-in-sms")] {
        let Some(of_channel) = real.get(channel).and_then(Item::as_table_like) else { continue };
        let mut table = Table::new();
        for key in HARMLESS_OF_CHANNEL {
            table.extend(of_channel.get(key).map(|item| (key, item.clone())));
        }
        table.insert("providers", value(toml_edit::Array::from_iter([provider])));
        // The built-in servers give no receipts.
        table.insert("success", value("accepted"));
        own.insert(channel, Item::Table(table));
    }
    if let Some(approval) = own.get_mut("approval").and_then(Item::as_table_like_mut) {
        approval.insert("signed", value(false));
    }
    let mut text = own.to_string();
    if own.contains_key("mail") {
        text += &format!(
            "\n[providers.built-in-mail]\nkind = \"smtp\"\nhost = \"{HOST}\"\nport = {}\nsecurity = \"none\"\n",
            ports.mail
        );
    }
    if own.contains_key("text") {
        text += &format!(
            "\n[providers.built-in-sms]\nkind = \"kannel\"\nurl = \"{}\"\nuser = {}\n\
             password = {{ file = {} }}\n",
            gateway(ports),
            toml::Value::from(user),
            quoted(&folder.join(SECRET))
        );
    }
    Ok(text)
}

/// The page of the copy: marked, on this machine, published into a folder, and into the given bucket.
fn page(real: &str, ports: Ports, bucket: Option<&GivenBucket>, folder: &Path) -> anyhow::Result<String> {
    let mut page: DocumentMut = real.parse().context("failed to read site/page.toml")?;
    page.remove("targets");
    let marked = |text: &str| value(format!("{MARK} {text}"));
    match page.get_mut("name") {
        Some(Item::Value(toml_edit::Value::InlineTable(names))) => {
            for (_, name) in names.iter_mut() {
                *name = format!("{MARK} {}", name.as_str().unwrap_or_default()).into();
            }
        }
        Some(Item::Table(names)) => {
            for (_, name) in names.iter_mut() {
                *name = marked(name.as_str().unwrap_or_default());
            }
        }
        Some(name) => *name = marked(name.as_str().unwrap_or_default()),
        None => {}
    }
    page.insert("url", value(format!("http://{HOST}:{}", ports.page)));
    let path = quoted(&folder.join(PUBLISHED));
    let bucket = bucket.map(|bucket| {
        format!(
            "\n[[targets]]\nname = \"exercise-bucket\"\nkind = \"s3\"\nbucket = {}\nregion = {}\n\
             endpoint = \"http://{HOST}:{}\"\naccess_key_id = {{ file = {} }}\n\
             secret_access_key = {{ file = {} }}\n",
            toml::Value::from(bucket.name.as_str()),
            toml::Value::from(bucket.region.as_str()),
            bucket.port,
            quoted(&folder.join(BUCKET_ID)),
            quoted(&folder.join(BUCKET_KEY)),
        )
    });
    let bucket = bucket.unwrap_or_default();
    Ok(format!(
        "{page}\n[[targets]]\nname = \"exercise\"\nkind = \"folder\"\nswitch = \"in-place\"\npath = {path}\n{bucket}"
    ))
}

fn gateway(ports: Ports) -> String {
    format!("http://{HOST}:{}/cgi-bin/sendsms", ports.text)
}

fn quoted(path: &Path) -> String {
    toml::Value::from(path.to_string_lossy().into_owned()).to_string()
}

fn copy(from: &Path, to: &Path, part: &str) -> anyhow::Result<()> {
    let entries = walk(from, part, REACH).with_context(|| format!("failed to list {part}"))?;
    let Some(folder) = Folder::open(from).and_then(|root| root.below(part)).ok() else { return Ok(()) };
    for entry in entries.into_iter().filter(|entry| entry.kind == Kind::File) {
        let bytes = folder.read(&entry.path, FILE_BYTES_MAX);
        let bytes = bytes.with_context(|| format!("failed to read {part}/{}", entry.path))?;
        if let Some(bytes) = bytes {
            write::file(&to.join(part).join(&entry.path), &bytes, Durability::Cached)?;
        }
    }
    Ok(())
}

fn text(root: &Path, path: &str) -> Result<String, Failure> {
    let read = Folder::open(root).and_then(|root| root.read(path, FILE_BYTES_MAX));
    let bytes = read.with_context(|| format!("failed to read {path}"))?.ok_or_else(|| Failure::Refused {
        why: format!("there is no {path}, so there is no plan to try out"),
        hint: "docs/plan.md says how to write one".to_owned(),
    })?;
    Ok(String::from_utf8(bytes).with_context(|| format!("failed to read {path}"))?)
}

fn put(root: &Path, path: &str, text: &str) -> anyhow::Result<()> {
    write::file(&root.join(path), text.as_bytes(), Durability::Cached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_plan;

    const PORTS: Ports = Ports { mail: 2501, text: 2502, page: 2503 };

    /// Everything in a plan that leads somewhere.
    const OPEN: &str = "
[ledger]
url = { env = 'LEDGER' }
[mail]
from = 'Acme <status@acme.test>'
providers = ['relay', 'other']
[text]
sender = 'ACME'
providers = ['gateway']
countries = ['+34']
[providers.relay]
kind = 'smtp'
host = 'mail.acme.test'
[providers.other]
kind = 'smtp'
host = 'other.acme.test'
[providers.gateway]
kind = 'kannel'
url = 'https://sms.acme.test/cgi-bin/sendsms'
user = 'acme'
password = { env = 'SMS' }
[providers.room]
kind = 'discord'
url = { env = 'DISCORD' }
[[destinations]]
name = 'room'
provider = 'room'
alarm = true
[alarm]
mail = ['oncall@acme.test']
[desk]
url = 'https://subscribe.acme.test'
secret = { env = 'DESK' }
";

    #[test]
    fn nothing_that_leads_anywhere_is_in_the_plan_of_the_copy() {
        let (real, problems, _) = parse_plan(OPEN);
        assert_eq!(problems, []);
        assert!(matches!(refuse_open(&real.unwrap(), PORTS), Err(Failure::Refused { .. })));
        let text = plan(OPEN, PORTS, "exercise", Path::new("/tmp/drill")).unwrap();
        let (copy, problems, _) = parse_plan(&text);
        assert_eq!(problems, [], "{text}");
        let copy = copy.unwrap();
        refuse_open(&copy, PORTS).unwrap();
        assert_eq!(copy.channels.len(), 2, "{text}");
        for word in ["acme.test/", "oncall", "mail.acme", "other.acme", "LEDGER", "DISCORD", "DESK", "SMS"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }

    /// Each single thing that leads elsewhere is refused, also on this machine.
    #[test]
    fn a_plan_with_one_way_out_is_refused() {
        let text = plan(OPEN, PORTS, "exercise", Path::new("/tmp/drill")).unwrap();
        for (good, bad) in [
            ("port = 2501", "port = 25"),
            ("host = \"127.0.0.1\"", "host = \"mail.acme.test\""),
            ("http://127.0.0.1:2502", "https://sms.acme.test"),
            ("[mail]", "[alarm]\nmail = ['oncall@acme.test']\n[mail]"),
            ("[mail]", "[ledger]\nurl = { env = 'LEDGER' }\n[mail]"),
        ] {
            assert!(text.contains(good), "{good}: {text}");
            let open = parse_plan(&text.replace(good, bad)).0.unwrap();
            assert!(matches!(refuse_open(&open, PORTS), Err(Failure::Refused { .. })), "{bad}");
        }
    }
}
