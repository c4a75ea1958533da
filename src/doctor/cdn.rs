//! Whether the CDN in front of each target accepts our account.
//!
//! Promises: each secret is read, and never shown; only requests that change nothing are sent, and only to the CDN that
//! `site/page.toml` names. Never purges.

use crate::cdn::Account;
use crate::config::target::{Cdn, Target};
use crate::model::line::short_line;
use crate::net::address;
use crate::workspace::root::Root;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;

const CHECK: &str = "cdn";

const SECRET: &str = "set the variable, or write the file, that `targets.cdn` in site/page.toml names, for the user that runs allclear";
const UNSIGNED: &str =
    "copy the keys from the CDN again, to where `targets.cdn` in site/page.toml says that they are kept";
const SILENT: &str = "check `targets.cdn` in site/page.toml, the DNS and the firewall of this machine, and the CDN's own state; until it \
     answers, readers get a change only when the CDN's copies are too old";
const REFUSED: &str = "make a token that may purge, and correct it and the IDs in `targets.cdn` of site/page.toml; until then readers get a \
     change only when the CDN's copies are too old";

/// Everything about every CDN.
pub(super) fn all(ask: &Ask, root: &Root, targets: &[Target]) -> Vec<Finding> {
    let with_cdn = targets.iter().filter_map(|target| Some((target, target.cdn.as_ref()?)));
    with_cdn.flat_map(|(target, cdn)| one(ask, root, target, cdn)).collect()
}

fn one(ask: &Ask, root: &Root, target: &Target, cdn: &Cdn) -> Vec<Finding> {
    let (about, kind) = (format!("target {}", target.name), cdn.kind);
    let title = kind.title;
    let settings = match cdn.revealed(&root.path) {
        Ok(settings) => settings,
        Err(error) => return vec![Finding::fault(&about, "cdn-secret", format!("{title}: {error}"), SECRET)],
    };
    let look = |request| {
        let Some(signed) = (kind.signed)(&settings, request, ask.now) else {
            let words = format!("{title}: no request can be signed with its keys");
            return Finding::fault(&about, "cdn-secret", words, UNSIGNED);
        };
        let plain = |words: &str| short_line(&settings.without_secrets(words), 300);
        match ask.send(&signed).map(|response| (kind.account)(&response)) {
            Err(error) => {
                let words = format!("{title}: {} does not answer: {error}", address::page(&signed.url).host);
                Finding::fault(&about, CHECK, words, SILENT)
            }
            Ok(Account::Accepted) => Finding::fine(&about, CHECK, format!("{title}: accepts our account")),
            Ok(Account::Unclear(why)) => Finding::unknown(&about, CHECK, format!("{title}: {}", plain(&why))),
            Ok(Account::Refused(why)) => Finding::fault(
                &about,
                CHECK,
                format!("{title}: refuses our account: {}", plain(&why)),
                REFUSED,
            ),
        }
    };
    (kind.looks)(&settings, &address::page(&target.url)).into_iter().map(look).collect()
}
