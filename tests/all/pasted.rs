//! The README and the tutorials, pasted into a shell block by block by a beginner who reads nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use allclear::demo::sinks::MailSink;
use tempfile::TempDir;

/// A beginner's shell. Its clock advances by six minutes with each block.
struct Desk {
    folder: TempDir,
    minute: u32,
}

/// The blocks of a language in a text, without the blanks of the list around them.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1).map(|block| block.split("```").next().unwrap());
    blocks.map(|block| block.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")).collect()
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), minute: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn paste(&mut self, at: &Path, block: &str) -> String {
        // The program is installed already, and what never ends or asks the network is not started.
        let skipped = ["cargo install", "allclear run", "allclear doctor", "allclear preview"];
        let lines = block.lines().filter(|line| !skipped.iter().any(|start| line.starts_with(start)));
        let script =
            lines.collect::<Vec<_>>().join("\n").replace("allclear publish", "allclear publish --no-verify");
        self.minute += 6;
        // Nobody is there to say yes, and each command comes a minute after the one before.
        let clock = format!(
            "minute={}; allclear() {{ [ \"$*\" != notify ] || set -- notify --yes; minute=$((minute + 1)); \
             command allclear \"$@\" --now 2026-03-01T$((10 + minute / 60)):$(printf %02d $((minute % 60))):00Z; }}\nset -e\n",
            self.minute
        );
        let program = Path::new(env!("CARGO_BIN_EXE_allclear")).parent().unwrap();
        let mut command = Command::new("bash");
        command.args(["-c", &format!("{clock}{script}")]).current_dir(at).env("NO_COLOR", "1");
        command.env("PATH", format!("{}:{}", program.display(), std::env::var("PATH").unwrap()));
        for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command.env(format!("{name}_NAME"), "Ana").env(format!("{name}_EMAIL"), "ana@example.org");
        }
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{script}\n{said}");
        assert!(!said.contains("error"), "{script}\n{said}");
        String::from_utf8(done.stdout).unwrap()
    }

    fn append(&self, file: &str, text: &str) {
        let file = self.path(file);
        fs::write(&file, fs::read_to_string(&file).unwrap_or_default() + text).unwrap();
    }
}

#[test]
fn the_readme_can_be_pasted_block_by_block() {
    let readme = include_str!("../../README.md");
    let (_, part) = readme.split_once("## A first site").unwrap();
    let (part, _) = part.split_once("\n## ").unwrap();
    let mut desk = Desk::new();
    let (shell, site) = (blocks(part, "sh"), desk.path("status"));
    assert_eq!(shell.len(), 5);
    desk.paste(&desk.path(""), &shell[0]);
    for block in &shell[1..4] {
        desk.paste(&site, block);
    }
    assert!(
        fs::read_to_string(site.join("public/index.html")).unwrap().contains("Card payments are failing")
    );
    let target = blocks(part, "toml").pop().unwrap();
    desk.append("status/site/page.toml", &target.replace("/srv/status", desk.path("page").to_str().unwrap()));
    desk.paste(&site, &shell[4]);
    assert!(desk.path("page/current/index.html").exists());
}

#[test]
fn the_tutorials_can_be_pasted_one_after_the_other() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mail = MailSink::default();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    runtime.spawn(mail.clone().serve(listener));

    let mut desk = Desk::new();
    let site = desk.path("status");
    // The five answers, without a sender, as the tutorial says.
    let answers = "--name Acme --url https://status.acme.example --languages en --features Checkout,Search";
    for block in blocks(include_str!("../../docs/tutorial/first-page.md"), "sh") {
        let at = if site.exists() { site.clone() } else { desk.path("") };
        desk.paste(&at, &block.replace("allclear init status", &format!("allclear init status {answers}")));
    }
    assert!(site.join("public/index.html").exists());

    let tutorial = include_str!("../../docs/tutorial/first-notification.md");
    let plan = blocks(tutorial, "toml").pop().unwrap();
    desk.append("status/site/plan.toml", &plan.replace("port = 25", &format!("port = {port}")));
    let printed: Vec<String> = blocks(tutorial, "sh").iter().map(|block| desk.paste(&site, block)).collect();
    let mails = mail.received();
    assert_eq!(mails.len(), 3, "the opening, the update and the end");
    assert!(mails.iter().all(|mail| mail.to.contains("you@example.org")));
    assert!(printed.iter().any(|printed| printed.contains("accepted by the provider")), "{printed:?}");
    assert!(printed.last().unwrap().contains("Search is slow"), "{printed:?}");
}
