//! `[people]` and `[roles]` of the plan: who speaks for the page, and what each is responsible for.
//!
//! Promises: every person of a role is in `[people]`, and no two people share an email address or a signing key. An address
//! never appears in a problem.

use std::collections::{BTreeMap, BTreeSet};

use crate::located::{Field, Table, quoted, suggestion};
use crate::model::address::{EmailAddress, PhoneNumber};
use crate::model::approval::Role;
use crate::model::control::Actor;
use crate::model::feature::FeatureId;

/// Short names that no person may have, because each means another owner of control: automation, and nobody.
pub(super) const RESERVED: [&str; 2] = [Actor::AUTOMATION, "none"];

/// Someone of the operator's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What they are called.
    pub name: String,
    /// Their email address, which their commits carry too.
    pub mail: EmailAddress,
    /// Their phone number.
    pub text: Option<PhoneNumber>,
    /// What their commits are signed with.
    pub signing_key: Option<SigningKey>,
}

/// What verifies the signature of a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SigningKey {
    /// A public SSH key, its type and its base64.
    Ssh(String),
    /// The fingerprint of a GPG key in the keyring of the user that runs allclear, in upper case.
    Gpg(String),
}

impl SigningKey {
    /// What a key looks like.
    const SHAPE: &'static str =
        "a public SSH key such as `ssh-ed25519 AAAA…`, or the 40 digits of a GPG fingerprint";

    fn read(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| *c != ' ').collect();
        if digits.len() == 40 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Some(Self::Gpg(digits.to_ascii_uppercase()));
        }
        let (kind, rest) = text.trim().split_once(' ')?;
        let key = rest.split(' ').next()?;
        let is_kind = ["ssh-", "ecdsa-", "sk-"].iter().any(|prefix| kind.starts_with(prefix));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+/=-@.".contains(c);
        let is_whole = is_kind && key.len() >= 40 && kind.chars().chain(key.chars()).all(is_plain);
        is_whole.then(|| Self::Ssh(format!("{kind} {key}")))
    }
}

/// The people by their short names.
pub type People = BTreeMap<String, Person>;
/// Who has each role, by short name.
pub type Roles = BTreeMap<Role, BTreeSet<String>>;

/// Reads `[people]`: those that could be read, and whether that is everyone, each with a name of their own.
pub(super) fn read(table: Table<'_>) -> (People, bool) {
    let (mut people, mut are_whole) = (People::new(), true);
    let document = table.document();
    for (name, field) in table.all() {
        if FeatureId::new(name).is_none() {
            let message = "the name of a person has only lower-case letters, digits and hyphens".to_owned();
            document.error(table.key_span(name), "bad-id", message, None);
            are_whole = false;
        }
        if RESERVED.contains(&name) {
            let message =
                format!("no person can be named {}: it means another owner of control", quoted(name));
            document.error(
                table.key_span(name),
                "reserved-name",
                message,
                Some("choose another short name".to_owned()),
            );
            are_whole = false;
        }
        let Some(person) = field.table().and_then(person) else {
            are_whole = false;
            continue;
        };
        if let Some((other, what)) = shared(&person, &people) {
            field.error(
                "shared-identity",
                format!("{} and {} have the same {what}", quoted(name), quoted(other)),
                None,
            );
            are_whole = false;
        }
        people.insert(name.to_owned(), person);
    }
    (people, are_whole)
}

fn person(mut table: Table<'_>) -> Option<Person> {
    let name = table.required("name").text();
    let mail = address(&mut table, "mail", true, "an email address", EmailAddress::new);
    let text = address(&mut table, "text", false, "a phone number such as `+34600000000`", PhoneNumber::new);
    let (has_text, has_key) = (table.has("text"), table.has("signing_key"));
    let key = table.optional("signing_key").shaped("bad-signing-key", SigningKey::SHAPE, SigningKey::read);
    table.finish();
    let is_whole = has_text == text.is_some() && has_key == key.is_some();
    let person = Person { name: name?, mail: mail?, text, signing_key: key };
    is_whole.then_some(person)
}

/// Reads an address, which no problem repeats.
fn address<T>(
    table: &mut Table<'_>,
    key: &'static str,
    is_required: bool,
    shape: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let field = if is_required { table.required(key) } else { table.optional(key) };
    if table.has(key) {
        table.document().hide(table.value_span(key));
    }
    let address = read(&field.text()?);
    if address.is_none() {
        field.error("bad-address", format!("this is not {shape}"), None);
    }
    address
}

/// What a person shares with an earlier one and must not.
fn shared<'p>(person: &Person, before: &'p People) -> Option<(&'p str, &'static str)> {
    let same_mail = |other: &Person| other.mail.canonical() == person.mail.canonical();
    let same_key = |other: &Person| other.signing_key.is_some() && other.signing_key == person.signing_key;
    before.iter().find_map(|(name, other)| {
        let what = if same_mail(other) { "email address" } else { "signing key" };
        (same_mail(other) || same_key(other)).then_some((name.as_str(), what))
    })
}

/// Reads `[roles]`; `None` where one of them could not be read. `people` are those of the plan.
pub(super) fn read_roles(mut table: Table<'_>, people: &People) -> Option<Roles> {
    let (mut roles, mut are_whole) = (Roles::new(), true);
    for role in Role::ALL {
        let items = table.optional(role.word()).items();
        let known: BTreeSet<String> = items.iter().filter_map(|item| known(item, people)).collect();
        are_whole &= known.len() == items.len();
        if !known.is_empty() {
            roles.insert(role, known);
        }
    }
    table.finish();
    are_whole.then_some(roles)
}

fn known(item: &Field<'_>, people: &People) -> Option<String> {
    let name = item.text()?;
    if people.contains_key(&name) {
        return Some(name);
    }
    let names: Vec<&str> = people.keys().map(String::as_str).collect();
    let hint =
        suggestion(&name, &names).unwrap_or_else(|| "add a table for them, `[people.NAME]`".to_owned());
    item.error("unknown-person", format!("there is no person {}", quoted(&name)), Some(hint));
    None
}
