//! Styles and scripts as texts: filled in without values, and joined into the files that pages of what is over link to.
//!
//! Promises: the name of such a file is a hash of its bytes, so that a copy may be kept for ever; an empty
//! style or script is no file.

use sha2::{Digest, Sha256};
use tera::{Context, Tera};

use super::watched::{self, Watch};
use super::{Error, fill};

/// What the page of an incident that is over has of styles and scripts, in the order of its page.
const LINKED_STYLES: [&str; 4] = ["style.css", "incident.css", "subscribe.css", "own.css"];
const LINKED_SCRIPTS: [&str; 1] = ["page.js"];

/// A file of the theme that pages link to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its path below the site's root, with a hash of its bytes, so that a copy may be kept for ever.
    pub path: String,
    /// The content of the file.
    pub text: String,
}

/// A style or a script, which gets no values.
pub(super) fn filled(engine: &Tera, watch: Option<&Watch>, name: &str) -> Result<String, Error> {
    let Some(watch) = watch else { return fill(engine, name, &Context::new()) };
    let (engine, owned_name) = (engine.clone(), name.to_owned());
    watch.within(watched::TIME_MAX, name, move || fill(&engine, &owned_name, &Context::new()))
}

/// The files that pages of what is over link to instead of holding them. Tells the templates their paths by the names
/// `linked_style` and `linked_script`; an empty one has neither file nor name.
pub(super) fn linked(engine: &mut Tera, watch: Option<&Watch>) -> Vec<Asset> {
    let mut assets = Vec::new();
    for (names, extension, global) in
        [(&LINKED_STYLES[..], "css", "linked_style"), (&LINKED_SCRIPTS[..], "js", "linked_script")]
    {
        let texts = names.iter().filter_map(|name| filled(engine, watch, name).ok());
        let text: String = texts.collect();
        if text.is_empty() {
            continue;
        }
        let digest = Sha256::digest(text.as_bytes());
        let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let path = format!("assets/{hash}.{extension}");
        engine.global_context().insert(global, &path);
        assets.push(Asset { path, text });
    }
    assets
}
