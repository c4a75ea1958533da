//! Plays the steps of a row.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::fixtures::house::House;
use crate::fixtures::silent::{Phase, Silent};

use super::row::Step;

pub(super) fn play(steps: &[Step]) -> House {
    let mut day = Day { house: House::new().restless(), servers: Vec::new(), named: BTreeMap::new() };
    for (place, step) in steps.iter().enumerate() {
        day = day.happens(step, place);
    }
    day.house
}

struct Day {
    house: House,
    /// Servers that misbehave; they live as long as the day.
    servers: Vec<Silent>,
    /// How many messages of each address were named.
    named: BTreeMap<&'static str, usize>,
}

impl Day {
    fn happens(mut self, step: &Step, place: usize) -> Self {
        let house = self.house;
        self.house = match step {
            Step::At(time) if time.contains(' ') => house.at(time),
            Step::At(time) => house.at(&format!("2026-03-01 {time}")),
            Step::Do(line, code, said) => command(house, line, *code, said),
            Step::Open(name) => {
                let time = house.now[..16].replace('T', " ");
                house.incident(name, &time, "Investigating")
            }
            Step::Edit(file, from, to) => edited(house, file, from, to),
            Step::Import(list, code, said) => import(house, list, *code, said),
            Step::Crowd(people) => crowd(house, *people),
            Step::MailDown(down) => house.mail_server_down(*down),
            Step::MailRefuses(part) => house.mail_server_refuses(Some(*part).filter(|part| !part.is_empty())),
            Step::Relay(phase) => {
                let port = serve(&mut self.servers, *phase);
                let before = port_of(&house, "port = ");
                edited(house, "site/plan.toml", &before, &format!("port = {port}"))
            }
            Step::Gateway(phase) => {
                let port = serve(&mut self.servers, *phase);
                let before = port_of(&house, "url = \"http://127.0.0.1:");
                let url = format!("url = \"http://127.0.0.1:{port}/cgi-bin/sendsms\"");
                edited(house, "site/plan.toml", &before, &url)
            }
            Step::Got(address, words) => {
                self.named.insert(address, words.len());
                let got = got(&house, address);
                let fits = got.len() == words.len()
                    && got.iter().zip(*words).all(|(message, words)| message.contains(words));
                assert!(fits, "step {place}: {address} has {got:#?}, not {words:?}\n{}", house.stderr());
                house
            }
            Step::Emails(number) => {
                assert_eq!(house.mails().len(), *number, "step {place}\n{}", house.stderr());
                house
            }
            Step::Texts(number) => {
                assert_eq!(house.texts().len(), *number, "step {place}\n{}", house.stderr());
                house
            }
            Step::NothingElse => {
                let named: usize = self.named.values().sum();
                let all = [house.mails(), house.texts()].concat();
                assert_eq!(all.len(), named, "step {place}: {all:#?}");
                house
            }
        };
        self
    }
}

/// The port of a server that misbehaves from that phase on.
fn serve(servers: &mut Vec<Silent>, phase: Phase) -> u16 {
    let server = Silent::from(phase);
    let port = server.port;
    servers.push(server);
    port
}

/// Runs a command, which says all that.
fn command(house: House, line: &str, code: i32, said: &[&str]) -> House {
    let house = house.run(&words(line)).exited(code);
    let printed = format!("{}\n{}", house.stdout(), house.stderr());
    for words in said {
        assert!(printed.contains(words), "`{line}` lacks {words:?}:\n{printed}");
    }
    house
}

/// Splits a command line; what is between `'` is one argument.
fn words(line: &str) -> Vec<&str> {
    let pieces = line.split('\'').enumerate();
    let split = |(place, piece): (usize, _)| -> Vec<&str> {
        if place % 2 == 1 { vec![piece] } else { str::split_whitespace(piece).collect() }
    };
    pieces.flat_map(split).collect()
}

fn edited(house: House, file: &str, from: &str, to: &str) -> House {
    let text = house.read(file);
    assert!(text.contains(from), "{file} lacks {from:?}:\n{text}");
    let text = if from.is_empty() { text + to } else { text.replacen(from, to, 1) };
    house.file(file, &text)
}

/// The line of the plan that begins so.
fn port_of(house: &House, begins: &str) -> String {
    let plan = house.read("site/plan.toml");
    plan.lines().find(|line| line.starts_with(begins)).unwrap().to_owned()
}

fn crowd(house: House, people: u32) -> House {
    let mut list = "mail\n".to_owned();
    for person in 0..people {
        writeln!(list, "p{person}@example.org").unwrap();
    }
    import(house, &list, 0, &[])
}

fn import(house: House, list: &str, code: i32, said: &[&str]) -> House {
    let house = house.file("list.csv", list);
    let file = house.path().join("list.csv");
    command(house, &format!("subscribers import '{}'", file.display()), code, said)
}

/// What an address has, in the order of arrival.
fn got(house: &House, address: &str) -> Vec<String> {
    let all = if address.contains('@') { house.mails() } else { house.texts() };
    all.into_iter().filter(|(to, _)| to.eq_ignore_ascii_case(address)).map(|(_, words)| words).collect()
}
