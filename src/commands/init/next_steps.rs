//! The last lines of `allclear init`: the next commands, ready to be pasted.
//!
//! Promises: each command works in the new site as it is printed, but for `ADDRESS`. Never names a feature that the site lacks.

use std::path::Path;

use crate::cli::print::{self, FAINT, GOOD, STRONG, styled};
use crate::commands::init::answers::Answers;
use crate::commands::init::files;

/// Prints the steps; without answers the site is the sample.
pub(super) fn say(dir: &Path, answers: Option<&Answers>) {
    let at = dir.display();
    print::say(&format!("{} {at}", styled(GOOD, "made")));
    if dir != Path::new(".") {
        print::say(&format!("  {}", styled(STRONG, &format!("cd {}", in_shell(&at.to_string())))));
    }
    for (what, how) in steps(answers) {
        print::say(&format!("  {what:<32} {}", styled(STRONG, &how)));
    }
    print::say(&styled(FAINT, "  every key of both files: docs/configuration.md of allclear"));
}

fn steps(answers: Option<&Answers>) -> Vec<(&'static str, String)> {
    let mut steps = vec![("look at the page", "allclear preview".to_owned())];
    let Some(answers) = answers else { return steps };
    if !answers.from.is_empty() {
        steps.push(("set the baseline; sends nothing", "allclear adopt".to_owned()));
        steps.push(("set who is notified", "allclear subscribers add ADDRESS".to_owned()));
    }
    steps.push(("write an incident", new(answers)));
    if !answers.from.is_empty() {
        steps.push(("send it, after a confirmation", "allclear notify".to_owned()));
    }
    steps.push(("publish the page", "set [[targets]] in site/page.toml, then allclear publish".to_owned()));
    if !answers.from.is_empty() {
        steps.push(("if a reply says unsubscribe", "allclear subscribers remove ADDRESS".to_owned()));
    }
    if answers.from.is_empty() {
        steps.push(("notify subscribers as well", "create site/plan.toml".to_owned()));
    }
    steps
}

/// The command that writes an incident of the site's first feature.
fn new(answers: &Answers) -> String {
    let (id, name) = files::first_feature(answers);
    let title = in_shell(&format!("{name} is slow"));
    format!("allclear new --title {title} --affected {id} --eta +2h")
}

/// A word as every shell takes it.
fn in_shell(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(answers: &Answers) -> String {
        steps(Some(answers)).iter().map(|(_, how)| format!("{how}\n")).collect()
    }

    #[test]
    fn the_incident_is_of_a_feature_that_the_site_has() {
        let answers = Answers { features: " Ana's Café, Search".to_owned(), ..Answers::default() };
        let new = "allclear new --title 'Ana'\\''s Café is slow' --affected ana-s-cafe --eta +2h\n";
        assert!(said(&answers).contains(new), "{}", said(&answers));
        assert!(said(&Answers::default()).contains("--affected website"));
    }

    #[test]
    fn the_baseline_comes_before_the_first_message_and_only_where_messages_are_sent() {
        let from = "status@acme.com".to_owned();
        let with = said(&Answers { from, ..Answers::default() });
        let place = |words: &str| with.find(words).unwrap_or_else(|| panic!("{words}: {with}"));
        assert!(
            place("adopt") < place("subscribers add") && place("allclear new") < place("allclear notify")
        );
        assert!(!said(&Answers::default()).contains("notify"));
    }
}
