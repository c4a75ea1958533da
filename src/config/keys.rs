//! Reads the settings of a provider or a CDN: the keys that its row of facts names.
//!
//! Promises: every key of the row is read by its shape, and every problem of one is reported at its place. A secret is only
//! named here; it is read when it is asked for by [`revealed`].

use std::collections::BTreeMap;
use std::path::Path;

use super::secret::{Secret, SecretError};
use super::sender::{SENDER, sender};
use crate::located::{Field, Table};
use crate::model::web_address;
use crate::provider::{Hidden, Key, Need, Setting, Settings, Shape};

/// The values of a row's keys.
#[derive(Default)]
pub(super) struct Values {
    /// All but the secrets.
    pub(super) settings: Settings,
    /// Where the secrets are kept.
    pub(super) secrets: BTreeMap<&'static str, Secret>,
    /// Whether every required value could be read.
    pub(super) is_whole: bool,
}

impl Values {
    /// Reads the keys of a row. What else is in the table is the caller's.
    pub(super) fn read(keys: &[Key], table: &mut Table<'_>) -> Self {
        let mut values = Self { is_whole: true, ..Self::default() };
        let account = keys.iter().filter(|key| matches!(key.need, Need::Account { .. }));
        // Every one is asked for, so that every one is known.
        let has_account = account.filter(|key| table.optional(key.name).is_present()).count() > 0;
        if !has_account {
            values.secrets = usual_account(keys);
        }
        for key in keys {
            let field = table.optional(key.name);
            let is_missing = !field.is_present()
                && match key.need {
                    Need::Required => true,
                    Need::With(other) => table.has(other),
                    Need::Account { required, .. } => has_account && required,
                    _ => false,
                };
            if is_missing {
                table.report_missing_like(key.name, key.example);
            }
            values.is_whole &= values.take(key, &field) || can_be_absent(key.need, has_account);
        }
        values
    }

    /// Reads one key; whether it has a value.
    fn take(&mut self, key: &Key, field: &Field<'_>) -> bool {
        if key.shape == Shape::Secret {
            let secret = Secret::read(field);
            return secret.map(|secret| self.secrets.insert(key.name, secret)).is_some();
        }
        let default = match key.need {
            Need::Default(word) if !field.is_present() => Some(Setting::from(word)),
            _ => None,
        };
        let Some(value) = default.or_else(|| value(key, field)) else { return false };
        self.settings = std::mem::take(&mut self.settings).with(key.name, value);
        true
    }
}

/// The settings with the secrets in the clear. A relative path counts from `root`. Of an account, a secret that need not
/// be there is left out where its variable is not set.
///
/// # Errors
///
/// The first secret that cannot be read.
pub(super) fn revealed(
    keys: &[Key],
    settings: &Settings,
    secrets: &BTreeMap<&'static str, Secret>,
    root: &Path,
) -> Result<Settings, SecretError> {
    let may_be_unset = |name: &str| {
        let key = keys.iter().find(|key| key.name == name);
        key.is_some_and(|key| matches!(key.need, Need::Account { required: false, .. }))
    };
    secrets.iter().try_fold(settings.clone(), |settings, (name, secret)| match secret.reveal(root) {
        Ok(secret) => Ok(settings.with(name, Hidden::from(secret))),
        Err(SecretError::NotSet(_)) if may_be_unset(name) => Ok(settings),
        Err(error) => Err(error),
    })
}

/// The text of one key that is in another table than its row's, if it is there and of the right shape.
pub(super) fn text(key: &Key, field: &Field<'_>) -> Option<String> {
    match value(key, field)? {
        Setting::Text(text) => Some(text),
        _ => None,
    }
}

/// The secrets of an account of which nothing is written.
pub(super) fn usual_account(keys: &[Key]) -> BTreeMap<&'static str, Secret> {
    let variable = |key: &Key| match key.need {
        Need::Account { variable, .. } => Some((key.name, Secret::Environment(variable.to_owned()))),
        _ => None,
    };
    keys.iter().filter_map(variable).collect()
}

fn can_be_absent(need: Need, has_account: bool) -> bool {
    match need {
        Need::Optional | Need::With(_) => true,
        Need::Account { required, .. } => !has_account || !required,
        Need::Required | Need::Default(_) => false,
    }
}

/// The value of a key that holds no secret, if it is there and of the right shape.
fn value(key: &Key, field: &Field<'_>) -> Option<Setting> {
    match key.shape {
        Shape::Text | Shape::Path => field.text().map(Setting::from),
        Shape::Word => field.shaped("bad-word", WORD, |text| plain(text, "-_.")).map(Setting::from),
        Shape::Room => field.shaped("bad-word", ROOM, room).map(Setting::from),
        Shape::Id => field.shaped("bad-id", ID, |text| plain(text, "-_")).map(Setting::from),
        Shape::Host => {
            field.shaped("bad-host", "a host's name or address", web_address::host).map(Setting::from)
        }
        Shape::Url => {
            let expected = "an absolute http or https URL";
            field.shaped("bad-url", expected, web_address::resource).map(Setting::from)
        }
        Shape::Base => base(field).map(Setting::from),
        Shape::Endpoint => endpoint(field).map(Setting::from),
        Shape::Bases => bases(field).map(Setting::from),
        Shape::Sender => field.shaped("bad-sender", SENDER, sender).map(Setting::from),
        Shape::Number(least, most) => field.integer(least..=most).map(Setting::from),
        Shape::Duration(least, most) => field.duration(least..=most).map(Setting::from),
        Shape::Choice(words) => {
            let known = |text: &str| words.iter().copied().find(|word| *word == text);
            field.choice(words, |word| word, known).map(Setting::from)
        }
        // Secrets are read for themselves, and the plan's own keys are in no kind's list.
        Shape::Secret | Shape::Plan => None,
    }
}

const WORD: &str = "letters, digits, hyphens, underscores and dots";
const ROOM: &str = "1 to 200 visible ASCII characters without spaces";
const ID: &str = "an id of letters, digits, hyphens and underscores";

fn plain(text: &str, signs: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
    (text.len() <= 200 && text.chars().all(plain)).then(|| text.to_owned())
}

fn room(text: &str) -> Option<String> {
    let is_visible = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    (is_visible && text.len() <= 200).then(|| text.to_owned())
}

fn base(field: &Field<'_>) -> Option<String> {
    field.shaped("bad-url", web_address::BASE, web_address::base)
}

/// A base that nobody may overhear.
fn endpoint(field: &Field<'_>) -> Option<String> {
    let endpoint = base(field)?;
    if endpoint.starts_with("http://") && !web_address::is_this_machine(&endpoint) {
        field.error(
            "unencrypted",
            "the key is sent to another machine without encryption",
            Some("use https".to_owned()),
        );
        return None;
    }
    Some(endpoint)
}

fn bases(field: &Field<'_>) -> Option<Vec<String>> {
    let written = field.items();
    let bases: Vec<String> = written.iter().filter_map(base).collect();
    (!bases.is_empty() && bases.len() == written.len()).then_some(bases)
}
