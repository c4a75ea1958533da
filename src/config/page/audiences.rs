//! `[audiences.NAME]` of `site/page.toml`: audiences that read more than everyone does, each at an address of its own.
//!
//! Promises: every problem is reported at its place; no audience has the page's address or another's, so that no site is published
//! over a wider one.

use std::collections::BTreeSet;

use crate::config::target::{self, Target, TargetKind};
use crate::located::{Field, Table, quoted, suggestion};
use crate::model::audience::{AudienceName, NamedAudience};
use crate::model::localized::{Language, Localized};
use crate::model::page::Links;
use crate::model::web_address;

/// The audiences of the page, by name. `None` if one of them cannot be read.
pub(super) fn audiences(
    table: &mut Table<'_>,
    languages: &[Language],
    page_url: Option<&str>,
    links: Links,
    page_targets: &[Target],
) -> Option<Vec<NamedAudience>> {
    let all = table.optional("audiences").table();
    let entries = all.iter().flat_map(Table::all).collect::<Vec<_>>();
    let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
    let mut urls: BTreeSet<String> = page_url.map(str::to_owned).into_iter().collect();
    let mut places: Vec<TargetKind> = page_targets.iter().map(|target| target.place.clone()).collect();
    let read = entries.iter().map(|(name, field)| {
        let own_name = AudienceName::new(name);
        if own_name.is_none() {
            let hint = Some(format!("write {}", AudienceName::SHAPE));
            field.error("bad-audience", format!("{} is not the name of an audience", quoted(name)), hint);
        }
        let mut table = field.table()?;
        let title = table.optional("name");
        let title = if title.is_present() { title.localized(languages)? } else { Localized::plain(*name) };
        let url = address(&table.required("url"), &mut urls);
        let sees = sees(&table.optional("sees"), &names);
        // Who publishes reads them again; here they are looked at for their problems.
        let targets = target::targets(&mut table, url.as_deref(), links).unwrap_or_default();
        for target in targets {
            if places.contains(&target.place) {
                let message =
                    format!("the target `{}` is where a wider audience's site is published", target.name);
                let hint = Some("give each audience a place of its own".to_owned());
                table.optional("targets").error("shared-target", message, hint);
            }
            places.push(target.place);
        }
        table.finish();
        Some(NamedAudience { name: own_name?, title, url: url?, sees })
    });
    read.collect()
}

/// An address that no other site of this page has.
fn address(field: &Field<'_>, taken: &mut BTreeSet<String>) -> Option<String> {
    let url = field.shaped("bad-url", web_address::BASE, web_address::base)?;
    if !taken.insert(url.clone()) {
        let hint = "give each audience an address of its own".to_owned();
        field.error("duplicate-url", format!("{url} is the address of a wider audience"), Some(hint));
        return None;
    }
    Some(url)
}

/// The audiences that it sees; those that the file does not have are problems.
fn sees(field: &Field<'_>, names: &[&str]) -> Vec<AudienceName> {
    let known = |item: &Field<'_>| {
        let name = item.text()?;
        if !names.contains(&name.as_str()) {
            let message = format!("there is no audience {}", quoted(&name));
            item.error("unknown-audience", message, suggestion(&name, names));
        }
        AudienceName::new(&name)
    };
    field.items().iter().filter_map(known).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::parse_page;

    const PAGE: &str = "name = 'Shop'\nurl = 'https://status.example.com'\n[[groups]]\nname = 'Buying'\n\
                        [[groups.features]]\nid = 'checkout'\nname = 'Checkout'\n";

    #[test]
    fn an_audience_has_an_address_of_its_own_and_sees_audiences_that_exist() {
        for (audiences, expected) in [
            ("[audiences.partners]\nurl = 'https://p.example.com'\nsees = ['internl']", "unknown-audience"),
            ("[audiences.partners]\nurl = 'https://status.example.com'", "duplicate-url"),
            (
                "[audiences.a]\nurl = 'https://p.example.com'\n[audiences.b]\nurl = 'https://p.example.com'",
                "duplicate-url",
            ),
            ("[audiences.internal]\nurl = 'https://p.example.com'", "bad-audience"),
            ("[audiences.partners]\nsees = []", "missing-key"),
            ("[audiences.partners]\nurl = 'https://p.example.com'\nseees = []", "unknown-key"),
            (
                "[audiences.partners]\nurl = 'https://p.example.com'\n[[audiences.partners.targets]]\nname = 'a'\nkind = 'nfs'",
                "unknown-word",
            ),
            (
                "[[targets]]\nname = 'a'\nkind = 'folder'\npath = 'out'\n[audiences.partners]\nurl = 'https://p.example.com'\n\
             [[audiences.partners.targets]]\nname = 'b'\nkind = 'folder'\npath = 'out'",
                "shared-target",
            ),
        ] {
            let found = parse_page(&format!("{PAGE}{audiences}\n")).1;
            assert!(found.len() == 1 && found[0].rule == expected, "{audiences}: {found:?}");
        }
    }
}
