//! Audiences that the operator names: each has a site, people and rules of its own, and reads nothing that is for a narrower one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::fixtures::house::House;

/// Who reads, and whose words they read.
pub(crate) const SEES: [(&str, &[&str]); 5] = [
    ("public", &["public"]),
    ("press", &["public", "press"]),
    ("resellers", &["public", "resellers"]),
    ("partners", &["public", "partners", "resellers"]),
    ("internal", &["public", "press", "resellers", "partners", "internal"]),
];

const AUDIENCES: &str = "
[audiences.partners]
name = { en = \"Partners\", es = \"Socios\" }
url = \"https://partners.acme.test\"
sees = [\"resellers\"]

[audiences.press]
url = \"https://press.acme.test\"

[audiences.resellers]
url = \"https://resellers.acme.test\"
";

/// A house with three audiences, each with a plan of its own and a subscriber.
pub(crate) fn house() -> House {
    let mut house = House::new();
    let page = house.read("site/page.toml") + AUDIENCES;
    let plan = house.read("site/plan.toml");
    house.write("site/page.toml", &page);
    let mut house = house.subscriber_with(&["public@example.org", "+34600000000", "--language", "en"]);
    for (number, audience) in ["partners", "press", "resellers"].into_iter().enumerate() {
        house.write(&format!("site/plan.{audience}.toml"), &plan);
        let (mail, phone) = (format!("{audience}@example.org"), format!("+3460000001{number}"));
        house = house.run(&["adopt", "--audience", audience]).succeeded().subscriber_with(&[
            &mail,
            &phone,
            "--audience",
            audience,
            "--language",
            "en",
        ]);
    }
    house
}

/// The numbers of a seed, in the manner of a linear congruential generator.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn audience(&mut self) -> &'static str {
        SEES[usize::try_from(self.roll(5)).unwrap()].0
    }
}

/// Writes incidents whose words are marks of who may read them; gives the marks of the updates.
fn write_marked(house: &mut House, seed: u64) -> BTreeSet<String> {
    let mut dice = Dice(seed);
    let mut marks = BTreeSet::new();
    for incident in 0..4 {
        let mut mark = |audience: &str, what: &str| {
            let mark = format!("mark{}{what}{seed}x{incident}z", audience);
            marks.insert(mark.clone());
            mark
        };
        let (mut text, mut spanish) = (String::from("+++\n"), String::from("+++\n"));
        writeln!(text, "title.public = \"Slow {incident}\"\nseverity = \"major\"\naffected = [\"checkout\"]")
            .unwrap();
        writeln!(text, "started = 2026-03-01T09:00:00Z\neta = \"unknown\"").unwrap();
        writeln!(text, "next_update = 2026-03-01T23:00:00Z").unwrap();
        writeln!(text, "impact.public = \"{}\"", mark("public", "impact")).unwrap();
        for (audience, _) in SEES.iter().skip(1).filter(|_| dice.roll(2) == 0) {
            writeln!(text, "impact.{audience} = \"{}\"", mark(audience, "impact")).unwrap();
            writeln!(text, "workaround.{audience} = \"{}\"", mark(audience, "workaround")).unwrap();
            writeln!(text, "title.{audience} = \"{}\"", mark(audience, "title")).unwrap();
            writeln!(spanish, "title.{audience} = \"{}\"", mark(audience, "titulo")).unwrap();
            writeln!(spanish, "workaround.{audience} = \"{}\"", mark(audience, "salida")).unwrap();
            writeln!(spanish, "impact.{audience} = \"{}\"", mark(audience, "impacto")).unwrap();
        }
        text += "+++\n";
        spanish += "+++\n";
        for minute in (10..14).rev() {
            let audience = if minute == 10 { "public" } else { dice.audience() };
            let words = mark(audience, &format!("update{minute}"));
            let phase = if minute == 10 { " · Investigating" } else { "" };
            write!(text, "\n## 2026-03-01 09:{minute} UTC{phase} {{audience={audience}}}\n\n{words}\n")
                .unwrap();
            let words = mark(audience, &format!("cambio{minute}"));
            write!(spanish, "\n## 2026-03-01 09:{minute} UTC\n\n{words}\n").unwrap();
        }
        house.write(&format!("incidents/slow-{incident}.md"), &text);
        house.write(&format!("incidents/slow-{incident}.es.md"), &spanish);
    }
    marks
}

/// The audience that a mark is for.
fn of(mark: &str) -> &'static str {
    SEES.iter()
        .map(|(audience, _)| *audience)
        .find(|audience| mark.starts_with(&format!("mark{audience}")))
        .unwrap()
}

/// Everything in the files of a folder.
pub(crate) fn everything(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            all += &everything(&path);
        } else {
            write!(all, "\n{}\n{}", path.display(), String::from_utf8_lossy(&fs::read(&path).unwrap()))
                .unwrap();
        }
    }
    all
}

#[track_caller]
fn assert_only_for(reader: &str, sees: &[&str], what: &str, text: &str, marks: &BTreeSet<String>) {
    for mark in marks.iter().filter(|mark| !sees.contains(&of(mark))) {
        let line = text.lines().find(|line| line.contains(mark.as_str()));
        assert_eq!(line, None, "{what} of {reader} holds {mark}");
    }
}

#[test]
fn nothing_that_is_for_a_narrower_audience_is_in_any_file_mail_or_text_of_a_wider_one() {
    for seed in 0..3 {
        let mut house = house().at("2026-03-01 10:00");
        let marks = write_marked(&mut house, seed);
        for (reader, sees) in SEES {
            house = house.run(&["build", "--audience", reader]).succeeded();
            let files = everything(&house.path().join(reader));
            assert_only_for(reader, sees, "the site", &files, &marks);
            let read = marks.iter().filter(|mark| sees.contains(&of(mark)));
            for mark in read.filter(|mark| mark.contains("update") || mark.contains("cambio")) {
                assert!(files.contains(mark.as_str()), "seed {seed}: the site of {reader} lacks {mark}");
            }
        }
        for (reader, sees) in SEES.into_iter().filter(|(reader, _)| *reader != "internal") {
            for format in ["text", "json", "markdown"] {
                house = house.run(&[
                    "notify",
                    "--dry-run",
                    "--verbose",
                    "--audience",
                    reader,
                    "--format",
                    format,
                ]);
                let said = format!("{}{}", house.stdout(), house.stderr());
                assert_only_for(reader, sees, "the dry run", &said, &marks);
            }
            house = house.run(&["notify", "--yes", "--allow-many-changes", "--audience", reader]).succeeded();
        }
        let sent = [house.mails(), house.texts()].concat();
        for (reader, sees) in SEES.into_iter().filter(|(reader, _)| *reader != "internal") {
            let address = format!("{reader}@example.org");
            let letters: Vec<&(String, String)> = sent.iter().filter(|(to, _)| *to == address).collect();
            assert_eq!(letters.len(), 4, "{reader}: {letters:#?}");
            for (_, letter) in letters {
                assert_only_for(reader, sees, "a mail", letter, &marks);
            }
        }
        drop(house.told_of_all());
    }
}

#[test]
fn a_text_message_and_a_link_are_those_of_the_reader_s_own_audience() {
    let house = house()
        .file(
            "incidents/payments.md",
            "+++\ntitle = \"Payments fail\"\nseverity = \"critical\"\naffected = [\"checkout\"]\n\
             started = 2026-03-01T10:00:00Z\neta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\n\
             impact.public = \"Some payments fail.\"\nimpact.partners = \"Settlement files are late.\"\n+++\n\n\
             ## 2026-03-01 10:00 UTC · Investigating\n\nWe are looking.\n",
        )
        .run(&["notify", "--yes"])
        .succeeded()
        .mailed("public@example.org", "Some payments fail.")
        .run(&["notify", "--yes", "--audience", "partners"])
        .succeeded()
        .mailed("partners@example.org", "Settlement files are late.")
        .mailed_nobody();
    let letter = |to: &str| house.mails().into_iter().find(|(reader, _)| reader == to).unwrap().1;
    let (public, partners) = (letter("public@example.org"), letter("partners@example.org"));
    assert!(
        public.contains("https://status.acme.test/") && !public.contains("partners.acme.test"),
        "{public}"
    );
    assert!(
        partners.contains("https://partners.acme.test/") && !partners.contains("status.acme.test"),
        "{partners}"
    );
}

#[test]
fn an_update_for_one_audience_tells_that_audience_alone_and_each_only_once() {
    let mut house = house().incident("payments", "2026-03-01 10:00", "Investigating");
    for audience in ["public", "press", "resellers", "partners"] {
        house = house
            .run(&["notify", "--yes", "--audience", audience])
            .succeeded()
            .mailed(&format!("{audience}@example.org"), "We see failing payments.");
    }
    let mut house = house
        .at("2026-03-01 10:20")
        .run(&["update", "payments", "--audience", "resellers", "-m", "Refund them by hand."])
        .succeeded()
        .said("allclear notify --audience resellers");
    assert!(house.read("incidents/payments.md").contains("{audience=resellers}"));
    for audience in ["public", "press"] {
        house = house
            .run(&["notify", "--yes", "--audience", audience])
            .succeeded()
            .said("the update of 2026-03-01 10:20 UTC is for the audience `resellers`")
            .mailed_nobody();
    }
    for audience in ["resellers", "partners"] {
        house = house
            .run(&["notify", "--yes", "--audience", audience])
            .succeeded()
            .mailed(&format!("{audience}@example.org"), "Refund them by hand.")
            .run(&["notify", "--yes", "--audience", audience])
            .mailed_nobody();
    }
}

#[test]
fn an_audience_needs_a_table_a_plan_and_a_database_of_its_own() {
    let house = house();
    fs::remove_file(house.path().join("site/plan.press.toml")).unwrap();
    let house = house
        .run(&["build", "--audience", "partnres"])
        .exited(2)
        .said("did you mean `partners`?")
        .run(&["build", "--audience", "Partners"])
        .exited(2)
        .run(&["notify", "--audience", "internal", "--yes"])
        .exited(2)
        .said("update --internal")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--audience", "press", "--yes"])
        .exited(4)
        .said("site/plan.press.toml")
        .run(&["subscribers", "list", "--reveal"])
        .printed("public@example.org")
        .run(&["subscribers", "list", "--reveal", "--audience", "partners"])
        .printed("partners@example.org");
    assert!(house.path().join(".allclear/audience-partners/ledger.db").is_file());
    let plan = house.read("site/plan.toml");
    let shared = format!("[ledger]\nurl = {{ env = \"LEDGER_URL\" }}\n\n{plan}");
    house
        .file("site/plan.toml", &shared)
        .file("site/plan.partners.toml", &shared)
        .run(&["subscribers", "list", "--audience", "partners"])
        .exited(3)
        .said("another audience's plan has the same `ledger`")
        .run(&["check"])
        .exited(3)
        .said("site/plan.partners.toml")
        .said("another audience's plan has the same `ledger`")
        .file("site/plan.toml", &plan)
        .file("site/plan.partners.toml", &plan);
}

#[test]
fn the_site_of_an_audience_says_whose_it_is_and_is_not_searched() {
    let house = house()
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["build", "--audience", "partners"])
        .succeeded()
        .run(&["build", "--audience", "press"])
        .succeeded()
        .run(&["build"])
        .succeeded();
    let [public, partners, spanish, press] =
        ["public/", "partners/", "partners/es/", "press/"].map(|at| house.read(&format!("{at}index.html")));
    assert!(partners.contains("<title>[Partners]") && partners.contains("noindex"), "{partners}");
    assert!(partners.contains("https://partners.acme.test/"), "{partners}");
    assert!(spanish.contains("[Socios]") && press.contains("[press]"));
    assert!(!public.contains("noindex") && !public.contains("Partners"), "{public}");
    assert!(house.read("partners/robots.txt").contains("Disallow: /"));
    assert!(house.read("public/robots.txt").contains("Allow: /"));
}
