//! `allclear subscribers import`: adds the subscribers of a CSV file.
//!
//! Promises: every row of the file is counted once, as imported or as left out; rows that were not read are reported.

use std::path::Path;

use anyhow::Context;

use crate::import::subscribers::{self, List, Spot};
use crate::ledger::{Added, People};
use crate::model::listed::SubscriberList;
use crate::model::page::Page;
use crate::model::phase::Severity;
use crate::model::problem::{Problem, ProblemLevel};
use crate::model::subscriber::{Consent, ConsentMethod, FeatureFilter, Subscription};

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, count, styled};
use crate::cli::problems;
use crate::commands::suppressed;
use crate::flow::people::draw_id;
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// Imports the list; `replaces_addresses`: those that it omits are removed from the subscribers in it.
pub(super) fn run(root: &Root, page: &Page, file: &Path, replaces_addresses: bool) -> Outcome {
    let bytes = std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
    let name = file.display().to_string();
    let mut list = subscribers::read(&name, &bytes, page);
    if list.unread_from == Some(1) {
        problems::show(&mut list.problems, root.format);
        print::say("nothing was imported");
        return Err(Failure::Problems);
    }
    let consent = Consent { method: ConsentMethod::Imported, source: name.clone(), at: root.now() };
    let rows = std::mem::take(&mut list.rows);
    let wanted = SubscriberList { rows, defaults: defaults(page), replaces_addresses };
    let mut ledger = high_water_mark::open_to_change(root)?;
    let added = ledger.import_subscribers(&wanted, &consent, &mut draw_id)?;
    let mut found = std::mem::take(&mut list.problems);
    found.extend(list.lines.iter().zip(&added).filter_map(|(line, added)| left_out(&name, *line, added)));
    let left_out = found.len() - usize::from(list.unread_from.is_some());
    found.extend(suppressed::problems(&mut ledger, &name, &list.lines, &added)?);
    let failed = problems::show(&mut found, root.format);
    if !list.fields.is_empty() {
        let fields: Vec<&str> = list.fields.iter().map(String::as_str).collect();
        print::say(&format!("kept as fields of their own: {}", fields.join(", ")));
    }
    print::say(&result(&list, &added, left_out));
    Ok(if failed { Exit::Problems } else { Exit::Done })
}

/// What a new subscriber has where the list is silent.
fn defaults(page: &Page) -> Subscription {
    Subscription {
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        language: page.first_language().clone(),
        time_zone: page.time_zone.clone(),
        endpoints: Vec::new(),
        fields: Default::default(),
    }
}

/// `imported 3 subscribers (1 new, 2 unchanged), 0 lines left out`.
fn result(list: &List, added: &[Added], left_out: usize) -> String {
    let number = |is_counted: fn(&Added) -> bool| added.iter().filter(|added| is_counted(added)).count();
    let kinds = [
        (number(|added| matches!(added, Added::New(_))), "new"),
        (number(|added| matches!(added, Added::Updated(_) | Added::Back(_))), "changed"),
        (number(|added| matches!(added, Added::Unchanged(_))), "unchanged"),
    ];
    let shown: Vec<String> = kinds
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let shown = if shown.is_empty() { String::new() } else { format!(" ({})", shown.join(", ")) };
    let all = count(number(|added| added.id().is_some()), "subscriber", "subscribers");
    let left_out = count(left_out, "line", "lines");
    let empty = match list.empty_rows {
        0 => String::new(),
        rows => format!(", {} without a value skipped", count(rows, "row", "rows")),
    };
    let others = match list.rows_of_others {
        0 => String::new(),
        rows => format!(", {} of another audience skipped", count(rows, "row", "rows")),
    };
    let unread = list.unread_from.map(|line| format!("; nothing was read from line {line} on"));
    format!(
        "{} {all}{shown}, {left_out} left out{empty}{others}{}",
        styled(GOOD, "imported"),
        unread.unwrap_or_default()
    )
}

/// The problem of a good line that the ledger did not take; `None` where it did.
fn left_out(file: &str, line: usize, added: &Added) -> Option<Problem> {
    match added {
        Added::New(_) | Added::Updated(_) | Added::Back(_) | Added::Unchanged(_) | Added::NeverLeft => None,
        Added::Left(endpoint) => {
            let message =
                format!("{endpoint} belongs to someone who unsubscribed; an import does not add them again");
            let hint =
                "only if they asked for it, run `allclear subscribers add ADDRESS --bring-back REASON`"
                    .to_owned();
            let left = subscribers::problem(file, Spot::line(line), message, Some(hint));
            Some(Problem { level: ProblemLevel::Warning, rule: "left-subscriber", ..left })
        }
        Added::Taken { endpoint, owner } => {
            let message = format!("{endpoint} belongs to another subscriber, {owner}");
            let hint = format!(
                "`allclear subscribers remove {owner}` stops all messages to that subscriber and frees the address"
            );
            Some(Problem {
                rule: "taken-address",
                ..subscribers::problem(file, Spot::line(line), message, Some(hint))
            })
        }
    }
}
