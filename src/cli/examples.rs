//! An example or two for the help of each command.
//!
//! Promises: every example is a command line that the program takes. Never holds anyone's real name or address.

use clap::builder::StyledStr;

/// The examples of each command, by its words.
pub(crate) const EXAMPLES: &[(&[&str], &[&str])] = &[
    (
        &["init"],
        &[
            "allclear init status",
            "allclear init . --name Acme --url https://status.acme.com --languages en,es",
        ],
    ),
    (
        &["new"],
        &[
            "allclear new --title \"Card payments fail\" --severity major --affected checkout --eta +2h",
            "allclear new maintenance --title \"Database upgrade\" --affected checkout --starts +2d --ends +2h",
        ],
    ),
    (
        &["update"],
        &[
            "allclear update 2026-11-20-card-payments-fail --phase identified --eta +3h -m \"The fault is at our \
             card processor.\"",
            "allclear update incidents/2026-11-20-card-payments-fail.md --phase resolved",
        ],
    ),
    (
        &["withdraw"],
        &[
            "allclear withdraw 2026-11-20-card-payments-fail --reason \"This was a false alarm of our monitoring.\"",
        ],
    ),
    (
        &["approve"],
        &[
            "allclear approve 2026-11-20-card-payments-fail",
            "allclear approve 2026-11-20-card-payments-fail --as bo --break-glass --role incident_manager --reason \
             \"Nobody answers.\"",
        ],
    ),
    (
        &["control"],
        &[
            "allclear control 2026-11-20-card-payments-fail",
            "allclear control request 2026-11-20-card-payments-fail --note \"I have news from the bank.\"",
        ],
    ),
    (&["control", "take"], &["allclear control take 2026-11-20-card-payments-fail"]),
    (&["control", "request"], &["allclear control request 2026-11-20-card-payments-fail --as bo"]),
    (&["control", "answer"], &["allclear control answer 2026-11-20-card-payments-fail --to bo"]),
    (&["control", "pass"], &["allclear control pass 2026-11-20-card-payments-fail --to bo --keep case=4711"]),
    (&["control", "release"], &["allclear control release 2026-11-20-card-payments-fail"]),
    (&["control", "extend"], &["allclear control extend 2026-11-20-card-payments-fail --for 2d"]),
    (&["control", "note"], &["allclear control note 2026-11-20-card-payments-fail --keep case=4711"]),
    (&["check"], &["allclear check", "allclear check --format github"]),
    (&["build"], &["allclear build", "allclear build --out /srv/status"]),
    (&["preview"], &["allclear preview", "allclear preview --audience internal --port 0"]),
    (&["publish"], &["allclear publish --dry-run", "allclear publish --target here"]),
    (&["rollback"], &["allclear rollback --list", "allclear rollback 4f3a9c"]),
    (
        &["notify"],
        &[
            "allclear notify --dry-run",
            "allclear notify --yes --only 2026-11-20-card-payments-fail",
            "allclear notify --preview 2026-11-20-card-payments-fail --channel mail",
        ],
    ),
    (&["deliver"], &["allclear deliver --retry-now", "allclear deliver --watch --metrics 127.0.0.1:9464"]),
    (&["run"], &["allclear run", "allclear run --pull origin/main --health 127.0.0.1:9465"]),
    (&["desk"], &["allclear desk", "allclear desk --listen 127.0.0.1:8480"]),
    (&["adopt"], &["allclear adopt", "allclear adopt --known 2026-11-20-card-payments-fail"]),
    (&["subscribers"], &["allclear subscribers add ana@example.org", "allclear subscribers list"]),
    (&["subscribers", "import"], &["allclear subscribers import people.csv"]),
    (
        &["subscribers", "add"],
        &[
            "allclear subscribers add ana@example.org +34600000001",
            "allclear subscribers add ana@example.org --follow checkout --language es",
            "allclear subscribers add ana@example.org --bring-back \"asked for it by phone, ticket 4711\"",
        ],
    ),
    (
        &["subscribers", "list"],
        &["allclear subscribers list", "allclear subscribers list --reveal --format json"],
    ),
    (&["subscribers", "remove"], &["allclear subscribers remove ana@example.org"]),
    (&["subscribers", "allow"], &["allclear subscribers allow ana@example.org"]),
    (&["subscribers", "replies"], &["allclear subscribers replies --reveal"]),
    (&["why"], &["allclear why ana@example.org", "allclear why +34600000001 2026-11-20-card-payments-fail"]),
    (&["report"], &["allclear report", "allclear report 2026-11-20-card-payments-fail --missed"]),
    (&["import"], &["allclear import cstate ../old-status --root status"]),
    (&["import", "cstate"], &["allclear import cstate ../old-status --root status"]),
    (&["channels"], &["allclear channels", "allclear channels --format json"]),
    (&["doctor"], &["allclear doctor"]),
    (&["drill"], &["allclear drill", "allclear drill disaster --servers drill-servers.toml"]),
    (&["demo"], &["allclear demo", "allclear demo --keep --port 8080"]),
    (&["completions"], &["allclear completions bash > /etc/bash_completion.d/allclear"]),
    (&["man"], &["allclear man | man -l -", "allclear man /usr/share/man/man1"]),
];

/// The command line with the examples in its help.
pub(crate) fn with_examples(mut command: clap::Command) -> clap::Command {
    for (words, lines) in EXAMPLES {
        command = put(command, words, lines);
    }
    command
}

fn put(command: clap::Command, words: &[&str], lines: &[&str]) -> clap::Command {
    match words {
        [] => command.after_help(text(lines)),
        // Asking for a command that does not exist would add it.
        [word, rest @ ..] if command.find_subcommand(word).is_some() => {
            command.mut_subcommand(*word, |inner| put(inner, rest, lines))
        }
        _ => command,
    }
}

fn text(lines: &[&str]) -> StyledStr {
    use std::fmt::Write as _;
    let header = clap::builder::Styles::default().get_header().to_owned();
    let mut text = StyledStr::new();
    // Writing to text cannot fail.
    let _ = write!(text, "{header}Examples:{header:#}");
    for line in lines {
        let _ = write!(text, "\n  {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments;

    /// The arguments of a command line, split like a shell splits them, up to the first `|` or `>`.
    fn words(line: &str) -> Vec<String> {
        let own = line.split(['|', '>']).next().unwrap();
        let mut words = Vec::new();
        for (number, part) in own.split('"').enumerate() {
            match number % 2 {
                0 => words.extend(part.split_whitespace().map(str::to_owned)),
                _ => words.push(part.to_owned()),
            }
        }
        words
    }

    #[test]
    fn every_example_is_taken_and_every_command_has_one() {
        for (_, lines) in EXAMPLES {
            for line in *lines {
                let taken = arguments::command().try_get_matches_from(words(line));
                assert!(taken.is_ok(), "{line}: {}", taken.unwrap_err());
            }
        }
        let command = arguments::command();
        let all = command
            .get_subcommands()
            .flat_map(|command| std::iter::once(command).chain(command.get_subcommands()));
        for command in all.filter(|command| command.get_name() != "help") {
            assert!(command.get_after_help().is_some(), "{}", command.get_name());
        }
    }
}
