//! Providers: who carries a channel, and how they are read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use super::owners;
use super::pace::{Pace, pace};
use super::sender::{SENDER, sender};
use crate::config::secret::Secret;
use crate::config::web_address;
use crate::located::Table;
use crate::model::channel::{Channel, Network};
use crate::model::feature::FeatureId;

const VALIDITY: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(48 * 3_600);

/// Who carries a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// How it is spoken to.
    pub carrier: Carrier,
    /// Whose it is: providers of one owner fail together. Its own name where nobody else's is known.
    pub owner: String,
    /// What the person needs to be reached by it.
    pub network: Network,
    /// How fast it may be handed messages, if there is a limit.
    pub pace: Option<Pace>,
    /// The most connections at once.
    pub connections: u16,
}

/// How a provider is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A mail relay, by SMTP.
    Smtp(Smtp),
    /// A Kannel gateway for text messages, by HTTP.
    Kannel(Kannel),
}

impl Provider {
    /// The channel it carries.
    pub fn channel(&self) -> Channel {
        match self.carrier {
            Carrier::Smtp(_) => Kind::Smtp.channel(),
            Carrier::Kannel(_) => Kind::Kannel.channel(),
        }
    }
}

/// A mail relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// The host's name or address; an address of version 6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The account and its password, where the relay wants one.
    pub account: Option<(String, Secret)>,
    /// A certificate (PEM) to trust beside the well-known ones; a relative path counts from the site's root.
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

impl Security {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Starttls, Self::Tls, Self::None];

    /// The word in the plan.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starttls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    /// The one a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|security| security.word() == word)
    }

    /// The port used for it unless the plan says another (RFC 8314, 3.3, and RFC 5321, 4.5.4.2).
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// A Kannel gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kannel {
    /// Its sendsms address.
    pub url: String,
    /// The account.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// The sender, if not the channel's.
    pub sender: Option<String>,
    /// Where the gateway can reach us with delivery reports.
    pub dlr_url: Option<String>,
    /// The longest the gateway keeps trying a message it took; never longer than the step it is of.
    pub validity: Option<Duration>,
}

/// The providers of a plan while it is read.
#[derive(Debug, Default)]
pub(super) struct Providers {
    /// Those that could be read.
    pub(super) whole: BTreeMap<String, Provider>,
    /// The names that a channel uses.
    pub(super) used: BTreeSet<String>,
    /// Every name written, with what it carries where that is known, and where it stands.
    written: BTreeMap<String, (Option<Channel>, Range<usize>)>,
}

impl Providers {
    /// Reads the providers of a plan; `defaults` has one of each kind.
    pub(super) fn read(table: Option<Table<'_>>, defaults: &Table<'_>) -> Self {
        let mut providers = Self::default();
        for (name, field) in table.iter().flat_map(Table::all) {
            let span = table.as_ref().map(|table| table.key_span(name)).unwrap_or_default();
            let Some(table) = field.table() else { continue };
            if FeatureId::new(name).is_none() {
                let message = "a provider's name has lower-case letters, digits and hyphens only".to_owned();
                table.document().error(span.clone(), "bad-id", message, None);
            }
            let (kind, provider) = provider(name, table, defaults);
            providers.written.insert(name.to_owned(), (kind.map(Kind::channel), span));
            providers.whole.extend(provider.map(|provider| (name.to_owned(), provider)));
        }
        providers
    }

    /// What a provider carries: `None` where there is no such provider, `Some(None)` where it does not say.
    pub(super) fn channel_of(&self, name: &str) -> Option<Option<Channel>> {
        self.written.get(name).map(|(channel, _)| *channel)
    }

    /// The names, sorted.
    pub(super) fn names(&self) -> Vec<&str> {
        self.written.keys().map(String::as_str).collect()
    }

    /// The providers that no channel uses, and where they stand.
    pub(super) fn unused(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let unused = self.written.iter().filter(|(name, _)| !self.used.contains(*name));
        unused.map(|(name, (_, span))| (name.as_str(), span.clone()))
    }

    /// Whether every provider could be read.
    pub(super) fn are_whole(&self) -> bool {
        self.whole.len() == self.written.len()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Smtp,
    Kannel,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Smtp, Self::Kannel];

    fn word(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Kannel => "kannel",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn channel(self) -> Channel {
        match self {
            Self::Smtp => Channel::Mail,
            Self::Kannel => Channel::Text,
        }
    }
}

fn provider<'d>(name: &str, mut table: Table<'d>, defaults: &Table<'d>) -> (Option<Kind>, Option<Provider>) {
    let kind = kind_of(&mut table);
    let default = defaults.all().into_iter().filter_map(|(_, field)| field.table());
    let default = default.into_iter().find(|default| kind.is_some() && kind_of(&mut default.clone()) == kind);
    let (Some(known), Some(default)) = (kind, default) else {
        // Which keys are known depends on the kind.
        return (kind, None);
    };
    let mut table = table.over(&default);
    let owner = table.optional("owner").shaped("bad-id", OWNER, owner);
    let network = table.required("network").choice(&Network::ALL, Network::word, Network::from_word);
    let pace = pace(&mut table);
    let connections = table.required("connections").integer(1..=100_u16);
    let (owned, carrier) = match known {
        Kind::Smtp => smtp(&mut table),
        Kind::Kannel => kannel(&mut table),
    };
    let provider = || {
        let owner = owner.or_else(|| owned.map(str::to_owned)).unwrap_or_else(|| name.to_owned());
        Some(Provider { carrier: carrier?, owner, network: network?, pace: pace?, connections: connections? })
    };
    let provider = provider();
    table.finish();
    (kind, provider)
}

/// What an owner has to be, for a sentence.
pub(super) const OWNER: &str = "the name of an owner, in lower-case letters, digits and hyphens";

/// Takes the name of an owner, or of one of its services for it.
pub(super) fn owner(text: &str) -> Option<String> {
    FeatureId::new(text).map(|_| owners::named(text).to_owned())
}

fn kind_of(table: &mut Table<'_>) -> Option<Kind> {
    table.required("kind").choice(&Kind::ALL, Kind::word, Kind::from_word)
}

/// The owner of a relay's host, where it is known, and the relay.
fn smtp(table: &mut Table<'_>) -> (Option<&'static str>, Option<Carrier>) {
    let host = table.required("host").shaped("bad-host", "a host's name or address", web_address::host);
    let security = table.required("security");
    let security = security.choice(&Security::ALL, Security::word, Security::from_word);
    let port = table.optional("port").integer(1..=65_535_u16);
    let account = account(table);
    let ca_file = table.optional("ca_file").text().map(PathBuf::from);
    if let (Some(host), Some(Security::None)) = (&host, security)
        && !web_address::is_this_machine(host)
    {
        let message = "mail goes to another machine in the clear".to_owned();
        let hint = Some("write `security = \"starttls\"` or `\"tls\"`".to_owned());
        let span = table.value_span("security");
        if account.is_some() {
            table.document().error(span, "unencrypted", format!("{message}, and so does the password"), hint);
        } else {
            table.document().warning(span, "unencrypted", message, hint);
        }
    }
    let owner = host.as_deref().and_then(owners::of_host);
    let relay = host.zip(security).map(|(host, security)| {
        let port = port.unwrap_or(security.usual_port());
        Carrier::Smtp(Smtp { host, port, security, account, ca_file })
    });
    (owner, relay)
}

/// The account, if there is one; half of one is a problem.
fn account(table: &mut Table<'_>) -> Option<(String, Secret)> {
    let (user, password) = (table.optional("user"), table.optional("password"));
    match (user.is_present(), password.is_present()) {
        (true, false) => table.report_missing("password"),
        (false, true) => table.report_missing("user"),
        _ => {}
    }
    let (user, password) = (user.text(), Secret::read(&password));
    user.zip(password)
}

/// The owner of a gateway's host, where it is known, and the gateway.
fn kannel(table: &mut Table<'_>) -> (Option<&'static str>, Option<Carrier>) {
    let expected = "an absolute http or https URL";
    let url = table.required("url").shaped("bad-url", expected, web_address::resource);
    let user = table.required("user").text();
    let password = Secret::read(&table.required("password"));
    let sender = table.optional("sender").shaped("bad-sender", SENDER, sender);
    let dlr_url = table.optional("dlr_url").shaped("bad-url", expected, web_address::resource);
    let validity = table.optional("validity").duration(VALIDITY);
    if url.as_deref().is_some_and(|url| url.starts_with("http://") && !web_address::is_this_machine(url)) {
        let message = "the password goes to another machine in the clear".to_owned();
        let hint = Some("use https, or a tunnel that ends on this machine".to_owned());
        table.document().warning(table.value_span("url"), "unencrypted", message, hint);
    }
    let owner = url.as_deref().and_then(|url| owners::of_host(web_address::host_of_url(url)));
    let gateway = || {
        Some(Carrier::Kannel(Kannel {
            url: url?,
            user: user?,
            password: password?,
            sender,
            dlr_url,
            validity,
        }))
    };
    (owner, gateway())
}
