//! slowhttptest in three modes (slow headers, slow bodies, slow reading) against every port at once: health, receipts, the desk, preview.
//! The page, the mail and every port work meanwhile.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixtures::browser;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;
use crate::fixtures::skip::skip;

const MODES: [(&str, &str); 3] = [("-H", "headers"), ("-B", "bodies"), ("-X", "reading")];

/// More connections than a process has descriptors where nobody raised the limit.
const CONNECTIONS: &str = "400";

/// An attack on an address for some seconds.
fn attack(mode: &str, url: &str) -> Child {
    let mut attack = Command::new("slowhttptest");
    attack.args([mode, "-c", CONNECTIONS, "-r", "400", "-i", "1", "-l", "4", "-p", "2", "-u", url]);
    attack.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn slow_callers_keep_nobody_from_the_page_the_mail_and_the_ports() {
    if !Path::new("/usr/bin/slowhttptest").exists() {
        return skip("slowhttptest is not installed");
    }
    let (receipts, desk, preview) = (free_port(), free_port(), free_port());
    let mut house = House::new().subscriber("ana@example.org").restless();
    let plan = house.read("site/plan.toml");
    house.write(
        "site/plan.toml",
        &format!(
            "{plan}dlr_url = \"http://127.0.0.1:{receipts}/reports/gateway\"\n\n[desk]\nurl = 'http://127.0.0.1:{desk}'\n\
             listen = '127.0.0.1:{desk}'\nsecret = {{ file = 'desk-secret' }}\n"
        ),
    );
    house.write("desk-secret", "0123456789abcdef0123456789abcdef\n");
    let run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let health = run.hears("health at http://", "/healthz");
    let desk_runs = Running::start(&house, &["desk"]);
    desk_runs.says("desk at http://");
    let shows = Running::start(&house, &["preview", "--port", &preview.to_string()]);
    let local = |port: u16| format!("127.0.0.1:{port}");
    let ports = [
        (health, "/healthz", "200"),
        (local(receipts), "/reports/gateway", "40"),
        (local(desk), "/", "200"),
        (local(preview), "/", "200"),
    ];
    wait_until("every port", || {
        ports.iter().all(|(address, ..)| std::net::TcpStream::connect(address).is_ok())
    });
    for (number, (mode, name)) in MODES.into_iter().enumerate() {
        let mut attacks: Vec<Child> =
            ports.iter().map(|(address, path, _)| attack(mode, &format!("http://{address}{path}"))).collect();
        std::thread::sleep(Duration::from_secs(1));
        let incident = format!("incident-{number}");
        house = house.incident(&incident, "2026-03-01 10:00", "Investigating");
        for (address, path, status) in &ports {
            let began = Instant::now();
            let answer = browser::get(address, path);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{name} {address}{path}: {answer}");
            println!("{name}: {path} of {address} after {:?}", began.elapsed());
        }
        let page = || fs::read_to_string(house.path().join("public/index.html")).unwrap_or_default();
        wait_until("the page", || page().contains(&incident));
        wait_until("the mail", || house.mails().len() == number + 1);
        for attack in &mut attacks {
            let _over_already = attack.kill();
            attack.wait().unwrap();
        }
    }
    drop((run, desk_runs, shows));
}
