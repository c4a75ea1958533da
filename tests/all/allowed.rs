//! `--allow-hosts` and `--allow`: what a merged commit may name. Whatever is not on the list is refused at its line, and nothing
//! is contacted, executed or written.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fixtures::house::House;

/// A server that counts its callers.
fn trap() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let callers = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&callers);
    std::thread::spawn(move || {
        for _caller in listener.incoming() {
            seen.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, callers)
}

/// A list outside the site.
fn list(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("allow");
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn a_plan_that_sends_the_password_elsewhere_is_refused_before_anyone_is_called() {
    let (port, callers) = trap();
    let house = House::new().subscriber("ana@example.org");
    let plan = house.read("site/plan.toml");
    let own = plan.lines().find_map(|line| line.strip_prefix("port = ")).unwrap().to_owned();
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let moved = plan.replace(&format!("port = {own}"), &format!("port = {port}"));
    let house = house.file("site/plan.toml", &moved);
    let hosts = format!("127.0.0.1:{own},*.example.org");
    for command in [&["notify", "--yes"][..], &["deliver"], &["check"]] {
        let arguments = [command, &["--allow-hosts", &hosts]].concat();
        let refused = house_run(&house, &arguments);
        assert_eq!(refused.0, Some(3), "{}", refused.1);
        assert!(refused.1.contains("is not on the list of allowed hosts"), "{}", refused.1);
        assert!(refused.1.contains("site/plan.toml:"), "at its line: {}", refused.1);
    }
    assert_eq!(callers.load(Ordering::SeqCst), 0);
    assert!(house.mails().is_empty());
    let house = house.file("site/plan.toml", &plan);
    let (_folder, file) = list(&format!("host 127.0.0.1\nhost localhost:{own}\n"));
    let told = house.run(&["notify", "--yes", "--allow", &file]).succeeded();
    drop(told.mailed("ana@example.org", "payments"));
}

/// The exit code and what was said.
fn house_run(house: &House, arguments: &[&str]) -> (Option<i32>, String) {
    let output = house.command(arguments).output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout),
    )
}

#[test]
fn a_target_that_runs_a_program_or_writes_elsewhere_is_refused_unless_it_is_listed_as_it_is() {
    let house = House::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let proof = elsewhere.path().join("proof");
    let target = format!(
        "\n[[targets]]\nname = \"mirror\"\nkind = \"command\"\nrun = [\"touch\", \"{}\"]\n\
         url = \"https://status.example.org\"\n",
        proof.display()
    );
    let house = house.file("site/page.toml", &format!("{}{target}", House::new().read("site/page.toml")));
    let hosts = "--allow-hosts=*.example.org,*.example.com,*.example";
    let (code, said) = house_run(&house, &["publish", hosts]);
    assert!(said.contains("targets[0].run") && code != Some(0), "{said}");
    assert!(!proof.exists(), "nothing ran: {said}");
    let (_folder, file) = list(&format!("host *.example.org\ncommand touch {}\n", proof.display()));
    let (_, said) = house_run(&house, &["publish", "--allow", &file]);
    assert!(proof.exists(), "{said}");
}

#[test]
fn a_list_that_a_commit_could_change_or_that_says_nothing_stops_everything() {
    let house = House::new().file("site/allow", "host *\n");
    let own = house.path().join("site/allow");
    let (code, said) = house_run(&house, &["check", "--allow", own.to_str().unwrap()]);
    assert!(code == Some(2) && said.contains("within the site"), "{said}");
    let (_folder, file) = list("host a.example.org\nevil.test\n");
    let (code, said) = house_run(&house, &["check", "--allow", &file]);
    assert!(code == Some(2) && said.contains(":2: begin the line with"), "{said}");
    let mut command = house.command(&["check"]);
    let output = command.env("ALLCLEAR_ALLOW", "/nowhere/at/all").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "a list that is named and not there is no list at all");
}

#[test]
fn a_program_gets_the_variables_that_are_listed_and_no_secret() {
    let house = House::new();
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let target = format!(
        "\n[[targets]]\nname = \"mirror\"\nkind = \"command\"\nrun = [\"sh\", \"-c\", \"env > {}\"]\n\
         environment = [\"WANTED\"]\nurl = \"https://status.example.org\"\n",
        seen.display()
    );
    let house = house.file("site/page.toml", &format!("{}{target}", House::new().read("site/page.toml")));
    let mut command = house.command(&["publish"]);
    command.env("WANTED", "yes").env("CANARY_TOKEN", "hunter2").output().unwrap();
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.contains("WANTED=yes") && seen.contains("PATH="), "{seen}");
    assert!(!seen.contains("hunter2") && !seen.contains("s3cret"), "{seen}");
}
