//! `publish`, `rollback`, `run` and `desk` for one audience: its own target, plan, ledger and people, and those of no other one.

use std::fs;
use std::process::Command;

use crate::audiences::{everything, house};
use crate::desk::counter::Counter;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

const PARTNERS: [&str; 2] = ["--audience", "partners"];

fn commit(house: &House) {
    for arguments in
        [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "more"]]
    {
        let mut git = Command::new("git");
        git.arg("-C").arg(house.path()).args(["-c", "user.name=Ana", "-c", "user.email=ana@acme.test"]);
        let output = git.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// An incident of which partners read more.
fn settlement(house: House, time: &str) -> House {
    let text = "+++\ntitle = \"Payments fail\"\nseverity = \"critical\"\naffected = [\"checkout\"]\nstarted = 2026-03-01T10:00:00Z\n\
         eta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\nimpact.public = \"Some payments fail.\"\n\
         impact.partners = \"Settlement files are late.\"\n+++\n\n## 2026-03-01 10:00 UTC · Investigating\n\nWe are looking.\n";
    house.file("incidents/payments.md", text).at(time)
}

#[test]
fn each_audience_is_published_to_its_own_target_and_rolled_back_alone() {
    let mut house = house();
    let page = house.read("site/page.toml");
    let targets = "\n[[targets]]\nname = \"everyone\"\nkind = \"folder\"\npath = \"out/public\"\n\n[[audiences.partners.targets]]\n\
                   name = \"for-partners\"\nkind = \"folder\"\npath = \"out/partners\"\n";
    house.write("site/page.toml", &(page + targets));
    house.write(".gitignore", ".allclear\nout\n");
    commit(&house);
    let publish = ["publish", "--no-verify"];
    let mut house = house.run(&publish).succeeded().run(&[&publish[..], &PARTNERS].concat()).succeeded();
    house = settlement(house, "2026-03-01 10:10");
    commit(&house);
    let live =
        |house: &House, audience: &str| everything(&house.path().join(format!("out/{audience}/current")));
    let house = house.run(&[&publish[..], &PARTNERS].concat()).succeeded();
    assert!(live(&house, "partners").contains("Settlement files are late."));
    assert!(!live(&house, "public").contains("Payments fail"), "only the target of the audience is written");
    let house = house.run(&publish).succeeded();
    let public = live(&house, "public");
    assert!(public.contains("Some payments fail.") && !public.contains("Settlement"));

    let house = house.at("2026-03-01 10:20").run(&[&["rollback"][..], &PARTNERS].concat()).succeeded();
    let index = |audience: &str| house.read(&format!("out/{audience}/current/index.html"));
    assert!(!index("partners").contains("Payments fail") && index("public").contains("Payments fail"));
    assert_eq!(live(&house, "public"), public, "the public page stays");
    let house = house.run(&["rollback", "--list"]).succeeded();
    assert_eq!(house.stdout().lines().filter(|line| line.contains("live")).count(), 1, "{}", house.stdout());
}

#[test]
fn run_serves_one_audience_from_its_own_plan_and_ledger() {
    let (site, mut house) = (Site::new(), house());
    let page = house.read("site/page.toml");
    let target = site.target().replace("[[targets]]", "[[audiences.partners.targets]]");
    house.write("site/page.toml", &format!("{page}\n{target}"));
    let mut run = Running::start(&house, &[&["run"][..], &PARTNERS].concat());
    run.says("published: build");
    let house = settlement(house, "2026-03-01 10:00");
    wait_until("the email to partners", || !house.mails().is_empty());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    let shown = everything(&site.live());
    assert!(shown.contains("Settlement files are late."), "{}", run.said());
    let house = house.mailed("partners@example.org", "Settlement files are late.");
    let house = house.run(&["report", "payments"]).exited(0);
    assert!(!house.stdout().contains("queued"), "the public ledger knows of no message: {}", house.stdout());
    let house =
        house.run(&["notify", "--yes"]).succeeded().mailed("public@example.org", "Some payments fail.");
    assert!(!fs::exists(house.path().join("public")).unwrap());
}

#[test]
fn who_signs_up_at_the_desk_of_an_audience_is_on_its_list_alone() {
    let list = |house: House, options: &[&str]| {
        house.run(&[&["subscribers", "list", "--reveal"][..], options].concat()).succeeded()
    };
    let command = [&["desk"][..], &PARTNERS].concat();
    let mut counter = Counter::open_as(house(), "site/plan.partners.toml", &command, "");
    let form = counter.get("/");
    assert!(form.status == 200 && form.body.contains("Partners"), "{}", form.body);
    let sent = counter.post("/", &[("address", "new@example.org")]);
    assert_eq!(sent.status, 200, "{}", sent.body);
    let mail = counter.mail_to("new@example.org");
    let link = counter.link(&mail, "/confirm/");
    assert_eq!(counter.post(&link, &[]).status, 200);
    let partners = counter.house(|house| list(house, &PARTNERS)).stdout();
    assert!(partners.contains("new@example.org"), "{partners}");
    let public = counter.house(|house| list(house, &[])).stdout();
    assert!(!public.contains("new@example.org"), "{public}");
    counter.close();
}

#[test]
fn an_sms_holds_the_version_and_the_link_of_its_own_audience() {
    let house = house().subscriber_with(&["+34600000101"]);
    let house = house.subscriber_with(&["+34600000102", "--audience", "partners"]);
    let house = settlement(house, "2026-03-01 10:00");
    let house = house.run(&["notify", "--yes"]).succeeded().texted("+34600000101", "Some payments fail.");
    let house = house.run(&[&["notify", "--yes"][..], &PARTNERS].concat()).succeeded();
    let house = house.texted("+34600000102", "Settlement files are late.");
    let body = |phone: &str| house.texts().into_iter().find(|(to, _)| to == phone).unwrap().1;
    let (public, partners) = (body("+34600000101"), body("+34600000102"));
    assert!(public.contains("https://status.acme.test/") && !public.contains("Settlement"), "{public}");
    assert!(
        partners.contains("https://partners.acme.test/") && !partners.contains("status.acme.test"),
        "{partners}"
    );
    drop(house.told_of_all());
}
