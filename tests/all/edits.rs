//! Edits of announced texts, judged through the binary: which are lost in silence, and which are announced for nothing.
//!
//! Each row of `edits/*.tsv` is an open incident of its own, announced with one text and then edited; its label was written before
//! the program judged it. The figures are those of one dry run per language.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fixtures::house::House;

/// Of a hundred edits that change the meaning, at most this many may be silent.
const MATERIAL_SILENT_MAX: usize = 1;
/// Of a hundred edits that change no meaning, at most this many may be announced as corrections without a question.
const COSMETIC_TOLD_MAX: usize = 8;
/// Of a hundred edits that change no meaning, the operator is asked about at most this many.
const COSMETIC_ASKED_MAX: usize = 20;

const TABLES: [(&str, &str); 4] = [
    ("en", include_str!("edits/en.tsv")),
    ("de", include_str!("edits/de.tsv")),
    ("es", include_str!("edits/es.tsv")),
    ("fr", include_str!("edits/fr.tsv")),
];

struct Row {
    id: String,
    is_material: bool,
    field: &'static str,
    kind: &'static str,
    before: String,
    after: String,
}

#[derive(Default)]
struct Figures {
    material: usize,
    cosmetic: usize,
    lost: usize,
    told: usize,
    asked: usize,
}

#[test]
fn labelled_edits_in_four_languages_are_told_asked_about_or_silent_as_promised() {
    let mut whole = Figures::default();
    for (language, table) in TABLES {
        let rows = rows(language, table);
        let verdicts = verdicts(language, &rows);
        let mut figures = Figures::default();
        for row in &rows {
            figures.count(row, verdicts.get(&row.id).map_or("silent", String::as_str));
        }
        println!("{language}: {}", figures.sentence());
        whole.add(&figures);
    }
    println!("edits: {}", whole.sentence());
    let is_at_most = |found: usize, of: usize, percent: usize| found * 100 <= of * percent;
    assert!(is_at_most(whole.lost, whole.material, MATERIAL_SILENT_MAX), "{}", whole.sentence());
    assert!(is_at_most(whole.told, whole.cosmetic, COSMETIC_TOLD_MAX), "{}", whole.sentence());
    assert!(is_at_most(whole.asked, whole.cosmetic, COSMETIC_ASKED_MAX), "{}", whole.sentence());
}

impl Figures {
    fn count(&mut self, row: &Row, verdict: &str) {
        let total = if row.is_material { &mut self.material } else { &mut self.cosmetic };
        *total += 1;
        let wrong = match (row.is_material, verdict) {
            (true, "silent") => &mut self.lost,
            (false, "tell") => &mut self.told,
            (false, "ask") => &mut self.asked,
            _ => return,
        };
        *wrong += 1;
        println!("{} {} {}: {verdict}\n  - {}\n  + {}", row.id, row.field, row.kind, row.before, row.after);
    }

    fn add(&mut self, other: &Self) {
        self.material += other.material;
        self.cosmetic += other.cosmetic;
        self.lost += other.lost;
        self.told += other.told;
        self.asked += other.asked;
    }

    fn sentence(&self) -> String {
        let Self { material, cosmetic, lost, told, asked } = self;
        format!(
            "of {material} edits that change the meaning {lost} are lost; of {cosmetic} others {told} are announced and {asked} \
             asked about"
        )
    }
}

/// The rows of a table: label, field, kind and the text with its edit as `{before→after}`.
fn rows(language: &str, table: &'static str) -> Vec<Row> {
    let lines = table.lines().filter(|line| !line.starts_with('#')).enumerate();
    let rows = lines.map(|(number, line)| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [label, field, kind, text] = fields[..] else { panic!("a row of four: {line}") };
        let (before, after) = versions(&text.replace("\\n", "\n"));
        assert!(before != after && ["material", "cosmetic"].contains(&label), "{line}");
        let id = format!("{language}-{number:03}");
        Row { id, is_material: label == "material", field, kind, before, after }
    });
    rows.collect()
}

fn versions(text: &str) -> (String, String) {
    let (mut before, mut after) = (String::new(), String::new());
    let mut rest = text;
    while let Some((same, edit)) = rest.split_once('{') {
        let (edit, further) = edit.split_once('}').unwrap();
        let (old, new) = edit.split_once('→').unwrap();
        before += &format!("{same}{old}");
        after += &format!("{same}{new}");
        rest = further;
    }
    (before + rest, after + rest)
}

/// What becomes of each edit, by incident: `tell`, `ask` or `silent`.
fn verdicts(language: &str, rows: &[Row]) -> BTreeMap<String, String> {
    let mut house = House::new();
    let page = house.read("site/page.toml").replace("{ en = \"Checkout\", es = \"Pago\" }", "\"Checkout\"");
    house.write("site/page.toml", &page.replace("[\"en\", \"es\"]", &format!("[\"{language}\"]")));
    for row in rows {
        house.write(&format!("incidents/{}.md", row.id), &incident(row.field, &row.before));
    }
    let mut house = house
        .at("2026-03-01 12:00")
        .run(&["adopt", "--known", "all", "--yes"])
        .succeeded()
        .subscriber_with(&["ana@example.org", "--language", language])
        .run(&["notify", "--dry-run", "--format", "json"])
        .succeeded();
    assert_eq!(house.stdout().trim(), "[]");
    for row in rows {
        house.write(&format!("incidents/{}.md", row.id), &incident(row.field, &row.after));
    }
    let house = house.run(&["notify", "--dry-run", "--format", "json"]).succeeded();
    let found: Vec<Value> = serde_json::from_str(&house.stdout()).unwrap();
    let verdict = |entry: &Value| {
        let edits = entry["edits"].as_array().into_iter().flatten();
        let words: Vec<&str> = edits.filter_map(|edit| edit["verdict"].as_str()).collect();
        let worst = ["tell", "ask", "silent"].into_iter().find(|word| words.contains(word));
        let is_told = entry["what"].as_array().is_some_and(|what| !what.is_empty());
        let worst = worst.unwrap_or(if is_told { "tell" } else { "silent" });
        assert_eq!(is_told, worst != "silent", "{entry}");
        (entry["incident"].as_str().unwrap_or_default().to_owned(), worst.to_owned())
    };
    found.iter().map(verdict).collect()
}

/// An open incident that says `text` in its field.
fn incident(field: &str, text: &str) -> String {
    let say = |name: &str, other: &str| if field == name { text.to_owned() } else { other.to_owned() };
    let quoted = |name: &str, other: &str| Value::String(say(name, other)).to_string();
    let body = if field == "eta" { text.to_owned() } else { say("body", "503 = 503.") };
    format!(
        "+++\ntitle = {}\nseverity = \"major\"\naffected = [\"checkout\"]\nstarted = 2026-03-01T09:12:00Z\n\
         eta = 2026-03-01T18:00:00Z\nimpact = {}\nworkaround = {}\n+++\n\n\
         ## 2026-03-01 10:00 UTC · Investigating {{eta=2026-03-01T18:00Z}}\n\n{body}\n",
        quoted("title", "Checkout 503"),
        quoted("impact", "503 = 503."),
        quoted("workaround", "503 = 503."),
    )
}
