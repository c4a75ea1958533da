//! `allclear man`: the manual pages, made from the declarations of the arguments.

use clap_mangen::Man as Page;

use crate::cli::arguments::{self, Man};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, GOOD, count, styled};
use crate::files::Durability;
use crate::workspace::write;

/// Prints the main page, or writes a page for every command.
pub(crate) fn run(options: &Man) -> Outcome {
    let mut whole = arguments::command().disable_help_subcommand(true);
    whole.build();
    let Some(dir) = &options.dir else {
        print::exact(String::from_utf8_lossy(&page(whole)?).trim_end());
        return Ok(Exit::Done);
    };
    let mut pages = Vec::new();
    collect(&whole, "allclear", &mut pages);
    for (name, command) in &pages {
        let command = command.clone().name(name.clone()).bin_name(name.replace('-', " "));
        write::file(&dir.join(format!("{name}.1")), &page(command)?, Durability::Cached)?;
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

fn page(command: clap::Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Page::new(command).render(&mut page)?;
    Ok(page)
}
