//! Who owns which provider: a second step that fails together with the first is no fallback.
//!
//! Promises: a table and nothing else; a host that is not in it has no known owner. Ownership as of 2026.

/// A company, the services it runs, and the domains they are reached at.
struct Owner {
    name: &'static str,
    services: &'static [&'static str],
    domains: &'static [&'static str],
}

/// The owner of the service at a host, such as `email-smtp.eu-west-1.amazonaws.com`.
pub(super) fn of_host(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_under =
        |domain: &&str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    OWNERS.iter().find(|owner| owner.domains.iter().any(is_under)).map(|owner| owner.name)
}

/// The owner a word names, by its own name or by one of its services; the word itself where it names none of them.
pub(super) fn named(word: &str) -> &str {
    let named = OWNERS.iter().find(|owner| owner.name == word || owner.services.contains(&word));
    named.map_or(word, |owner| owner.name)
}

const OWNERS: &[Owner] = &[
    Owner { name: "activecampaign", services: &["postmark"], domains: &["postmarkapp.com"] },
    Owner {
        name: "aws",
        services: &["amazon", "ses", "sns", "eum", "pinpoint"],
        domains: &["amazonaws.com", "awsapps.com"],
    },
    Owner {
        name: "bird",
        services: &["messagebird", "sparkpost"],
        domains: &["bird.com", "messagebird.com", "sparkpost.com", "sparkpostmail.com"],
    },
    Owner { name: "brevo", services: &["sendinblue"], domains: &["brevo.com", "sendinblue.com"] },
    Owner { name: "ericsson", services: &["vonage", "nexmo"], domains: &["nexmo.com", "vonage.com"] },
    Owner {
        name: "google",
        services: &["gcp", "gmail", "firebase", "workspace"],
        domains: &["gmail.com", "google.com", "googleapis.com", "googlemail.com"],
    },
    Owner { name: "infobip", services: &[], domains: &["infobip.com"] },
    Owner {
        name: "intuit",
        services: &["mailchimp", "mandrill"],
        domains: &["mailchimp.com", "mandrillapp.com"],
    },
    Owner {
        name: "meta",
        services: &["facebook", "instagram", "messenger", "whatsapp"],
        domains: &["facebook.com", "whatsapp.com"],
    },
    Owner {
        name: "microsoft",
        services: &["azure", "exchange", "office365", "outlook", "teams"],
        domains: &["azure.com", "azurecomm.net", "office.com", "office365.com", "outlook.com"],
    },
    Owner { name: "salesforce", services: &["slack"], domains: &["exacttarget.com", "slack.com"] },
    Owner {
        name: "sinch",
        services: &["mailgun", "mailjet"],
        domains: &["mailgun.net", "mailgun.org", "mailjet.com", "sinch.com"],
    },
    Owner {
        name: "twilio",
        services: &["sendgrid"],
        domains: &["sendgrid.com", "sendgrid.net", "twilio.com"],
    },
    Owner { name: "zoho", services: &["zeptomail"], domains: &["zeptomail.com", "zoho.com", "zoho.eu"] },
];

#[cfg(test)]
mod tests {
    use super::{OWNERS, named, of_host};

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
        let words = || OWNERS.iter().flat_map(|owner| owner.services.iter().chain([&owner.name]));
        let domains = || OWNERS.iter().flat_map(|owner| owner.domains);
        for all in [words().collect::<Vec<_>>(), domains().collect()] {
            let mut once = all.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), all.len());
        }
    }
}
