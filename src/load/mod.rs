//! Incident files to a [`Site`](crate::model::site::Site) and problems; reads only.
//!
//! Promises: all problems of all files are reported at once, each with its place; one bad file never
//! hides another; whatever bytes a file holds, reading it never panics and takes bounded time and memory. What
//! [`write_incident`] writes is read back as the same incident. Never writes a file, never reads a clock.
//!
//! A file is `split` into front matter and story; the block becomes a located tree and then a
//! `front_matter`; the story is `outline`d into sections, each begun by a `heading` with `attributes`.
//! `incident` puts the two together, `translation` lays other languages over it, `walk`, `site` and
//! `gathering` read the whole folder, `memory` spares the next reading what has not changed, and `stored` one in a new process. The way back is `write`, and `append` for one update. The format itself is
//! described for authors in `docs/format.md`.

mod append;
mod attributes;
mod escape;
mod facts;
mod fault;
mod front_matter;
mod gathering;
mod heading;
mod incident;
mod main_only;
mod memory;
mod name;
mod occurrences;
mod ongoing;
mod other_names;
mod outline;
mod piece;
mod read_file;
mod reading;
mod scan;
mod site;
mod split;
mod stored;
mod story;
#[cfg(test)]
mod tests;
mod translation;
mod walk;
mod window;
mod write;
mod yaml;
mod yaml_words;

pub use append::append_update;
pub use incident::{Parsed, parse_incident};
pub use memory::ParseCache;
pub use occurrences::expand;
pub use reading::is_readable;
pub use site::{Loaded, Source, StandIns, read_site, read_site_again};
pub use story::UPDATES_MAX;
pub use write::{write_incident, write_translation};
