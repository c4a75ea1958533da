//! What the sample calls itself, so that none of it is published or sent in someone else's name.
//!
//! Promises: only a page at the sample's own address, or on this machine, may use the sample's names, and only while every
//! provider is on this machine, as in the demo.

use super::page::PAGE_FILE;
use super::plan::{PLAN_FILE, Plan, Provider, Wording};
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};
use crate::model::web_address::is_this_machine;
use crate::provider::Protection;

/// What each name of the sample holds.
const NAME: &str = "larkmoor";
const DOMAIN: &str = "larkmoor.example";

/// The sample's incidents: ID and title.
pub const SAMPLE_INCIDENTS: [(&str, &str); 16] = [
    ("2026/canary-islands", "Parcels to the Canary Islands take two days longer"),
    ("2026/card-payments", "Card payments are failing"),
    ("2026/collect-codes", "Collection codes did not arrive"),
    ("2026/delivery-times", "Delivery times load slowly"),
    ("2026/gift-card-codes", "Longer codes for new gift cards"),
    ("2026/gift-cards-rejected", "Gift cards were not accepted"),
    ("2026/help-chat-silent", "Nobody answered in the help chat"),
    ("2026/late-order-mails", "Order confirmations arrive late"),
    ("2026/order-system", "Our order system moves to new machines"),
    ("2026/return-labels", "New printer service for return labels"),
    ("2026/search-index", "Search is rebuilt from the ground up"),
    ("2026/shop-unreachable", "The shop could not be reached"),
    ("2026/sign-in-update", "A stronger lock for your account"),
    ("2026/signed-out", "Some customers were signed out again and again"),
    ("2026/slow-search", "Search is slow"),
    ("2026/tracking-behind", "Order tracking shows old information"),
];

/// Whether a page is the sample's, or plays on this machine.
pub fn is_sample(page: &Page) -> bool {
    page.host().ends_with(DOMAIN) || is_this_machine(&page.url)
}

/// The names of the sample that a site of someone else still uses.
pub fn sample_names(page: &Page, plan: Option<&Plan>, places: &SourceMap) -> Vec<Problem> {
    let of_plan = plan.map(plan_names).unwrap_or_default();
    let found = if is_sample(page) {
        let leaves = plan.is_some_and(|plan| !plan.providers.values().all(is_on_this_machine));
        if leaves { of_plan } else { Vec::new() }
    } else {
        page_names(page).into_iter().chain(of_plan).collect()
    };
    let problem = |(file, key): (&str, &'static str)| Problem {
        file: file.to_owned(),
        place: places.find(file, SourceKey::Key(key.to_owned())),
        level: ProblemLevel::Error,
        rule: "sample-name",
        message: format!("`{key}` is the sample's, not yours"),
        hint: Some("write your own; until then nothing is sent".to_owned()),
    };
    found.into_iter().map(problem).collect()
}

fn page_names(page: &Page) -> Vec<(&'static str, &'static str)> {
    let names = std::iter::once(&page.name.default).chain(page.name.translations.values());
    let is_link = |link: &Option<String>| link.as_deref().is_some_and(is_of_sample);
    let found = [
        ("name", names.into_iter().any(|name| is_of_sample(name))),
        ("support_url", is_link(&page.support_url)),
        ("subscribe_url", is_link(&page.subscribe_url)),
        ("theme", page.theme == NAME),
    ];
    found.into_iter().filter(|(_, is)| *is).map(|(key, _)| (PAGE_FILE, key)).collect()
}

fn plan_names(plan: &Plan) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    for channel in plan.channels.values() {
        match &channel.wording {
            Wording::Mail(mail) => {
                let is_ours = |mailbox: &super::plan::Mailbox| {
                    let name = mailbox.name.as_deref().unwrap_or_default();
                    is_of_sample(name) || is_of_sample(&mailbox.address.canonical())
                };
                found.extend(is_ours(&mail.from).then_some("mail.from"));
                found.extend(mail.reply_to.as_ref().is_some_and(is_ours).then_some("mail.reply_to"));
            }
            Wording::Text(text) => found.extend(is_of_sample(&text.sender).then_some("text.sender")),
        }
    }
    found.into_iter().map(|key| (PLAN_FILE, key)).collect()
}

fn is_of_sample(text: &str) -> bool {
    text.to_lowercase().contains(NAME)
}

fn is_on_this_machine(provider: &Provider) -> bool {
    match provider.kind.protection {
        Protection::Url(key) | Protection::Word { host: key, .. } => {
            is_this_machine(provider.settings.text(key))
        }
        // Where it leads is not known here.
        Protection::SecretUrl => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{parse_page, parse_plan};

    const PAGE: &str = "name = \"Acme\"\nurl = \"https://status.acme.com\"\n[[groups]]\nname = \"Shop\"\n\
                        [[groups.features]]\nid = \"shop\"\nname = \"Shop\"\n";

    fn keys(page: &str, plan: &str) -> Vec<String> {
        let (page, _, places) = parse_page(page);
        let (plan, _, _) = parse_plan(plan);
        let found = sample_names(&page.expect("a page"), plan.as_ref(), &places);
        found.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn the_samples_own_files_are_fine_as_they_are_and_nowhere_else() {
        let read = |name: &str| {
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a file")
        };
        let (page, plan) = (read("site/page.toml"), read("site/plan.toml"));
        assert_eq!(keys(&page, &plan), Vec::<String>::new());
        assert_eq!(keys(&page.replace("status.larkmoor.example", "status.acme.com"), &plan).len(), 7);
        assert_eq!(keys(PAGE, &plan).len(), 3);
        let elsewhere = plan.replace("http://127.0.0.1:13013", "https://sms.acme.com");
        assert_eq!(keys(&page, &elsewhere).len(), 3, "one provider elsewhere is enough");
        let own = plan.replace("larkmoor.example", "acme.com").replace("Larkmoor", "Acme");
        assert_eq!(keys(PAGE, &own), Vec::<String>::new());
    }

    #[test]
    fn the_list_of_incidents_is_the_samples() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("incidents/2026");
        let mut found = 0;
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("text");
            let Some(name) = name.strip_suffix(".md").filter(|name| !name.contains('.')) else { continue };
            let text = std::fs::read_to_string(folder.join(format!("{name}.md"))).expect("text");
            let (_, title) = SAMPLE_INCIDENTS
                .iter()
                .find(|(id, _)| *id == format!("2026/{name}"))
                .unwrap_or_else(|| panic!("{name} is not in the list"));
            assert!(text.contains(title), "{name}: {title}");
            found += 1;
        }
        assert_eq!(found, SAMPLE_INCIDENTS.len());
    }
}
