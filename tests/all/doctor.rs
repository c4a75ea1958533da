//! `allclear doctor` against a name server, a web server and a mail relay that say what a test wants.

mod cdn;
mod ledger;

use std::fs;
use std::path::Path;

use allclear::net::dns::{Data, Kind, NameServer};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixtures::edge::Origin;
use crate::fixtures::house::House;
use crate::fixtures::part::{self, Part, run, wait_for};
use crate::fixtures::port::free_port;
use crate::fixtures::snapshot::{is_as_before, session};

/// NSD with the zones of a small internet.
struct Names {
    port: u16,
    _own: TempDir,
    _nsd: Part,
}

impl Names {
    /// Zones, each with its records; each gets the DNS servers it is given.
    fn start(zones: &[(&str, &[&str], &str)]) -> Self {
        let own = tempfile::tempdir().unwrap();
        let (port, at) = (free_port(), own.path().display().to_string());
        let mut conf = format!(
            "server:\n ip-address: 127.0.0.1\n port: {port}\n username: \"\"\n zonesdir: \"{at}\"\n database: \"\"\n \
             pidfile: \"{at}/pid\"\n xfrdfile: \"{at}/xfrd\"\n zonelistfile: \"{at}/list\"\n server-count: 1\n\
             remote-control:\n control-enable: no\n"
        );
        for (zone, servers, records) in zones {
            let mut text = format!("$ORIGIN {zone}.\n$TTL 60\n@ SOA ns.{zone}. host.{zone}. 1 60 60 60 60\n");
            servers.iter().for_each(|server| text.push_str(&format!("@ NS {server}.\n")));
            text.push_str(records);
            fs::write(own.path().join(zone), text + "\n").unwrap();
            conf.push_str(&format!("zone:\n name: {zone}\n zonefile: {zone}\n"));
        }
        let file = own.path().join("nsd.conf");
        fs::write(&file, conf).unwrap();
        let nsd = Part::start(own.path(), "nsd", &["-d", "-c", file.to_str().unwrap()]);
        let names = Self { port, _own: own, _nsd: nsd };
        let first = zones[0].0;
        assert!(wait_for(|| names.ask(first, Kind::Ns).ok()).is_some(), "nsd does not answer");
        names
    }

    fn ask(&self, name: &str, kind: Kind) -> Result<Vec<Data>, String> {
        let wait = std::time::Duration::from_millis(500);
        let server = NameServer { address: ([127, 0, 0, 1], self.port).into(), wait };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let answer = runtime.block_on(server.ask(name, kind, 4711)).map_err(|error| error.to_string())?;
        Ok(answer.into_iter().map(|record| record.data).collect())
    }
}

/// Runs the doctor and gives its findings as `about check level: words`.
fn examined(house: House, names: &Names) -> (House, Vec<String>) {
    let server = format!("127.0.0.1:{}", names.port);
    let arguments = ["doctor", "--name-server", &server, "--timeout", "2s", "--format", "json"];
    let house = house.run(&arguments);
    let report: Value =
        serde_json::from_str(&house.stdout()).unwrap_or_else(|_| panic!("{}", house.stderr()));
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let line = |finding: &Value| {
        // Each fault says what to do.
        let has_hint = finding["hint"].as_str().is_some_and(|hint| hint.len() > 20);
        assert_eq!(has_hint, finding["level"] == "fault", "{finding}");
        let [about, check, level, words] = ["about", "check", "level", "words"].map(|key| word(finding, key));
        format!("{about} · {check} · {level}: {words}")
    };
    let lines = report["findings"].as_array().unwrap().iter().map(line).collect();
    (house, lines)
}

#[track_caller]
fn has(lines: &[String], wanted: &str) {
    assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted:?} is not in {lines:#?}");
}

#[track_caller]
fn lacks(lines: &[String], unwanted: &str) {
    let found = lines.iter().find(|line| line.contains(unwanted));
    assert!(found.is_none(), "{found:?}");
}

fn target(name: &str, url: &str) -> String {
    format!(
        "\n[[targets]]\nname = \"{name}\"\nkind = \"folder\"\npath = \"{name}\"\nswitch = \"in-place\"\nurl = \
         \"{url}\"\n"
    )
}

#[test]
fn a_name_server_is_asked_and_believed() {
    let long = "x".repeat(250);
    let many: String = (0..9).map(|number| format!("many TXT \"{number}{long}\"\n")).collect();
    let records = format!(
        "www CNAME cdn\ncdn A 192.0.2.1\ncdn AAAA 2001:db8::1\n@ MX 10 mail\npieces TXT \"one \" \"and two\"\n{many}"
    );
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], &records)]);
    let alias = Data::Alias("cdn.acme.test".to_owned());
    let four = Data::Address("192.0.2.1".parse().unwrap());
    assert_eq!(names.ask("WWW.acme.test.", Kind::A).unwrap(), [four, alias.clone()]);
    let six = Data::Address("2001:db8::1".parse().unwrap());
    assert_eq!(names.ask("www.acme.test", Kind::Aaaa).unwrap(), [six, alias]);
    let servers = [Data::NameServer("ns1.dns.test".to_owned())];
    assert_eq!(names.ask("acme.test", Kind::Ns).unwrap(), servers);
    assert_eq!(names.ask("acme.test", Kind::Mx).unwrap(), [Data::MailHost("mail.acme.test".to_owned())]);
    let pieces = [Data::Text("one and two".to_owned())];
    assert_eq!(names.ask("pieces.acme.test", Kind::Txt).unwrap(), pieces);
    assert_eq!(names.ask("many.acme.test", Kind::Txt).unwrap().len(), 9, "too long for a datagram");
    assert_eq!(names.ask("nobody.acme.test", Kind::A).unwrap(), []);
    assert_eq!(names.ask("acme.test", Kind::Txt).unwrap(), []);
    assert!(names.ask("elsewhere.test", Kind::A).unwrap_err().contains("failed ("));
}

#[test]
fn whatever_the_page_shares_is_a_warning() {
    let origin =
        |network: &str| format!("1.2.0.192.origin.asn TXT \"{network} | 192.0.2.0/24 | DE | ripencc |\"\n");
    let names = Names::start(&[
        ("acme.test", &["ns1.dns.test", "ns2.dns.test"], "status CNAME acme.fastly.net.\nshop A 192.0.2.1\n"),
        ("fastly.net", &["ns.fastly.net"], "acme A 198.51.100.7\n"),
        ("status.test", &["ns.other.test"], "@ A 192.0.2.1\n"),
        ("apart.test", &["ns.apart.test"], "@ A 203.0.113.9\n"),
        (
            "cymru.com",
            &["ns.cymru.test"],
            &format!(
                "{}7.100.51.198.origin.asn TXT \"64501 | 198.51.100.0/24 | US | arin |\"\n\
                 AS64500.asn TXT \"64500 | DE | ripencc | 2001-01-01 | ACME-NET, DE\"\n",
                origin("64500")
            ),
        ),
    ]);
    let mut house = House::new();
    let page = format!(
        "product_domains = [\"shop.acme.test\"]\n{}{}{}{}",
        house.read("site/page.toml"),
        target("one", "https://status.acme.test"),
        target("two", "https://status.test"),
        target("three", "https://apart.test")
    );
    house.write("site/page.toml", &page);
    let (house, lines) = examined(house, &names);
    let house = house.exited(1);
    has(
        &lines,
        "target one · hosting · fine: status.acme.test: network AS64501; name servers ns1.dns.test, ns2.dns.test; \
         cache Fastly",
    );
    has(
        &lines,
        "target one · shared-name-servers · warning: shares name servers with your shop.acme.test: ns1.dns.test, \
         ns2.dns.test",
    );
    has(
        &lines,
        "target two · shared-network · warning: shares a network with your shop.acme.test: AS64500 (ACME-NET, DE)",
    );
    has(
        &lines,
        "target three · hosting · fine: apart.test: network 203.0.113.0/24; name servers ns.apart.test",
    );
    lacks(&lines, "target three · shared");
    lacks(&lines, "target two · shared-name-servers");
    has(&lines, "product · registrar · unknown");
    has(&lines, "target one · answers · fault: https://status.acme.test does not answer");
    // A host that is not reached is unknown, not apart.
    has(&lines, "target three · hosting · unknown: failed to determine its certificate");
    drop(house);
}

#[test]
fn a_target_is_tried_and_read_as_readers_read_it() {
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
    let mut house = House::new();
    fs::create_dir_all(house.path().join("here")).unwrap();
    let origin = Origin::start(&house.path().join("here"));
    let page = house.read("site/page.toml") + &target("here", &origin.url());
    house.write("site/page.toml", &page);
    let (house, lines) = examined(house, &names);
    has(&lines, "target here · writable · fine: folder: writable, and supports conditional writes");
    has(&lines, "target here · answers · fault:");
    has(&lines, "target here · build · warning:");
    has(&lines, "targets · one-target · warning:");
    has(&lines, "target here · certificate · warning:");
    lacks(&lines, "does not exist: nothing was published yet\" · fine");
    let files = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let before = files(&house.path().join("here"));

    let house = house.run(&["publish", "--no-verify"]).succeeded();
    let (house, lines) = examined(house, &names);
    has(&lines, "target here · answers · fine:");
    has(&lines, "target here · build · fine: build ");
    // This nginx says less than the page was published with.
    has(&lines, "target here · cache-control · warning: /index.html arrives with");
    lacks(&lines, "/_allclear/build.json arrives");
    assert!(files(&house.path().join("here")) > before);

    let page = house.read("site/page.toml").replace("path = \"here\"", "path = \"/proc/nowhere\"");
    let (house, lines) = examined(house.file("site/page.toml", &page), &names);
    has(&lines, "target here · writable · fault: folder:");
    drop(house.exited(1));
}

#[test]
fn a_remote_and_a_program_are_looked_for_and_a_file_is_no_folder() {
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
    let (mut house, dead) = (House::new().file("note", "x"), crate::fixtures::port::free_port());
    let mut page = house.read("site/page.toml");
    for (name, rest) in [
        ("file", "kind = \"folder\"\npath = \"note\"".to_owned()),
        (
            "remote",
            format!("kind = \"branch\"\nremote = \"http://127.0.0.1:{dead}/x.git\"\nbranch = \"pages\""),
        ),
        ("missing", "kind = \"command\"\nrun = [\"no-such-program\"]".to_owned()),
        ("there", "kind = \"command\"\nrun = [\"true\"]".to_owned()),
    ] {
        page.push_str(&format!("\n[[targets]]\nname = \"{name}\"\n{rest}\n"));
    }
    house.write("site/page.toml", &page);
    std::process::Command::new("git").args(["init", "--quiet"]).current_dir(house.path()).status().unwrap();
    let (house, lines) = examined(house, &names);
    has(&lines, "target file · writable · fault: folder: failed to start: not a directory");
    has(&lines, "target remote · writable · fault: branch: failed to reach the remote");
    has(
        &lines,
        "target missing · writable · fault: command: failed to start: there is no program `no-such-program`",
    );
    has(&lines, "target there · writable · unknown: command: reached;");
    drop(house.exited(1));
}

#[test]
fn what_is_known_of_our_mail_is_held_against_the_plan() {
    let mut house = House::new();
    let key = house.path().join("dkim.pem");
    run("openssl", &["genpkey", "-algorithm", "ed25519", "-out", key.to_str().unwrap()]);
    let public = std::process::Command::new("openssl")
        .args(["pkey", "-in", key.to_str().unwrap(), "-pubout", "-outform", "DER"])
        .output()
        .unwrap()
        .stdout;
    let public = data_encoding::BASE64.encode(&public[public.len() - 32..]);
    let dkim =
        "\n[mail.dkim]\ndomain = \"acme.test\"\nselector = \"s1\"\nkey = { file = \"dkim.pem\" }\n\n[text]";
    let plan = house.read("site/plan.toml").replacen("\n[text]", dkim, 1);
    house.write("site/plan.toml", &plan);

    let good = format!(
        "@ TXT \"v=spf1 include:relay.test -all\"\n@ TXT \"other=1\"\n_dmarc TXT \"v=DMARC1; p=reject\"\n\
         s1._domainkey TXT \"v=DKIM1; k=ed25519; p={public}\"\n"
    );
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], &good)]);
    let (house, lines) = examined(house, &names);
    has(&lines, "email from acme.test · spf · fine");
    has(&lines, "email from acme.test · dkim · fine: the DKIM key at s1._domainkey.acme.test is the plan's");
    has(&lines, "email from acme.test · dmarc · fine: its DMARC policy is `reject`");
    has(&lines, "provider relay · reachable · fine");
    has(&lines, "provider gateway · reachable · fine");

    let other = format!("A{}", &public[1..]);
    let bad = format!(
        "@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf1 +all\"\n_dmarc TXT \"v=DMARC1; p=none\"\n\
         s1._domainkey TXT \"v=DKIM1; k=ed25519; p={other}\"\n"
    );
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], &bad)]);
    let (house, lines) = examined(house.mail_server_down(true), &names);
    has(&lines, "email from acme.test · spf · fault: has 2 SPF records");
    has(
        &lines,
        "email from acme.test · dkim · fault: the DKIM key at s1._domainkey.acme.test does not match the one \
         in site/plan.toml",
    );
    has(&lines, "email from acme.test · dmarc · warning");
    has(&lines, "provider relay · reachable · fault");
    let house = house.exited(1);

    let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
    let (house, lines) = examined(house, &names);
    has(&lines, "spf · fault: has no SPF record");
    has(&lines, "dkim · fault: there is no DKIM key");
    has(&lines, "dmarc · fault: has no DMARC record");
    drop(house);
}

#[test]
fn a_certificate_is_read_whoever_vouches_for_it() {
    let own = tempfile::tempdir().unwrap();
    let at = |name: &str| own.path().join(name).display().to_string();
    for (days, level) in [
        ("200", "fine: certificate of Acme Trust, valid for"),
        ("5", "warning: the certificate of Acme Trust expires in"),
    ] {
        run(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                days,
                "-subj",
                "/O=Acme Trust/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                &at("key.pem"),
                "-out",
                &at("cert.pem"),
            ],
        );
        let port = free_port();
        let server = [
            "s_server",
            "-accept",
            &format!("127.0.0.1:{port}"),
            "-www",
            "-key",
            &at("key.pem"),
            "-cert",
            &at("cert.pem"),
        ];
        let _server = Part::start(own.path(), "openssl", &server);
        part::wait_for_port(port);
        let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
        let mut house = House::new();
        // The certificate is of today, so the doctor's clock is too.
        house.now = chrono::Utc::now().to_rfc3339();
        let page = house.read("site/page.toml") + &target("here", &format!("https://localhost:{port}"));
        house.write("site/page.toml", &page);
        let (house, lines) = examined(house, &names);
        has(&lines, &format!("target here · certificate · {level}"));
        // Nobody vouches for it, so readers get nothing.
        has(&lines, "target here · answers · fault");
        drop(house.exited(1));
    }
}

/// As an operator reads it, without what the machine and the hour decide.
#[test]
fn what_the_doctor_prints() {
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
    let house = House::new();
    let server = format!("127.0.0.1:{}", names.port);
    let house = house.run(&["doctor", "--name-server", &server, "--timeout", "2s"]);
    is_as_before("doctor.txt", &session(&house, &["doctor", "--name-server", &server, "--timeout", "2s"]));
}
