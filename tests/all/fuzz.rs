//! Damaged input for everything that reads what others wrote: files, lists, imports, answers, receipts, records, passes.
//!
//! Nothing panics, nothing grows beyond a multiple of what was read, and what is accepted comes out as it went in. Two seconds for each
//! target, 8 where CI is set; `ALLCLEAR_FUZZ_SECONDS=600 cargo test --test all fuzz::` takes longer and then also holds each input to a time limit.
//! The seed is printed; an input that fails is kept below `target/fuzz`.

pub(crate) mod mutate;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use allclear::config;
use allclear::import;
use allclear::load::{parse_incident, write_incident};
use allclear::model::endpoint::Endpoint;
use allclear::model::localized::Language;
use allclear::model::pass::{PassKey, Purpose};
use allclear::model::segment::Condition;
use allclear::net::{BODY_BYTES_MAX, Client, Timeouts};
use allclear::provider::{Callback, KINDS, Method, Protocol, Response, Settings};
use allclear::publish::pointer::LiveBuild;
use allclear::publish::record::{BuildRecord, Lock};
use allclear::theme::Theme;
use allclear::theme::calendar::Zone;
use allclear::theme::markdown::{MarkdownContext, to_html, to_plain};

use crate::fixtures::judge::root;
use crate::fixtures::processor;
use mutate::Mutator;

/// How long a target is tried by default.
const SECONDS: u64 = 2;
/// The same where a machine has the time.
const SECONDS_IN_CI: u64 = 8;

/// The processor time that one input may take, if it is fuzzed by hand.
const INPUT_MAX: Duration = Duration::from_secs(5);

/// Files of the repository whose names end like that.
fn corpus(folder: &str, end: &str) -> Vec<Vec<u8>> {
    let files =
        walkdir::WalkDir::new(root().join(folder)).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files =
        files.filter(|entry| entry.file_type().is_file() && entry.path().to_string_lossy().ends_with(end));
    let found: Vec<Vec<u8>> = files.map(|entry| std::fs::read(entry.path()).unwrap()).collect();
    assert!(!found.is_empty(), "{folder} has no file {end}");
    found
}

/// Gives a target damaged input until its time is over.
fn fuzz(name: &str, corpus: &[Vec<u8>], target: impl Fn(&[u8])) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let by_hand = number("ALLCLEAR_FUZZ_SECONDS");
    let seed = number("ALLCLEAR_SEED").unwrap_or(1);
    let mut mutator = Mutator::new(seed, corpus);
    let (began, mut inputs, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
    let usual = if std::env::var_os("CI").is_some() { SECONDS_IN_CI } else { SECONDS };
    while began.elapsed() < Duration::from_secs(by_hand.unwrap_or(usual)) {
        let input = mutator.next();
        let mut outcome = Ok(());
        let took = processor::time_of(|| outcome = catch_unwind(AssertUnwindSafe(|| target(&input))));
        if let Err(panic) = outcome {
            let kept = root().join("target/fuzz");
            std::fs::create_dir_all(&kept).unwrap();
            std::fs::write(kept.join(name), &input).unwrap();
            println!("{name}: input {inputs} of seed {seed} fails; it is in target/fuzz/{name}");
            std::panic::resume_unwind(panic);
        }
        slowest = slowest.max(took);
        assert!(
            by_hand.is_none() || slowest < INPUT_MAX,
            "{name}: input {inputs} of seed {seed} took {slowest:?}"
        );
        inputs += 1;
    }
    println!("{name}: {inputs} inputs of seed {seed}, the slowest {slowest:?}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is accepted of an incident's file comes out as it went in.
fn in_and_out(bytes: &[u8]) {
    let parsed = parse_incident("incidents/a.md", &text(bytes));
    let Some(incident) = parsed.incident else {
        assert!(!parsed.problems.is_empty(), "nothing says why it is not read");
        return;
    };
    let written = write_incident(&incident);
    let again = parse_incident("incidents/a.md", &written);
    let Some(again) = again.incident else {
        panic!("what was accepted is not accepted again: {:?}\n{written}", again.problems)
    };
    assert_eq!(write_incident(&again), written, "it comes out as it went in");
}

#[test]
fn incident_files() {
    let corpus = [corpus("incidents", ".md"), corpus("tests/all/fixtures", ".rs")].concat();
    fuzz("incidents", &corpus, in_and_out);
}

#[test]
fn yaml_and_headings() {
    let incident = "---\ntitle: Payments fail\nseverity: major\naffected: {checkout: partial_outage, refunds: degraded}\n\
                    started: 2026-03-01T10:00:00Z\neta: unknown\nnext_update: 2026-03-01 12:00 Europe/Madrid\nimpact: |\n  Some\n  fail.\n\
                    workaround: >-\n  Pay\n  later.\n---\n\n\
                    ## 2026-03-01 10:40 UTC · Monitoring {severity=minor checkout=degraded eta=\"2026-03-01 12:00 UTC\"}\n\nBetter.\n\n\
                    ## 2026-03-01 11:20 +01:00 {audience=internal}\n\nIt is the card processor.\n\n\
                    ## 2026-03-01T10:00Z — Investigating {checkout=partial_outage next_update=2026-03-01T10:30Z}\n\nWe look.\n";
    let work = "---\nkind: maintenance\ntitle: \"Upgrade \\u2014 \\\"all\\\"\"\naffected:\n  - checkout\n  - search\nstarts: 2026-03-02 22:00 UTC\n\
                ends: open\ncompletes: by-word\nrepeats: {every: week, until: 2026-06-01}\nexcept: [2026-03-09]\n---\n\n\
                ## 2026-03-01 10:00 Europe/Madrid - Scheduled\n\nSoon.\n";
    fuzz("yaml", &[incident.into(), work.into()], in_and_out);
}

#[test]
fn conditions_of_segments() {
    let corpus = [
        "region = 'eu' and not (plan in ('free', 'trial') or \"Account Manager\" != 'O''Hara')",
        "a='b'or c.d_e-f in('g')",
        "not not región != ''",
    ];
    fuzz("segments", &corpus.map(|text| text.as_bytes().to_vec()), |bytes| {
        let condition = text(bytes);
        match Condition::read(&condition) {
            Ok(read) => {
                let again = Condition::read(&read.to_string());
                assert!(again == Ok(read.clone()), "{condition} is written as {read}");
                assert!(
                    read.columns().iter().all(|column| condition.contains(column) || column.contains('"'))
                );
            }
            Err(misread) => assert!(condition.is_char_boundary(misread.at), "{condition}: {misread:?}"),
        }
    });
}

#[test]
fn markdown() {
    let theme = Theme::built_in();
    let (zone, language) = (Zone::named("Europe/Madrid").unwrap(), Language::english());
    let reader = MarkdownContext { words: theme.words(&language), zone: &zone, base: "../" };
    let corpus = [corpus("incidents", ".md"), corpus("docs", ".md")].concat();
    fuzz("markdown", &corpus, |bytes| {
        let markdown = text(&bytes[..bytes.len().min(20_000)]);
        let html = to_html(&markdown, &reader);
        assert!(html.len() <= markdown.len() * 40 + 1_000, "{} bytes from {}", html.len(), markdown.len());
        let lower = html.to_lowercase();
        for never in ["<script", "<iframe", "<img", "<style", "href=\"javascript", "href=\"data:"] {
            assert!(!lower.contains(never), "{never} from {markdown}");
        }
        let plain = to_plain(&markdown, &reader);
        assert!(plain.len() <= markdown.len() * 20 + 1_000, "{} bytes from {}", plain.len(), markdown.len());
        assert!(!plain.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')), "{plain:?}");
    });
}

#[test]
fn pages_and_targets() {
    let corpus =
        [corpus("site", "page.toml"), corpus("docs", "publishing.md"), corpus("src/config", ".toml")]
            .concat();
    fuzz("pages", &corpus, |bytes| {
        let text = text(bytes);
        let (page, problems, _) = config::parse_page(&text);
        assert!(page.is_some() || !problems.is_empty(), "nothing says why it is not read: {text}");
        if let Some(page) = page.filter(|_| problems.is_empty()) {
            let written = config::write_page(&page);
            assert_eq!(config::parse_page(&written).0.as_ref(), Some(&page), "{written}");
        }
        if let Some(targets) = config::parse_targets(&text) {
            let with = |targets: &[_]| config::write_targets(targets);
            let again = config::parse_targets(&with(&targets));
            assert_eq!(again.map(|again| with(&again)), Some(with(&targets)));
        }
    });
}

#[test]
fn plans() {
    let corpus =
        [corpus("site", "plan.toml"), corpus("src/config", "plan.default.toml"), corpus("contrib", ".toml")]
            .concat();
    fuzz("plans", &corpus, |bytes| drop(config::parse_plan(&text(bytes))));
}

#[test]
fn lists_of_subscribers() {
    let page = config::read_page(root()).0.unwrap();
    let rows = "mail,text,follow,severity,language,time_zone\nana@example.org,+34600000001,checkout,major,es,Europe/Madrid\n\
                \"b\"\"o@example.org\";;;\n=cmd|' /C calc'!A0,+1 202 555 0100,,,,\n";
    fuzz("lists", &[rows.into(), rows.replace(',', ";").into(), rows.replace(',', "\t").into()], |bytes| {
        let list = import::subscribers::read("people.csv", bytes, &page);
        assert_eq!(list.lines.len(), list.rows.len());
        for endpoint in list.rows.iter().flat_map(|row| &row.endpoints) {
            assert_eq!(Endpoint::read(endpoint.expose()).as_ref(), Some(endpoint), "what goes in comes out");
        }
    });
}

#[test]
fn imports() {
    let issue = "---\ntitle: Payments fail\ndate: 2026-03-01 10:00:00\nresolved: true\nresolvedWhen: 2026-03-01 12:00:00\n\
                 severity: disrupted\naffected:\n  - Checkout\nsection: issue\n---\n\n*Resolved* - It is over. {{< track \"2026-03-01 12:00:00\" >}}\n\n\
                 *Investigating* - We look. {{< track \"2026-03-01 10:00:00\" >}}\n";
    let names = ["con.md", "a.md", "A.md", "../b.md", "é.md", "2026-03-01-payments.md"];
    fuzz("imports", &[issue.into(), corpus("incidents", ".md").concat()], |bytes| {
        let mut files = BTreeMap::from([(
            "config.yml".to_owned(),
            b"title: Status\nparams:\n  categories: []\n".to_vec(),
        )]);
        for (index, name) in names.iter().enumerate() {
            let from = bytes.len() * index / names.len() / 2;
            files.insert(format!("content/issues/{name}"), bytes[from..].to_vec());
        }
        let imported = import::cstate_files(&files, None);
        for incident in &imported.incidents {
            let written = write_incident(incident);
            let again = parse_incident(&incident.file, &written);
            assert!(again.incident.is_some(), "{}: {:?}\n{written}", incident.file, again.problems);
        }
    });
}

#[test]
fn answers_and_receipts_of_providers() {
    let corpus = corpus("tests/replies", ".toml");
    fuzz("providers", &corpus, |bytes| {
        let body = text(&bytes[..bytes.len().min(64 * 1_024)]);
        for kind in KINDS {
            let Protocol::Http(http) = &kind.protocol else { continue };
            for status in [200, 202, 400, 404, 429, 500] {
                let reply =
                    (http.classify)(&Response { status, retry_after: None, headers: &[], body: &body });
                assert!(
                    reply.words.chars().count() <= 300 && !reply.words.contains(char::is_control),
                    "{:?}",
                    reply.words
                );
                assert!(!reply.words.contains('@'), "{:?}", reply.words);
            }
            let settings = Settings::default();
            let callback = Callback::new("a", &settings, (Method::Post, &body), &body);
            if let Some(reports) = http.reports {
                let told = reports(&callback);
                assert!(
                    told.is_err() || told.is_ok_and(|told| told.is_empty()),
                    "{} believes a stranger",
                    kind.word
                );
            }
        }
    });
}

#[test]
fn records_and_pointers_of_targets() {
    let record = br#"{"version":1,"files":{"index.html":["0f",12]},"retired":{"old/index.html":"2026-03-01T10:00:00Z"},"due":["a"],"written":["b"]}"#;
    let pointer = br#"{"version":1,"build":"0f0f","commit":"abc","commit_time":"2026-03-01T10:00:00Z","parent":null,"past":[]}"#;
    fuzz("records", &[record.to_vec(), pointer.to_vec()], |bytes| {
        if let Ok(record) = BuildRecord::from_json("a", bytes) {
            let names = record
                .manifest
                .files
                .keys()
                .chain(record.retired.keys())
                .chain(&record.due)
                .chain(&record.written);
            for name in names {
                assert!(!name.starts_with('/') && !name.split('/').any(|part| part == ".."), "{name}");
            }
            assert_eq!(BuildRecord::from_json("a", &record.to_json()).as_ref(), Ok(&record));
        }
        if let Ok(pointer) = LiveBuild::from_json(bytes) {
            let again = LiveBuild::from_json(pointer.to_json().as_bytes());
            assert_eq!(again.map(|again| again.to_json()), Ok(pointer.to_json()));
        }
        drop(Lock::from_json(bytes));
    });
}

#[test]
fn passes_of_the_desk() {
    let key = PassKey::new("0123456789abcdef0123456789abcdef").unwrap();
    let now = "2026-03-01T10:00:00Z".parse().unwrap();
    let purposes = [Purpose::Confirm, Purpose::Code, Purpose::Manage, Purpose::Leave];
    let issued: Vec<String> =
        purposes.iter().map(|purpose| key.issue(*purpose, "subscriber", None)).collect();
    let corpus: Vec<Vec<u8>> = issued.iter().map(|pass| pass.clone().into_bytes()).collect();
    fuzz("passes", &corpus, |bytes| {
        let pass = text(bytes);
        for (purpose, own) in purposes.iter().zip(&issued) {
            assert_eq!(key.check(*purpose, &pass, now).is_ok(), pass == *own, "{pass}");
        }
    });
}

/// Answers the next caller with these bytes, whatever the caller says.
fn answer(listener: &TcpListener, bytes: &[u8]) {
    let (mut stream, _) = listener.accept().unwrap();
    let _gone = stream.write_all(bytes);
    let _gone = stream.shutdown(std::net::Shutdown::Write);
    let _heard = std::io::copy(&mut stream, &mut std::io::sink());
}

#[test]
fn answers_of_servers() {
    let answers: [&[u8]; 4] = [
        b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nlater",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 429 Slow\r\nRetry-After: Sun, 01 Mar 2026 10:00:00 GMT\r\n\r\n\xff\xfe",
    ];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let limits = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(5) };
    let now = "2026-03-01T10:00:00Z".parse().unwrap();
    let client = runtime.block_on(async { Client::new(limits).unwrap() });
    fuzz("servers", &answers.map(<[u8]>::to_vec), |bytes| {
        // A port for each answer, so that no connection is used a second time.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::scope(|scope| {
            scope.spawn(|| answer(&listener, bytes));
            let url = format!("http://127.0.0.1:{port}/send");
            match runtime.block_on(client.get(&url, &[("password", "s3cret")], now)) {
                Ok(answer) => assert!(answer.body.len() <= BODY_BYTES_MAX, "{} bytes", answer.body.len()),
                Err(error) => {
                    let said = error.to_string();
                    assert!(!said.contains("s3cret") && !said.contains(char::is_control), "{said:?}");
                }
            }
            // Without a request nobody came, and the listener waits.
            drop(TcpStream::connect(("127.0.0.1", port)));
        });
    });
}

#[test]
fn answers_of_relays() {
    let greeting = b"220 relay.test ESMTP\r\n250-relay.test\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n220 go\r\n235 2.7.0 ok\r\n221 bye\r\n";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    fuzz("relays", &[greeting.to_vec(), b"421 4.3.2 no\r\n".to_vec()], |bytes| {
        let settings =
            Settings::default().with("host", "127.0.0.1").with("port", port).with("security", "none");
        std::thread::scope(|scope| {
            scope.spawn(|| answer(&listener, bytes));
            let greeted =
                runtime.block_on(allclear::deliver::check_smtp_login("a", &settings, root(), "me.test"));
            let said = greeted.err().unwrap_or_default();
            assert!(said.len() <= 2_000 && !said.contains(|c: char| c.is_control()), "{said:?}");
        });
    });
}
