//! A drill plays the whole path on a copy, keeps the score, and reaches nobody, whatever the plan names.

use std::net::TcpListener;

use serde_json::Value;

use crate::fixtures::bucket::{BUCKET, Store};
use crate::fixtures::house::House;
use crate::fixtures::kannel::Kannel;
use crate::fixtures::postfix::Postfix;

const READER: &str = "reader@example.org";

fn house() -> House {
    House::new().subscriber(READER)
}

/// The plan of the house, with this before it.
fn with(mut house: House, own: &str) -> House {
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{own}\n{plan}"));
    house
}

#[test]
fn a_drill_passes_is_recorded_and_reaches_no_subscriber() {
    let house = with(house(), "[plan]\nreviewed = 2026-02-28\ndrill_every = '30d'\n");
    let house = house.run(&["drill", "--format", "json"]).succeeded().mailed_nobody();
    let score: Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!((&score["passed"], &score["people"]), (&Value::Bool(true), &Value::from(1)), "{score:#}");
    assert!(score["messages"]["mail"].as_u64().unwrap() >= 3, "{score:#}");
    let record = house.read("site/drills.toml");
    assert!(record.contains("scenario = \"outage\"") && record.contains("passed = true"), "{record}");
    assert!(!house.read("site/plan.toml").contains("EXERCISE"));
    let house =
        house.run(&["drill", "--status"]).succeeded().printed("passed").said("the next drill is due by");
    let house = house.at("2026-03-20 10:00").run(&["check"]).succeeded();
    assert!(!house.stderr().contains("drill-overdue"), "{}", house.stderr());
    let house = house.at("2026-04-20 10:00").run(&["check"]).succeeded();
    drop(house.said("the last drill was").said("one is due every 30 days"));
}

#[test]
fn each_scenario_that_is_shipped_passes_without_subscribers() {
    let house = House::new();
    let house = house.run(&["drill", "--list"]).succeeded();
    for scenario in ["outage", "degradation", "maintenance", "data", "disaster"] {
        assert!(house.stdout().contains(scenario), "{}", house.stdout());
    }
    let mut house = house;
    for scenario in ["degradation", "maintenance", "data", "disaster"] {
        house =
            house.run(&["drill", scenario, "--no-record"]).succeeded().said("passed:").said("3 stand-ins");
    }
    let house = house.run(&["drill", "flood"]).exited(2).said("no scenario `flood`; choose one of: data");
    assert!(!house.path().join("site/drills.toml").exists());
}

#[test]
fn a_drill_waits_for_the_approval_that_the_plan_asks_for() {
    let people = "[people.ana]\nname = 'Ana'\nmail = 'ana@acme.test'\n[roles]\ncommunications_manager = ['ana']\n\
                  [[approval.rules]]\nby = 'communications_manager'\n";
    let house = with(house(), people).run(&["drill"]).succeeded().mailed_nobody();
    drop(house.printed("right  nothing is sent before the approval").printed("by ana").said("passed:"));
}

#[test]
fn what_is_wrong_with_the_plan_fails_the_drill() {
    let house =
        with(house(), "[words]\ndeny = ['order']\n[plan]\nreviewed = 2026-02-28\ndrill_every = '30d'\n");
    let house = house.run(&["drill"]).exited(1).said("failed:").printed("wrong  the change is announced");
    assert!(house.read("site/drills.toml").contains("passed = false"));
    drop(house.at("2026-04-20 10:00").run(&["check"]).said("no drill since the plan was reviewed"));
}

/// Servers, a program and a target that the site names are planted; the drill passes and none of them hears of it.
#[test]
fn planted_ways_to_the_world_are_not_taken() {
    let planted = TcpListener::bind("127.0.0.1:0").unwrap();
    planted.set_nonblocking(true).unwrap();
    let port = planted.local_addr().unwrap().port();
    let mut house = house();
    let ran = house.path().join("ran");
    let plan = house.read("site/plan.toml");
    let own = format!(
        "[alarm]\nmail = ['oncall@acme.test']\n[providers.room]\nkind = 'ntfy'\nurl = 'http://127.0.0.1:{port}'\n\
         [[destinations]]\nname = 'room'\nprovider = 'room'\naddress = 'status'\nalarm = true\n"
    );
    let plan = plan.replace("providers = [\"relay\"]", "providers = [\"planted\", \"relay\"]");
    let plan = format!(
        "{own}\n{plan}\n[providers.planted]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n"
    );
    house.write("site/plan.toml", &plan);
    let page = house.read("site/page.toml");
    let target =
        format!("\n[[targets]]\nname = 'planted'\nkind = 'command'\nrun = ['touch', '{}']\n", ran.display());
    house.write("site/page.toml", &(page + &target));
    let house = house.run(&["drill"]).succeeded().said("passed:").mailed_nobody();
    assert!(planted.accept().is_err(), "the planted server was contacted");
    assert!(!house.path().join("ran").exists(), "the planted program ran");
}

/// Postfix, Kannel and an S3 server of this machine, with one channel made to fail in each of two drills.
#[test]
fn a_drill_passes_with_real_servers_of_this_machine_while_a_channel_fails() {
    let (postfix, kannel, store) = (Postfix::start(), Kannel::start(None), Store::moto());
    let mut house = house().subscriber_with(&["both@example.org", "+34600000001"]);
    let servers = format!(
        "[mail]\nport = {}\n[text]\nport = {}\nuser = 'allclear'\npassword_file = '{}/gateway-password'\n\
         [bucket]\nport = {}\nname = '{BUCKET}'\nregion = 'us-east-1'\naccess_key_id_file = 'id'\n\
         secret_access_key_file = 'key'\n",
        postfix.plain,
        kannel.port(),
        kannel.folder().display(),
        store.port
    );
    house.write("servers.toml", &servers).write("id", "an-id\n").write("key", "a-key\n");
    let mut mails = 0;
    let mut texts = 0;
    for scenario in ["outage", "disaster"] {
        let file = house.path().join("servers.toml");
        let file = file.to_str().unwrap();
        house = house
            .run(&["drill", scenario, "--servers", file, "--format", "json"])
            .succeeded()
            .mailed_nobody();
        let score: Value = serde_json::from_str(&house.stdout()).unwrap();
        assert_eq!((&score["passed"], &score["people"]), (&Value::Bool(true), &Value::from(2)), "{score:#}");
        mails += score["messages"]["mail"].as_u64().unwrap() as usize;
        texts += score["messages"]["text"].as_u64().unwrap() as usize;
    }
    assert!(texts >= 1 && mails >= 10, "{mails} {texts}");
    let arrived = postfix.stand_ins(mails);
    assert_eq!(arrived.len(), mails);
    for mail in &arrived {
        let mail = mail_parser::MessageParser::default().parse(mail).unwrap();
        assert!(mail.subject().unwrap().contains("EXERCISE:"), "{:?}", mail.subject());
    }
    let arrived = kannel.received(texts);
    assert_eq!(arrived.len(), texts);
    assert!(
        arrived.iter().all(|(to, text)| to.starts_with("+447700900") && text.contains("EXERCISE:")),
        "{arrived:?}"
    );
    store.is_whole();
    assert!(store.file("index.html").unwrap().1.contains("EXERCISE:"));
}

/// A record that cannot be read is no record of no drill.
#[test]
fn a_damaged_record_of_drills_is_named() {
    let damaged = |text: &str| {
        let plan = "[plan]\nreviewed = 2026-02-28\n";
        let house = with(house(), plan).file("site/drills.toml", text).run(&["check"]).exited(3);
        assert!(!house.stderr().contains("drill-overdue"), "{}", house.stderr());
        let house = house.said("error[bad-record]: failed to read site/drills.toml");
        let house = house.run(&["drill"]).exited(1).said("failed to read site/drills.toml");
        assert_eq!(house.read("site/drills.toml"), text);
        house.run(&["drill", "--status"]).exited(1)
    };
    drop(damaged("[[drill]]\npassed = yes\n").said("line 2: "));
    let whole = "[[drill]]\nat = 'soon'\nscenario = 'outage'\npassed = true\nright = 1\nsteps = 1\npeople = 1\nopening_ms = 1\n";
    drop(damaged(whole).said("`soon` is not a time such as"));
}

#[test]
fn a_scenario_of_the_operator_is_played_as_it_says_or_refused() {
    let outage = include_str!("../../src/drill/scenarios/outage.toml");
    let house = house().file("site/drills/friday.toml", &outage.replace("\"mail\"", "\"sms\""));
    let house = house.run(&["drill", "friday"]).exited(2);
    let house =
        house.said("site/drills/friday.toml: line 6: unknown variant `sms`, expected `mail` or `text`");
    let mut house = house.file("site/drills/friday.toml", &outage.replace("\"mail\"", "\"text\""));
    let plan = house.read("site/plan.toml");
    let without_sms = plan.split("[text]").next().unwrap().to_owned();
    assert_ne!(plan, without_sms);
    house.write("site/plan.toml", &without_sms);
    let house = house
        .run(&["drill", "friday", "--no-record"])
        .printed("right  the plan has no SMS, so it cannot fail")
        .said("passed:");
    let house = house.run(&["drill", "--no-record"]).said("passed:");
    drop(house.printed("right  email fails, and nobody has SMS as well"));
}

#[test]
fn a_file_of_servers_that_names_a_host_is_refused() {
    let mut house = house();
    house.write("servers.toml", "[mail]\nport = 25\nhost = 'mail.acme.test'\n");
    let file = house.path().join("servers.toml");
    let house = house.run(&["drill", "--servers", file.to_str().unwrap()]).exited(2);
    drop(house.said("line 3: unknown field `host`").said("a server is a port of this machine"));
}
