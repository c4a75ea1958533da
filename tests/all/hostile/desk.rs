//! The hostile lines at the desk: as the names of a page, as what visitors type, send and ask for, and in the headers they send.
//!
//! Nothing of them runs, and no page has a form or a field more than the same page with harmless words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::lines::lines;
use super::refused;
use crate::desk::counter::{Answer, Counter};
use crate::fixtures::house::House;
use crate::fixtures::judge::{there_is, told};

/// The most bytes of a portion of lines once it is encoded: the desk takes heads of 16 KB and bodies of 64 KB.
const QUERY_BYTES: usize = 8_000;
const FIELD_BYTES: usize = 15_000;

/// How many lines are the name of a feature together.
const LINES_PER_FEATURE: usize = 40;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The lines, as many together as an encoded text may have bytes.
fn portions(lines: &[String], bytes_max: usize) -> Vec<String> {
    let mut portions = vec![String::new()];
    for line in lines {
        let last = portions.last_mut().unwrap();
        if encoded(last).len() + encoded(line).len() < bytes_max {
            last.push_str(line);
        } else {
            portions.push(line.clone());
        }
    }
    portions
}

/// A page whose names are the lines, as far as a name may hold them.
fn page(lines: &[String]) -> String {
    let quoted = |lines: &[String]| {
        let name = lines.join(" ").replace(refused, " ");
        toml::Value::String(name.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
    };
    let mut page = format!(
        "name = {}\nurl = \"https://status.acme.test\"\nlanguages = [\"en\"]\ntime_zone = \"Europe/Madrid\"\n\n\
         [[groups]]\nname = {}\n",
        quoted(&lines[..20]),
        quoted(&lines[20..40]),
    );
    for (number, lines) in lines.chunks(LINES_PER_FEATURE).enumerate() {
        let (name, id) = (quoted(lines), format!("feature-{number}"));
        write!(page, "\n[[groups.features]]\nid = \"{id}\"\nname = {name}\ndescription = {name}\n").unwrap();
    }
    page
}

/// The pages that a visitor of a desk gets, each with its kind, in a folder.
struct Visit {
    folder: tempfile::TempDir,
    pages: Vec<(&'static str, PathBuf)>,
    desk: String,
}

impl Visit {
    fn keep(&mut self, kind: &'static str, answer: &Answer) {
        assert!(answer.head.contains("text/html"), "{kind}: {}", answer.head);
        let path = self.folder.path().join(format!("{}.html", self.pages.len()));
        std::fs::write(&path, &answer.body).unwrap();
        self.pages.push((kind, path));
    }

    /// Walks through a desk whose page and visitors use those lines.
    fn with(lines: &[String]) -> Self {
        let mut house = House::new();
        house.write("site/page.toml", &page(lines));
        let mut counter = Counter::open(house);
        let (folder, desk) = (tempfile::tempdir().unwrap(), counter.url());
        let mut visit = Self { folder, pages: Vec::new(), desk };
        visit.keep("form", &counter.get("/"));
        visit.strangers(&counter, lines);
        visit.subscriber(&mut counter);
        drop(counter.close());
        visit
    }

    /// Visitors who send the lines in every field, address and header.
    fn strangers(&mut self, counter: &Counter, lines: &[String]) {
        for portion in portions(lines, FIELD_BYTES) {
            let fields = ["address", "feature", "severity", "language", "zone", "website"]
                .map(|name| (name, &*portion));
            self.keep("typed", &counter.post("/", &fields[..1]));
            self.keep("typed", &counter.post("/", &fields[..4]));
            self.keep("code", &counter.post("/code", &[("pass", &portion), ("code", &portion)]));
            self.keep(
                "typed",
                &counter.post("/", &[&fields[4..5], &[("address", "ana@example.org")]].concat()),
            );
        }
        for portion in portions(lines, QUERY_BYTES) {
            let word = encoded(&portion);
            self.keep("form", &counter.get(&format!("/?feature={word}")));
            self.keep("form", &counter.get(&format!("/?lang={word}&{word}={word}")));
            for way in ["confirm", "leave", "manage"] {
                self.keep("nowhere", &counter.get(&format!("/{way}/{word}")));
            }
        }
        for line in lines {
            let value: String = line.chars().filter(|c| !c.is_control()).collect();
            let headers =
                ["accept-language", "x-forwarded-for", "referer", "user-agent"].map(|name| (name, &*value));
            let answer = counter.ask("GET", "/", &headers, "");
            assert_eq!(answer.status, 200, "{line:?}");
        }
    }

    /// A person with an address of strange letters who subscribes, looks, changes, leaves and comes back.
    fn subscriber(&mut self, counter: &mut Counter) {
        let address = "a'&`{{7*7}}|b@example.org";
        self.keep("sent", &counter.post("/", &[("address", address)]));
        let mail = counter.mail_to(address);
        let confirm = counter.link(&mail, "/confirm/");
        self.keep("confirm", &counter.get(&confirm));
        let done = counter.post(&confirm, &[]);
        self.keep("done", &done);
        let start = done.body.find("/manage/").unwrap();
        let manage = done.body[start..].split(['?', '"']).next().unwrap().to_owned();
        self.keep("manage", &counter.get(&manage));
        self.keep("saved", &counter.post(&manage, &[("follow", "some"), ("feature", "feature-1")]));
        self.keep("wrong", &counter.post(&manage, &[("follow", "some"), ("feature", "<b onclick=pwn()>")]));
        for (kind, way) in [("left", "leave"), ("back", "back"), ("erase", "erase"), ("erased", "erase/sure")]
        {
            self.keep(kind, &counter.post(&format!("{manage}/{way}"), &[]));
        }
    }

    /// How many forms and fields each kind of page has; it is the same for all of a kind.
    fn controls(&self) -> BTreeMap<&'static str, u64> {
        let pages: Vec<&PathBuf> = self.pages.iter().map(|(_, path)| path).collect();
        let told = told("hostile/visit.js", &[Path::new(&self.desk)], &pages);
        assert_eq!(told["complaints"], serde_json::json!([]));
        assert_eq!(told["seen"], pages.len());
        let mut controls = BTreeMap::new();
        for ((kind, path), count) in self.pages.iter().zip(told["controls"].as_array().unwrap()) {
            let count = count.as_u64().unwrap();
            let first = *controls.entry(*kind).or_insert(count);
            assert_eq!(first, count, "{kind}: {}", std::fs::read_to_string(path).unwrap());
        }
        controls
    }
}

#[test]
fn nothing_runs_on_the_pages_of_the_desk() {
    if !there_is("npm") {
        return;
    }
    let lines = lines();
    let harmless: Vec<String> = (0..lines.len()).map(|number| format!("word{number}")).collect();
    let (hostile, harmless) = (Visit::with(&lines), Visit::with(&harmless));
    assert_eq!(hostile.controls(), harmless.controls());
}
