//! Many subscribers, and who of them must hear of what: worked out by hand, without any of the program's code.

use std::collections::BTreeSet;

/// What happens, one after the other: the incident's name and title, its feature, and its severity with how much that
/// weighs.
pub(crate) const CHANGES: [(&str, &str, &str, usize); 3] = [
    ("payments", "checkout", "major", 2),
    ("returns", "refunds", "minor", 1),
    ("finding", "search", "critical", 3),
];

const FOLLOWED: [&str; 5] = ["", "checkout", "refunds;search", "search", "checkout;refunds;search"];
const SEVERITIES: [&str; 4] = ["notice", "minor", "major", "critical"];
/// Every nineteenth has a phone and no mail.
const PHONES: usize = 19;

/// A number of people, each with a number.
#[derive(Clone, Copy)]
pub(crate) struct Crowd(pub(crate) usize);

impl Crowd {
    /// The file of all of them.
    pub(crate) fn csv(self) -> String {
        let lines = (0..self.0).map(|number| {
            let (mail, text) = if has_phone(number) {
                (String::new(), address(number))
            } else {
                (address(number), String::new())
            };
            format!("{mail},{text},{},{}\n", FOLLOWED[number % 5], SEVERITIES[number / 5 % 4])
        });
        format!("mail,text,follow,severity\n{}", lines.collect::<String>())
    }

    /// Who must hear of the n-th change by mail.
    pub(crate) fn mailed(self, change: usize) -> BTreeSet<String> {
        (0..self.0).filter(|number| !has_phone(*number) && wants(*number, change)).map(address).collect()
    }

    /// Who must hear of the n-th change by text.
    pub(crate) fn texted(self, change: usize) -> BTreeSet<String> {
        (0..self.0).filter(|number| has_phone(*number) && wants(*number, change)).map(address).collect()
    }
}

fn has_phone(number: usize) -> bool {
    number % PHONES == 7
}

fn address(number: usize) -> String {
    if has_phone(number) { format!("+3460{number:07}") } else { format!("p{number}@example.org") }
}

fn wants(number: usize, change: usize) -> bool {
    let (_, feature, _, weight) = CHANGES[change];
    let followed = FOLLOWED[number % 5];
    (followed.is_empty() || followed.split(';').any(|one| one == feature)) && weight >= number / 5 % 4
}
