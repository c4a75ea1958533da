//! The placeholders of a message template, such as `{method}`, filled in from the command line.
//!
//! Promises: a value replaces each occurrence of its placeholder, in its own language; an unknown name is refused.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item, Value};

use crate::check::blanks;
use crate::cli::exit::Failure;

use super::template::Template;

/// Fills in what `NAME=VALUE` says for the page's first language, and `LANGUAGE:NAME=VALUE` for another.
pub(super) fn fill(template: &mut Template, said: &[String]) -> Result<(), Failure> {
    for said in said {
        let shape =
            || Failure::Usage(format!("--fill: `{said}` is not `NAME=VALUE` or `LANGUAGE:NAME=VALUE`"));
        let (name, value) = said.split_once('=').ok_or_else(shape)?;
        let (language, name) = match name.split_once(':') {
            Some((language, name)) => (Some(language), name),
            None => (None, name),
        };
        let mark = format!("{{{}}}", name.trim());
        let is_found = match language {
            None => put(&mut template.front, &mut template.body, &mark, value.trim()),
            Some(language) => {
                let mut all = template.translations.iter_mut();
                let own = all.find(|(of, _)| of.as_str() == language);
                own.is_some_and(|(_, own)| put(&mut own.front, &mut own.body, &mark, value.trim()))
            }
        };
        if !is_found {
            return Err(Failure::Usage(format!(
                "--fill: the message template has no placeholder `{mark}`{}",
                within(language)
            )));
        }
    }
    Ok(())
}

fn within(language: Option<&str>) -> String {
    language.map(|language| format!(" in `{language}`")).unwrap_or_default()
}

/// Puts a value in place of a blank; says whether it was there.
fn put(front: &mut DocumentMut, body: &mut String, mark: &str, value: &str) -> bool {
    let mut is_found = body.contains(mark);
    *body = body.replace(mark, value);
    for (mut key, item) in front.iter_mut() {
        if let Item::Value(Value::String(text)) = item
            && text.value().contains(mark)
        {
            is_found = true;
            let mut filled = Value::from(text.value().replace(mark, value));
            *filled.decor_mut() = text.decor().clone();
            *item = Item::Value(filled);
        }
        // The comment that explains the blank has served.
        let decor = key.leaf_decor_mut();
        let above = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        let kept =
            above.split_inclusive('\n').filter(|line| !line.trim_start().starts_with(&format!("# {mark}")));
        let kept: String = kept.collect();
        decor.set_prefix(kept);
    }
    is_found
}

/// The blanks that are left in the files.
pub(super) fn open(files: &[(String, String)]) -> Vec<String> {
    let left: BTreeSet<&str> = files.iter().flat_map(|(_, text)| blanks(text)).collect();
    left.into_iter().map(|blank| format!("`{blank}`")).collect()
}

/// A text without its blanks.
pub(super) fn without(text: &str) -> String {
    blanks(text).fold(text.to_owned(), |rest, blank| rest.replace(blank, " "))
}
