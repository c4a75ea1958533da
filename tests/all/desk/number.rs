//! Phone numbers for SMS: how a subscriber adds one, and those who would use that against others.

use super::counter::Counter;
use super::listed;
use crate::fixtures::house::{House, wait_until};

/// A desk at which numbers of Spain may be added.
fn open(house: House) -> Counter {
    Counter::open_with(house, "text_countries = ['+34']\n")
}

/// A subscriber by email, and the path of their manage page.
pub(crate) fn subscribed(counter: &mut Counter, address: &str) -> String {
    counter.post("/", &[("address", address)]);
    let mail = counter.mail_to(address);
    let link = counter.link(&mail, "/confirm/");
    managed(&counter.post(&link, &[]).body)
}

/// The path of the manage page that a page leads to.
fn managed(page: &str) -> String {
    let (_, rest) = page.split_once("/manage/").unwrap_or_else(|| panic!("no manage page in {page}"));
    format!("/manage/{}", rest.split(['?', '"', '/']).next().unwrap())
}

/// The code of the newest SMS to a number, once there are as many.
pub(crate) fn code(counter: &mut Counter, number: &str, count: usize) -> String {
    let house = counter.house(|house| house);
    let of_number = || house.texts().into_iter().filter(|(to, _)| to == number).collect::<Vec<_>>();
    wait_until(&format!("{count} codes to {number}"), || of_number().len() >= count);
    let words = of_number().pop().unwrap().1;
    let (_, rest) = words.split_once("your code is ").unwrap_or_else(|| panic!("no code in {words}"));
    rest[..6].to_owned()
}

fn sent(counter: &mut Counter) -> usize {
    counter.house(|house| house).texts().len()
}

/// What STOP from that number leaves in the ledger; `parts/text_desk.rs` has it go the whole way.
fn stop(house: &House, number: &str) {
    let ledger = rusqlite::Connection::open(house.path().join(".allclear/ledger.db")).unwrap();
    let stop = "UPDATE endpoint SET suppressed_at = 1, suppressed_because = 'its owner replied STOP' WHERE address = ?1";
    assert_eq!(ledger.execute(stop, [number]).unwrap(), 1);
}

#[test]
fn a_number_is_added_by_the_code_that_it_gets_and_given_up_by_a_button() {
    let mut counter = open(House::new());
    let manage = subscribed(&mut counter, "ana@example.org");
    let page = counter.get(&manage).body;
    assert!(page.contains("Send me a code by SMS"), "{page}");
    let asked = counter.post(&format!("{manage}/number"), &[("number", "+34 600 000 001")]);
    assert!(asked.status == 200 && asked.body.contains("Check your phone"), "{}", asked.body);
    assert!(!asked.body.contains("600000001"), "the page does not repeat the number: {}", asked.body);
    let (pass, right) = (asked.field("pass"), code(&mut counter, "+34600000001", 1));
    assert!(!listed(&mut counter).contains("\"text\""), "nothing changes before it is proven");
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let prove = format!("{manage}/number/code");
    let refused = counter.post(&prove, &[("pass", &pass), ("code", wrong)]);
    assert!(refused.status == 422 && refused.body.contains("This code is not right"), "{}", refused.body);
    let done =
        counter.post(&prove, &[("pass", &pass), ("code", &format!("{} {}", &right[..3], &right[3..]))]);
    assert!(done.status == 200 && done.body.contains("we send SMS to this number"), "{}", done.body);
    assert!(done.body.contains("We send SMS to +34") && !done.body.contains("600000001"), "{}", done.body);
    assert!(listed(&mut counter).contains("\"text\""));
    assert_eq!((counter.new_mails(), sent(&mut counter)), (0, 1), "the code goes to the number alone");

    let given_up = counter.post(&format!("{manage}/number/remove"), &[]);
    assert!(given_up.body.contains("We send you no more SMS"), "{}", given_up.body);
    assert!(!listed(&mut counter).contains("\"text\""));
    for way in ["/number", "/number/code", "/number/remove"] {
        assert_eq!(counter.get(&format!("{manage}{way}")).status, 405, "{way}");
    }
    counter.close();
}

#[test]
fn five_tries_or_ten_minutes_end_a_code() {
    let mut counter = open(House::new());
    let manage = subscribed(&mut counter, "ana@example.org");
    let prove = format!("{manage}/number/code");
    let asked = counter.post(&format!("{manage}/number"), &[("number", "+34600000001")]);
    let (pass, right) = (asked.field("pass"), code(&mut counter, "+34600000001", 1));
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(counter.post(&prove, &[("pass", &pass), ("code", wrong)]).status, 422);
    }
    assert_eq!(counter.post(&prove, &[("pass", &pass), ("code", &right)]).status, 422, "five were wrong");

    let asked = counter.post(&format!("{manage}/number"), &[("number", "+34600000002")]);
    let (pass, right) = (asked.field("pass"), code(&mut counter, "+34600000002", 1));
    let bo = subscribed(&mut counter, "bo@example.org");
    let stolen = counter.post(&format!("{bo}/number/code"), &[("pass", &pass), ("code", &right)]);
    assert_eq!(stolen.status, 422, "a code is good only for the subscriber who asked for it");
    let mut counter = open(counter.close().at("2026-03-01 10:11"));
    // The desk has another address after a restart; the links are those of its secret.
    assert_eq!(
        counter.post(&prove, &[("pass", &pass), ("code", &right)]).status,
        422,
        "ten minutes are over"
    );
    assert!(!listed(&mut counter).contains("\"text\""));
    counter.close();
}

#[test]
fn the_answer_is_the_same_for_a_free_a_taken_and_a_stopped_number() {
    let house = House::new().subscriber("+34600000002").subscriber("+34600000003");
    stop(&house, "+34600000003");
    let mut counter = open(house);
    let manage = subscribed(&mut counter, "ana@example.org");
    let mut answers = Vec::new();
    for number in ["+34600000001", "+34600000002", "+34600000003"] {
        let answer = counter.post(&format!("{manage}/number"), &[("number", number)]);
        let pass = answer.field("pass");
        answers.push((answer.status, answer.body.replace(&pass, ""), pass));
    }
    let bare = |at: usize| (answers[at].0, answers[at].1.as_str());
    assert_eq!(bare(0), bare(1));
    assert_eq!(bare(0), bare(2));
    // Nothing is sent to the number that is suppressed; its owner would have to send START first.
    let right = code(&mut counter, "+34600000002", 1);
    code(&mut counter, "+34600000001", 1);
    assert_eq!(sent(&mut counter), 2);
    let prove = format!("{manage}/number/code");
    let done = counter.post(&prove, &[("pass", &answers[1].2), ("code", &right)]);
    assert_eq!(done.status, 200, "whoever holds the phone has the number: {}", done.body);
    let people = listed(&mut counter);
    assert_eq!(people.matches("\"state\": \"left\"").count(), 1, "its former owner has no address: {people}");
    counter.close();
}

#[test]
fn numbers_that_cannot_be_added_are_refused_without_an_sms() {
    let mut counter = open(House::new());
    let manage = subscribed(&mut counter, "ana@example.org");
    for number in
        ["", "600000001", "+44 7700 900123", "+34803123456", "nobody", "+34600000001\r\n+34600000002"]
    {
        let refused = counter.post(&format!("{manage}/number"), &[("number", number)]);
        let is_said =
            refused.body.contains("We cannot send SMS to this number") && refused.body.contains("+34");
        assert!(refused.status == 422 && is_said, "{number}: {}", refused.body);
    }
    let script = counter.post(&format!("{manage}/number"), &[("number", "\"><script>alert(1)</script>")]);
    assert!(!script.body.contains("<script>alert"), "{}", script.body);
    let forged = format!("{}A/number", &manage[..manage.len() - 1]);
    assert_eq!(counter.post(&forged, &[("number", "+34600000001")]).status, 404);
    assert_eq!(sent(&mut counter), 0);
    let mut counter = Counter::open(counter.close());
    let page = counter.get(&manage).body;
    assert!(!page.contains("SMS"), "no country is named, so no number can be added: {page}");
    assert_eq!(counter.post(&format!("{manage}/number"), &[("number", "+34600000001")]).status, 422);
    assert_eq!(sent(&mut counter), 0);
    counter.close();
}

#[test]
fn whoever_earns_from_messages_gets_few_of_them() {
    let people: Vec<String> = (0..30).map(|number| format!("p{number}@example.org")).collect();
    let house = House::new().file("people.csv", &format!("mail\n{}\n", people.join("\n")));
    let file = house.path().join("people.csv").to_str().unwrap().to_owned();
    let house = house.run(&["subscribers", "import", &file]).succeeded();
    let mut counter = Counter::open_with(house, "text_countries = ['+34']\ntexts_per_day = 18\n");
    counter.house(|house| house.incident("payments", "2026-03-01 10:00", "Investigating").notify());
    let mails = counter.house(|house| house).mails();
    let links: Vec<String> = people
        .iter()
        .map(|who| counter.link(&mails.iter().find(|(to, _)| to == who).unwrap().1, "/manage/"))
        .map(|link| link.split('?').next().unwrap().to_owned())
        .collect();
    // Thirty subscribers ask for 600 numbers of one range, each time from another network; then for numbers anywhere.
    let mut statuses = [0; 2];
    for round in 0..20 {
        for (at, manage) in links.iter().enumerate() {
            let number = format!("+3460000{:04}", round * 30 + at);
            let from = format!("10.{round}.{at}.1");
            let answer = counter.post_from(&from, &format!("{manage}/number"), &[("number", &number)]);
            statuses[usize::from(answer.status != 200)] += 1;
        }
    }
    assert_eq!(statuses, [600, 0], "beyond the range's limit the answer is as before");
    for (at, manage) in links.iter().enumerate() {
        let (number, from) = (format!("+3461{at:02}00000"), format!("10.99.{at}.1"));
        counter.post_from(&from, &format!("{manage}/number"), &[("number", &number)]);
    }
    // What is due is sent within moments.
    wait_until("the codes", || sent(&mut counter) >= 18);
    std::thread::sleep(std::time::Duration::from_secs(1));
    let texts = counter.house(|house| house).texts();
    let of_range = texts.iter().filter(|(to, _)| to.starts_with("+3460000")).count();
    assert_eq!((of_range, texts.len()), (10, 18), "ten to a range, and so many in all");
    counter.close();
}

#[test]
fn a_number_can_be_given_up_whatever_the_plan_lets_people_add() {
    let house = House::new().subscriber_with(&["ana@example.org", "+34600000001"]);
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let mut counter = Counter::open(house);
    counter.house(|house| house.notify());
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/manage/");
    let page = counter.get(&link).body;
    assert!(page.contains("No more SMS") && !page.contains("Send me a code"), "{page}");
    assert!(page.contains("We send SMS to +34") && !page.contains("Another number replaces it"), "{page}");
    let remove = format!("{}/number/remove", link.split('?').next().unwrap());
    assert!(counter.post(&remove, &[]).body.contains("We send you no more SMS."));
    assert!(!counter.get(&link).body.contains("SMS"));
    let again = counter.post(&remove, &[]);
    assert!(again.status == 200 && !again.body.contains("We send you no more SMS."), "{}", again.body);
    counter.close();
}

#[test]
fn a_code_that_was_used_adds_nothing_once_the_number_is_given_up() {
    let mut counter = open(House::new());
    let manage = subscribed(&mut counter, "ana@example.org");
    let asked = counter.post(&format!("{manage}/number"), &[("number", "+34600000001")]);
    let (pass, right) = (asked.field("pass"), code(&mut counter, "+34600000001", 1));
    let prove = || counter.post(&format!("{manage}/number/code"), &[("pass", &pass), ("code", &right)]);
    assert!(prove().body.contains("we send SMS to this number"));
    assert!(prove().body.contains("we send SMS to this number"), "twice is once");
    counter.post(&format!("{manage}/number/remove"), &[]);
    let late = prove();
    assert!(late.status == 422 && !late.body.contains("we send SMS to this number"), "{}", late.body);
    assert!(!listed(&mut counter).contains("\"text\""));
    counter.close();
}
