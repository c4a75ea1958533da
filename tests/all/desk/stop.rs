//! STOP and START by SMS, as the gateway brings them: what they do at the desk, after an import and after an erasure.

use super::counter::Counter;
use super::listed;
use super::number::{code, subscribed};
use crate::fixtures::house::House;
use crate::fixtures::part::wait_for_port;
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;
use crate::parts::opt_out::answered;

const NUMBER: &str = "+34600000001";
const COUNTRIES: &str = "text_countries = ['+34']\n";

/// The worker of a house to which the gateway brings the SMS of subscribers.
struct Inbound {
    port: u16,
    worker: Running,
    count: usize,
}

impl Inbound {
    fn open(mut house: House) -> (Self, House) {
        let port = free_port();
        let gateway = format!(
            "kind = \"kannel\"\ndlr_url = 'http://127.0.0.1:{port}/reports/gateway'\n\
             inbound_key = {{ file = 'inbound-key' }}\n"
        );
        let plan = house.read("site/plan.toml").replace("kind = \"kannel\"\n", &gateway);
        house.write("site/plan.toml", &plan);
        house.write("inbound-key", "k3y\n");
        let worker = Running::start(&house, &["deliver", "--watch"]);
        wait_for_port(port);
        (Self { port, worker, count: 0 }, house)
    }

    /// An SMS from the number; the status that the gateway gets.
    fn brings(&mut self, key: &str, words: &str) -> u16 {
        self.count += 1;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("key", key), ("id", &self.count.to_string()), ("from", NUMBER), ("text", words)])
            .finish();
        answered(self.port, "GET", &format!("/reports/gateway/inbound?{query}"))
    }

    fn close(mut self) {
        assert_eq!(self.worker.end("-TERM"), Some(0));
        assert!(!self.worker.said().contains("60000000"), "a number is in the log: {}", self.worker.said());
    }
}

#[test]
fn a_stop_outlives_the_subscriber_who_had_the_number_until_its_start() {
    let (mut inbound, house) = Inbound::open(House::new());
    let mut counter = Counter::open_with(house, COUNTRIES);
    let manage = subscribed(&mut counter, "ana@example.org");
    let asked = counter.post(&format!("{manage}/number"), &[("number", NUMBER)]);
    let fields = [("pass", asked.field("pass")), ("code", code(&mut counter, NUMBER, 1))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(counter.post(&format!("{manage}/number/code"), &fields).status, 200);
    assert_eq!(inbound.brings("k3y", "STOP"), 200);
    assert!(listed(&mut counter).contains("its owner replied STOP"));
    assert_eq!(counter.post(&format!("{manage}/erase/sure"), &[]).status, 200);

    // Eleven minutes later, as the limit of codes to a number has it.
    let house = counter.close().at("2026-03-01 10:11");
    let mut counter = Counter::open_with(house, COUNTRIES);
    let manage = subscribed(&mut counter, "bo@example.org");
    for number in [NUMBER, "+34600000002"] {
        assert_eq!(counter.post(&format!("{manage}/number"), &[("number", number)]).status, 200);
    }
    code(&mut counter, "+34600000002", 1);
    let codes = |counter: &mut Counter| {
        counter.house(|house| house).texts().iter().filter(|(to, _)| to == NUMBER).count()
    };
    assert_eq!(codes(&mut counter), 1, "nothing more to the number that replied STOP");
    counter.house(|house| {
        let house = house.run(&["subscribers", "add", NUMBER]);
        house.said("its owner replied STOP").said("every address is on the suppression list")
    });
    assert_eq!(inbound.brings("k3y", "START"), 200);
    assert!(!listed(&mut counter).contains("its owner replied STOP"));
    inbound.close();
    counter.close();
}

#[test]
fn a_stop_before_an_import_holds_and_a_forged_one_changes_nothing() {
    let (mut inbound, house) = Inbound::open(House::new().subscriber("+34600000002"));
    let mut counter = Counter::open_with(house, COUNTRIES);
    assert_eq!(inbound.brings("forged", "STOP"), 403);
    let forged = [("key", "k3y"), ("id", "9"), ("from", "+34600000002"), ("text", "STOP")];
    for path in ["/reports/gateway/inbound", "/inbound", "/leave/+34600000002", "/manage/STOP/leave"] {
        assert_eq!(counter.post(path, &forged).status, 404, "{path}");
    }
    assert!(!listed(&mut counter).contains("replied STOP") && !listed(&mut counter).contains("\"left\""));
    let import = |counter: &mut Counter| {
        counter.house(|mut house| {
            house.write("people.csv", &format!("text\n{NUMBER}\n"));
            let file = house.path().join("people.csv").to_str().unwrap().to_owned();
            house.run(&["subscribers", "import", &file]).succeeded()
        });
    };
    assert_eq!(inbound.brings("k3y", "Stop."), 200);
    import(&mut counter);
    assert!(listed(&mut counter).contains("its owner replied STOP"), "{}", listed(&mut counter));
    assert_eq!(inbound.brings("k3y", "START"), 200);
    assert!(!listed(&mut counter).contains("its owner replied STOP"));
    import(&mut counter);
    assert!(!listed(&mut counter).contains("its owner replied STOP"));
    inbound.close();
    counter.close();
}
