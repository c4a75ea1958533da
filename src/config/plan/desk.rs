//! The desk, the web service at which people subscribe: `[desk]`.
//!
//! Promises: its address is one that readers can be sent to, with a secret behind every link. Never opens a port.

use std::net::{IpAddr, SocketAddr};

use super::country::country_codes;
use crate::config::secret::Secret;
use crate::located::Table;
use crate::model::web_address;

/// The table `[desk]` of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskPlan {
    /// Where readers find it: absolute, without a slash at its end.
    pub url: String,
    /// What signs its links.
    pub secret: Secret,
    /// The address and port that the desk listens on.
    pub listen: SocketAddr,
    /// The proxies in front of it: what they say about who asks is believed.
    pub proxies: Vec<IpAddr>,
    /// The most confirmations it sends within an hour.
    pub sign_ups_per_hour: u32,
    /// The country codes of the numbers that may be added for SMS, such as `+34`; none can be if it is empty.
    pub text_countries: Vec<String>,
    /// The most SMS messages it sends of its own within a day: codes, and answers to HELP and STATUS.
    pub texts_per_day: u32,
}

pub(super) fn read(mut table: Table<'_>) -> Option<DeskPlan> {
    let url = table.required("url");
    let url = url.shaped("bad-url", web_address::BASE, web_address::base);
    let secret = Secret::read(&table.required("secret"));
    let listen = table.required("listen");
    let listen = listen.shaped("bad-listen", "an address with a port such as `127.0.0.1:8480`", |text| {
        text.parse::<SocketAddr>().ok()
    });
    let written = table.optional("proxies").items();
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let read = |item: &crate::located::Field<'_>| item.shaped("bad-proxy", "an IP address", address);
    let proxies: Vec<IpAddr> = written.iter().filter_map(read).collect();
    let are_whole = proxies.len() == written.len();
    let sign_ups_per_hour = table.required("sign_ups_per_hour").integer(1..=1_000_000_u32);
    let text_countries = country_codes(&table.optional("text_countries"));
    let texts_per_day = table.required("texts_per_day").integer(0..=1_000_000_u32);
    table.finish();
    let plan = DeskPlan {
        url: url?,
        secret: secret?,
        listen: listen?,
        proxies,
        sign_ups_per_hour: sign_ups_per_hour?,
        text_countries: text_countries?,
        texts_per_day: texts_per_day?,
    };
    are_whole.then_some(plan)
}
