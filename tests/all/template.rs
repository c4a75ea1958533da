//! The repository to start from, `contrib/template`: the steps of its jobs, one after the other, against a local remote.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use allclear::demo::sinks::MailSink;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::fixtures::site::Site;
use crate::fixtures::skip::skip;

const WORKFLOW: &str = include_str!("../../contrib/template/.github/workflows/status.yml");
const NOTIFY: [&str; 4] = ["Open the ledger", "Publish", "Notify", "Close the ledger"];

/// A git host: the remote, clones of it, the page's host and a mail server.
struct Forge {
    folder: TempDir,
    page: Site,
    mail: MailSink,
    _runtime: Runtime,
}

/// A script of a job's step.
fn step(job: &str, name: &str) -> String {
    let (_, job) = WORKFLOW.split_once(&format!("\n  {job}:\n")).unwrap();
    let (_, step) = job.split_once(&format!("- name: {name}\n")).unwrap();
    let (_, run) = step.split_once("        run: ").unwrap();
    match run.strip_prefix("|\n") {
        None => run.lines().next().unwrap().to_owned(),
        Some(block) => {
            let lines = block.lines().take_while(|line| line.starts_with("          "));
            lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
        }
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn succeeded(output: Output) -> Output {
    assert!(output.status.success(), "{:?}: {}", output.status.code(), said(&output));
    output
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten().filter(|entry| entry.path().is_file()) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(entry.path(), target).unwrap();
    }
}

impl Forge {
    /// The template, set up as its README says, pushed to a remote; nobody is subscribed yet.
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let mail = MailSink::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(mail.clone().serve(listener));
        let forge = Self { folder: tempfile::tempdir().unwrap(), page: Site::new(), mail, _runtime: runtime };
        let first = forge.path("first");
        copy(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contrib/template"), &first);
        let edit = |file: &str, change: &dyn Fn(String) -> String| {
            let file = first.join(file);
            fs::write(&file, change(fs::read_to_string(&file).unwrap())).unwrap();
        };
        edit("site/page.toml", &|text| {
            let (page, _) = text.split_once("# The page is a branch").unwrap();
            format!("{page}{}", forge.page.target())
        });
        edit("site/plan.toml", &|text| {
            let (channel, _) = text.split_once("host = ").unwrap();
            format!("{channel}host = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n")
        });
        forge.git(&forge.path(""), &["init", "--quiet", "--bare", "remote.git"]);
        forge.git(&first, &["init", "--quiet", "--initial-branch=main"]);
        forge.git(&first, &["remote", "add", "origin", forge.path("remote.git").to_str().unwrap()]);
        forge.commit(&first, "A status page");
        fs::create_dir(forge.path("gpg")).unwrap();
        forge
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn git(&self, at: &Path, arguments: &[&str]) -> String {
        let by = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"];
        let done = Command::new("git").current_dir(at).args(by).args(arguments).output().unwrap();
        String::from_utf8(succeeded(done).stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, at: &Path, words: &str) {
        self.git(at, &["add", "--all"]);
        self.git(at, &["commit", "--quiet", "-m", words]);
        self.git(at, &["push", "--quiet", "origin", "HEAD"]);
    }

    /// A runner: a fresh clone.
    fn runner(&self, name: &str) -> PathBuf {
        self.git(&self.path(""), &["clone", "--quiet", "--branch=main", "remote.git", name]);
        self.path(name)
    }

    /// Runs a script as a runner does, with the secrets of the main branch or none.
    fn run(&self, at: &Path, script: &str, secrets: bool) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_allclear")).parent().unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]).current_dir(at);
        command.env_clear().env("PATH", format!("{}:/usr/bin:/bin", program.display()));
        command.env("HOME", self.path("")).env("GNUPGHOME", self.path("gpg")).env("NO_COLOR", "1");
        command.env("RUNNER_TEMP", self.path("")).env("GITHUB_RUN_ID", "7").env("BASE", "origin/main");
        command.env("GITHUB_STEP_SUMMARY", self.path("summary.md"));
        if secrets {
            command.env("LEDGER_KEY", "correct horse battery staple");
        }
        command.output().unwrap()
    }

    /// The whole job that notifies, in a fresh clone.
    #[track_caller]
    fn job(&self, name: &str) {
        let runner = self.runner(name);
        for step_name in NOTIFY {
            let done = self.run(&runner, &step("notify", step_name), true);
            assert!(done.status.success(), "{step_name}: {}", said(&done));
        }
    }

    /// What the remote holds: every branch and its commit.
    fn refs(&self) -> String {
        self.git(&self.path("remote.git"), &["for-each-ref"])
    }
}

#[test]
fn a_repository_from_the_template_publishes_notifies_and_remembers() {
    if Command::new("gpg").arg("--version").output().is_err() {
        return skip("there is no gpg");
    }
    let forge = Forge::new();
    let desk = forge.path("first");
    for line in [
        ".github/ledger open",
        "allclear adopt",
        "allclear subscribers add ana@example.org",
        ".github/ledger close",
    ] {
        let done = forge.run(&desk, line, true);
        assert!(done.status.success(), "{line}: {}", said(&done));
    }
    let blob = ["cat-file", "blob", "allclear-ledger:ledger.gpg"];
    let blob = Command::new("git").current_dir(forge.path("remote.git")).args(blob).output().unwrap();
    assert!(blob.stdout.len() > 1_000 && !String::from_utf8_lossy(&blob.stdout).contains("ana@example.org"));

    forge.job("quiet");
    assert!(forge.mail.received().is_empty());
    assert!(forge.page.live().join("index.html").exists());

    succeeded(forge.run(&desk, "allclear new --title 'Sign-in fails' --affected website --eta +2h", false));
    forge.commit(&desk, "Sign-in fails");
    forge.job("told");
    forge.job("again");
    let mails = forge.mail.received();
    assert_eq!(mails.len(), 1, "a job that comes later knows what this one told");
    assert!(mails[0].to.contains("ana@example.org"));
}

#[test]
fn one_job_at_a_time_has_the_ledger_and_one_that_died_keeps_it() {
    if Command::new("gpg").arg("--version").output().is_err() {
        return skip("there is no gpg");
    }
    let forge = Forge::new();
    let (one, other) = (forge.runner("one"), forge.runner("other"));
    let ledger = |at: &Path, word: &str| forge.run(at, &format!(".github/ledger {word}"), true);
    succeeded(ledger(&one, "open"));
    let refused = ledger(&other, "open");
    assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
    assert!(said(&refused).contains("open: 7"), "{}", said(&refused));
    assert_eq!(ledger(&other, "close").status.code(), Some(4));
    // Two that open at once: what both read was free, so the second one to push is refused.
    succeeded(ledger(&one, "close"));
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| ledger(&one, "open"));
        (ledger(&other, "open"), first.join().unwrap())
    });
    let codes = [first.status.code(), second.status.code()];
    assert!(codes == [Some(0), Some(4)] || codes == [Some(4), Some(0)], "{}{}", said(&first), said(&second));
    let winner = if first.status.success() { &other } else { &one };
    let (one, other) = if winner == &one { (one, other) } else { (other, one) };
    // The first one dies. A person looks and releases; what it comes back with later is not kept.
    succeeded(ledger(&other, "release"));
    succeeded(ledger(&other, "open"));
    succeeded(forge.run(&other, "allclear adopt", false));
    succeeded(forge.run(&one, "allclear adopt", false));
    let late = ledger(&one, "close");
    assert_eq!(late.status.code(), Some(1), "{}", said(&late));
    succeeded(ledger(&other, "close"));
    // Without the key, or with another one, nothing can be read.
    let third = forge.runner("third");
    assert!(!forge.run(&third, ".github/ledger look", false).status.success());
    let wrong = forge.run(&third, "LEDGER_KEY=wrong .github/ledger look", false);
    assert!(!wrong.status.success() && !third.join(".allclear/ledger.db").exists(), "{}", said(&wrong));
}

#[test]
fn a_pull_request_of_a_fork_gets_its_report_and_nothing_else() {
    let forge = Forge::new();
    let fork = forge.runner("fork");
    let bait = TcpListener::bind("127.0.0.1:0").unwrap();
    bait.set_nonblocking(true).unwrap();
    let port = bait.local_addr().unwrap().port();
    succeeded(forge.run(&fork, "allclear new --title 'Sign-in fails' --affected website --eta +2h", false));
    let page = fs::read_to_string(fork.join("site/page.toml")).unwrap();
    let marker = forge.path("executed");
    let command = format!(
        "\n[[targets]]\nname = \"bait\"\nkind = \"command\"\nrun = [\"touch\", \"{}\"]\n",
        marker.display()
    );
    fs::write(fork.join("site/page.toml"), page + &command).unwrap();
    let plan = format!(
        "[ledger]\nurl = {{ file = \"ledger-url\" }}\n\n[mail]\nfrom = \"status@acme.test\"\nproviders = [\"relay\"]\n\n\
         [providers.relay]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n"
    );
    fs::write(fork.join("site/plan.toml"), plan).unwrap();
    fs::write(fork.join("ledger-url"), format!("postgres://a@127.0.0.1:{port}/a")).unwrap();
    fs::write(fork.join(".github/ledger"), format!("touch {}\n", marker.display())).unwrap();
    forge.git(&fork, &["add", "--all"]);
    forge.git(&fork, &["commit", "--quiet", "-m", "A stranger's"]);
    let (refs, files) = (forge.refs(), forge.git(&fork, &["status", "--porcelain", "--ignored"]));

    let checked = succeeded(forge.run(&fork, &step("check", "Check"), false));
    assert_eq!(said(&checked).matches("::error").count(), 0, "{}", said(&checked));
    succeeded(forge.run(&fork, &step("check", "Report"), false));
    let report = fs::read_to_string(forge.path("summary.md")).unwrap();
    assert!(report.contains("Sign-in fails"), "{report}");

    assert!(!marker.exists(), "something of the pull request was executed");
    assert!(bait.accept().is_err(), "something was contacted");
    assert_eq!(forge.refs(), refs);
    assert_eq!(forge.git(&fork, &["status", "--porcelain", "--ignored"]), files, "something was written");
    assert!(forge.mail.received().is_empty());
}

#[test]
fn the_workflow_takes_no_right_it_does_not_need() {
    let (head, jobs) = WORKFLOW.split_once("\njobs:\n").unwrap();
    assert!(head.contains("\npermissions:\n  contents: read\n"));
    assert!(!WORKFLOW.contains("pull_request_target") && !WORKFLOW.contains("cache"));
    let (check, notify) = jobs.split_once("\n  notify:\n").unwrap();
    assert!(
        !check.contains("secrets.")
            && !check.contains("write")
            && check.contains("persist-credentials: false")
    );
    assert_eq!(notify.matches(": write").count(), 1);
    for line in WORKFLOW.lines().filter(|line| line.contains("uses: ")) {
        let (_, commit) = line.split_once('@').unwrap();
        assert!(commit.chars().take_while(char::is_ascii_hexdigit).count() == 40, "{line} is not pinned");
    }
}
