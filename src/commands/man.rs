//! `allclear man`: the manual pages, made from the declarations of the arguments.

use clap_mangen::Man as Page;

use crate::cli::arguments::{self, Man};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, GOOD, count, styled};
use crate::cli::version;
use crate::files::Durability;
use crate::workspace::write;

/// Prints the main page, or writes a page for every command.
pub(crate) fn run(options: &Man) -> Outcome {
    let mut whole = arguments::command().disable_help_subcommand(true);
    whole.build();
    let Some(dir) = &options.dir else {
        print::exact(page(whole)?.trim_end());
        return Ok(Exit::Done);
    };
    let mut pages = Vec::new();
    collect(&whole, "allclear", &mut pages);
    for (name, command) in &pages {
        let command = command.clone().name(name.clone()).bin_name(name.replace('-', " "));
        write::file(&dir.join(format!("{name}.1")), page(command)?.as_bytes(), Durability::Cached)?;
    }
    let pages = count(pages.len(), "page", "pages");
    print::say(&format!("{} {pages} in {}", styled(GOOD, "wrote"), dir.display()));
    Ok(Exit::Done)
}

/// A command and those below it, by the names of their pages.
fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, clap::Command)>) {
    pages.push((name.to_owned(), command.clone()));
    for inner in command.get_subcommands() {
        collect(inner, &format!("{name}-{}", inner.get_name()), pages);
    }
}

fn page(command: clap::Command) -> std::io::Result<String> {
    let title = command.get_name().to_uppercase();
    let page = Page::new(command).title(title).date(version::DATE).source(version::NAME).manual("allclear");
    let mut roff = Vec::new();
    page.render(&mut roff)?;
    Ok(tidied(&String::from_utf8_lossy(&roff)))
}

/// The page with its examples line by line under a title of their own, and without what `mandoc -Tlint` warns of.
fn tidied(roff: &str) -> String {
    let roff = roff.replace(".br\n\n.br\n", ".sp\n");
    let (text, examples) = roff.split_once("\n.SH EXTRA\nExamples:\n").unwrap_or((&roff, ""));
    let (examples, rest) = examples.split_once("\n.SH").unwrap_or((examples, ""));
    let mut lines: Vec<&str> = text.lines().collect();
    if !examples.is_empty() {
        lines.extend([".SH EXAMPLES", ".nf"]);
        lines.extend(examples.lines().map(str::trim_start));
        lines.push(".fi");
    }
    let rest = if rest.is_empty() { String::new() } else { format!(".SH{rest}") };
    lines.extend(rest.lines());
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}
