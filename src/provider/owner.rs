//! The owners of services: a second step that fails together with the first is not a fallback.
//!
//! Promises: the rows of the providers are asked first; the table here is for companies whose services are known
//! beyond them, as relays or as what a product runs on. A host that is in neither has no known owner. Ownership as of
//! 2026.

use super::kinds::KINDS;

/// A company, the services it runs, and the domains they are reached at.
struct Company {
    name: &'static str,
    services: &'static [&'static str],
    domains: &'static [&'static str],
}

/// The owner of the service at a host, such as `email-smtp.eu-west-1.amazonaws.com`.
pub fn of_host(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_under =
        |domain: &&str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let kind = KINDS.iter().find(|kind| kind.domains.iter().any(is_under)).and_then(|kind| kind.owner);
    let company = || COMPANIES.iter().find(|company| company.domains.iter().any(is_under));
    kind.or_else(|| company().map(|company| company.name))
}

/// The owner a word names, by its own name or by one of its services; the word itself where it names none of them.
pub fn named(word: &str) -> &str {
    let kind = KINDS.iter().find(|kind| kind.word == word).and_then(|kind| kind.owner);
    let company =
        || COMPANIES.iter().find(|company| company.name == word || company.services.contains(&word));
    kind.or_else(|| company().map(|company| company.name)).unwrap_or(word)
}

const COMPANIES: &[Company] = &[
    Company { name: "activecampaign", services: &["postmark"], domains: &["postmarkapp.com"] },
    Company {
        name: "aws",
        services: &["amazon", "ses", "sns", "eum", "pinpoint"],
        domains: &["amazonaws.com", "awsapps.com"],
    },
    Company {
        name: "bird",
        services: &["messagebird", "sparkpost"],
        domains: &["bird.com", "messagebird.com", "sparkpost.com", "sparkpostmail.com"],
    },
    Company { name: "brevo", services: &["sendinblue"], domains: &["brevo.com", "sendinblue.com"] },
    Company { name: "ericsson", services: &["vonage", "nexmo"], domains: &["nexmo.com", "vonage.com"] },
    Company {
        name: "google",
        services: &["gcp", "gmail", "firebase", "workspace"],
        domains: &["gmail.com", "google.com", "googleapis.com", "googlemail.com"],
    },
    Company { name: "infobip", services: &[], domains: &["infobip.com"] },
    Company {
        name: "intuit",
        services: &["mailchimp", "mandrill"],
        domains: &["mailchimp.com", "mandrillapp.com"],
    },
    Company {
        name: "meta",
        services: &["facebook", "instagram", "messenger", "whatsapp"],
        domains: &["facebook.com", "whatsapp.com"],
    },
    Company {
        name: "microsoft",
        services: &["azure", "exchange", "office365", "outlook", "teams"],
        domains: &["azure.com", "azurecomm.net", "office.com", "office365.com", "outlook.com"],
    },
    Company { name: "salesforce", services: &["slack"], domains: &["exacttarget.com", "slack.com"] },
    Company {
        name: "sinch",
        services: &["mailgun", "mailjet"],
        domains: &["mailgun.net", "mailgun.org", "mailjet.com", "sinch.com"],
    },
    Company {
        name: "twilio",
        services: &["sendgrid"],
        domains: &["sendgrid.com", "sendgrid.net", "twilio.com"],
    },
    Company { name: "zoho", services: &["zeptomail"], domains: &["zeptomail.com", "zoho.com", "zoho.eu"] },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{COMPANIES, KINDS, named, of_host};

    #[test]
    fn the_relays_of_the_big_ones_are_known() {
        for (host, owner) in [
            ("email-smtp.eu-west-1.amazonaws.com", "aws"),
            ("smtp.sendgrid.net", "twilio"),
            ("smtp.mailgun.org", "sinch"),
            ("smtp.eu.mailgun.org", "sinch"),
            ("smtp.postmarkapp.com", "activecampaign"),
            ("smtp.sparkpostmail.com", "bird"),
            ("smtp.office365.com", "microsoft"),
            ("SMTP.SendGrid.net.", "twilio"),
            ("infobip.com", "infobip"),
        ] {
            assert_eq!(of_host(host), Some(owner), "{host}");
        }
        for host in ["smtp.example.com", "notsendgrid.net", "sendgrid.net.example.com", "127.0.0.1", ""] {
            assert_eq!(of_host(host), None, "{host}");
        }
    }

    #[test]
    fn a_service_is_its_owners() {
        assert_eq!(
            ["ses", "aws", "sendgrid", "mailgun", "whatsapp"].map(named),
            ["aws", "aws", "twilio", "sinch", "meta"]
        );
        assert_eq!(named("our-own"), "our-own");
    }

    #[test]
    fn no_word_and_no_domain_has_two_owners() {
        let mut owners = BTreeMap::new();
        let mut own = |word: &'static str, owner: &'static str| {
            assert_eq!(*owners.entry(word).or_insert(owner), owner, "{word}");
        };
        for company in COMPANIES {
            let words = company.services.iter().chain(company.domains).chain([&company.name]);
            words.for_each(|word| own(word, company.name));
        }
        for kind in KINDS {
            if let Some(owner) = kind.owner {
                kind.domains.iter().chain([&kind.word]).for_each(|word| own(word, owner));
            }
        }
    }
}
