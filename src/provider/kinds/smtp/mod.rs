//! A mail relay, by SMTP (RFC 5321).
//!
//! Promises: holds the row, the keys of a relay, and the meaning of its answers. The dialogue itself keeps connections and
//! is a carrier of the room `deliver`.

mod replies;

use std::path::PathBuf;

use crate::model::channel::Channel;
use crate::model::report::Evidence;
use crate::provider::key::{Key, Need, Shape};
use crate::provider::kind::{Idempotence, Kind, Proof, Protection, Protocol};
use crate::provider::settings::{Hidden, Settings};

pub use replies::{Enhanced, Stage, classify, enhanced};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "smtp",
    title: "an SMTP relay",
    example: "relay",
    channels: &[Channel::Mail],
    owner: None,
    domains: &[],
    proof: Proof { always: Evidence::Accepted, with: None },
    idempotence: Idempotence::None,
    room: None,
    validity_unit: None,
    keys: KEYS,
    protection: Protection::Word { key: "security", host: "host" },
    protocol: Protocol::Smtp,
};

const KEYS: &[Key] = &[
    Key {
        name: "host",
        shape: Shape::Host,
        need: Need::Required,
        example: "\"smtp.example.com\"",
        help: "Host name or IP address of the relay.",
    },
    Key {
        name: "security",
        shape: Shape::Choice(&["starttls", "tls", "none"]),
        need: Need::Default("starttls"),
        example: "\"starttls\"",
        help: "`starttls`, `tls` (from the first byte) or `none` (only for a relay on the same machine).",
    },
    Key {
        name: "port",
        shape: Shape::Number(1, u16::MAX),
        need: Need::Optional,
        example: "587",
        help: "Port. Default: 587 for `starttls`, 465 for `tls`, 25 for `none`.",
    },
    Key {
        name: "user",
        shape: Shape::Text,
        need: Need::With("password"),
        example: "\"status\"",
        help: "User name, if the relay requires a login.",
    },
    Key {
        name: "password",
        shape: Shape::Secret,
        need: Need::With("user"),
        example: "{ env = \"RELAY_PASSWORD\" }",
        help: "Password of the user, a secret.",
    },
    Key {
        name: "ca_file",
        shape: Shape::Path,
        need: Need::Optional,
        example: "\"site/relay-ca.pem\"",
        help: "File with a CA certificate (PEM) to trust in addition to the well-known ones; absolute, or relative \
               to the site's root.",
    },
];

/// A mail relay as the plan describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// The host's name or address; an address of version 6 without brackets.
    pub host: String,
    /// 465 for TLS from the start, else usually 25 or 587.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The account and its password, where the relay wants one.
    pub account: Option<(String, Hidden)>,
    /// A certificate (PEM) to trust in addition to the well-known ones; a relative path counts from the site's root.
    pub ca_file: Option<PathBuf>,
}

/// How a connection to a mail relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// By STARTTLS, which the relay must offer.
    Starttls,
    /// By TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

impl Smtp {
    /// The relay that the settings describe.
    pub fn of(settings: &Settings) -> Self {
        let security = match settings.text("security") {
            "none" => Security::None,
            "tls" => Security::Tls,
            _ => Security::Starttls,
        };
        let account = settings.optional("user").zip(settings.secret("password"));
        Self {
            host: settings.text("host").to_owned(),
            port: settings.number("port").unwrap_or(security.usual_port()),
            security,
            account: account.map(|(user, password)| (user.to_owned(), password.clone())),
            ca_file: settings.optional("ca_file").map(PathBuf::from),
        }
    }
}

impl Security {
    /// The port used for it unless the plan names another (RFC 8314, 3.3, and RFC 5321, 4.5.4.2).
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Hidden, Security, Settings, Smtp};

    #[test]
    fn a_relay_without_a_port_has_that_of_its_security() {
        for (word, security, port) in
            [("starttls", Security::Starttls, 587), ("tls", Security::Tls, 465), ("none", Security::None, 25)]
        {
            let settings = Settings::default().with("host", "relay.example").with("security", word);
            let relay = Smtp::of(&settings);
            assert_eq!((relay.security, relay.port, relay.account), (security, port, None));
            assert_eq!(Smtp::of(&settings.with("port", 2525)).port, 2525);
        }
    }

    #[test]
    fn an_account_is_a_user_with_a_password() {
        let user = Settings::default().with("user", "status");
        assert_eq!(Smtp::of(&user).account, None);
        let password = Hidden::new("s3cret");
        let account = Smtp::of(&user.with("password", password.clone())).account;
        assert_eq!(account, Some(("status".to_owned(), password)));
    }
}
