//! What SMS messages cost: `[text.price]`.
//!
//! Promises: every price is in one currency, and the most specific country code decides. Never limits spending: that is
//! `[budget]`.

use std::collections::BTreeMap;

use super::country::{COUNTRY, country};
use crate::located::Table;
use crate::model::price::Price;

/// What one segment of a text message costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPrice {
    /// The code of the currency, such as `EUR`.
    pub currency: String,
    /// For numbers of all other countries, if it is known.
    pub default: Option<Price>,
    /// By country code, which an area code may follow: `+1`, `+1787`.
    pub by_country: BTreeMap<String, Price>,
}

impl TextPrice {
    /// What a segment to a number in the international form costs, if the plan states it.
    pub fn of(&self, number: &str) -> Option<Price> {
        let known = self.by_country.iter().filter(|(country, _)| number.starts_with(country.as_str()));
        known.max_by_key(|(country, _)| country.len()).map(|(_, price)| *price).or(self.default)
    }

    /// The lowest and the highest price; `None` without any.
    pub fn range(&self) -> Option<(Price, Price)> {
        let prices = || self.by_country.values().chain(&self.default).copied();
        prices().min().zip(prices().max())
    }
}

/// Reads the table `price` of the channel: `Some(None)` if there is none, `None` if it is not sound.
pub(super) fn price(text: &mut Table<'_>) -> Option<Option<TextPrice>> {
    let field = text.optional("price");
    if !field.is_present() {
        return Some(None);
    }
    let mut table = field.table()?;
    let currency = table.required("currency").shaped("bad-currency", "a currency such as `EUR`", currency);
    let default = table.optional("default");
    let default = if default.is_present() { Some(default.shaped(RULE, AMOUNT, Price::new)?) } else { None };
    let countries = table.optional("by_country");
    let by_country = if countries.is_present() { by_country(&countries.table()?)? } else { BTreeMap::new() };
    let span = table.span();
    let document = table.document();
    table.finish();
    if default.is_none() && by_country.is_empty() {
        let hint = "add `default`, or a table `by_country`".to_owned();
        document.error(span, "no-price", "`text.price` names no price".to_owned(), Some(hint));
        return None;
    }
    Some(Some(TextPrice { currency: currency?, default, by_country }))
}

const RULE: &str = "bad-price";
const AMOUNT: &str = "a price such as `\"0.045\"`";

fn by_country(table: &Table<'_>) -> Option<BTreeMap<String, Price>> {
    let (mut read, mut are_whole) = (BTreeMap::new(), true);
    for (name, field) in table.all() {
        let code = country(name);
        if code.is_none() {
            let message = format!("expected {COUNTRY}");
            table.document().error(table.key_span(name), "bad-country", message, None);
        }
        match code.zip(field.shaped(RULE, AMOUNT, Price::new)) {
            Some((code, price)) => drop(read.insert(code, price)),
            None => are_whole = false,
        }
    }
    are_whole.then_some(read)
}

/// Three capital letters, as ISO 4217 has them.
fn currency(text: &str) -> Option<String> {
    (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.to_owned())
}
