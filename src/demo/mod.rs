//! `allclear demo`: one outage on the sample site, from its first minute to its end, and what each person got.
//!
//! Promises: works in a temporary folder with built-in sinks on localhost; touches no other file and no other host. Its
//! clock is its own, so that half an hour takes a minute; the outage ends now. Every step runs the code of `build`,
//! `notify` and `deliver`.

mod inbox;
mod people;
pub mod sinks;
mod stage;
mod story;

use std::time::Duration;

use crate::cli::arguments::Demo;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, FAINT, GOOD, STRONG, styled};
use crate::demo::stage::Stage;
use crate::demo::story::ACTS;
use crate::workspace::root::Root;

/// Plays the outage.
pub(crate) fn run(root: &Root, options: &Demo) -> Outcome {
    let mut stage = Stage::set(options, root.now())?;
    print::data(&format!("{}  {}", styled(STRONG, "the page "), stage.page_url()));
    print::data(&format!("{}  {}", styled(STRONG, "the inbox"), stage.inbox_url()));
    stage.introduce()?;
    for act in ACTS {
        if stage.is_stopped() {
            return Ok(Exit::Done);
        }
        stage.play(act)?;
        stage.pause(Duration::from_secs(3));
    }
    stage.sum_up()?;
    if options.keep {
        print::say(&format!("\n{} until Ctrl-C", styled(GOOD, "everything stays up")));
        stage.keep();
    } else {
        print::say(&styled(FAINT, "\nrun it with --keep to look around in the page and the inbox"));
    }
    Ok(Exit::Done)
}
