//! `allclear subscribers`: who is notified. Addresses are masked unless someone asks to see them.

mod added;
mod import;
mod replies;

use std::collections::BTreeSet;

use serde_json::json;

use crate::import::subscribers::{known_feature, known_language};
use crate::ledger::{Added, People, SubscriberRecord};
use crate::model::Moment;
use crate::model::address::AddressKind;
use crate::model::endpoint::Endpoint;
use crate::model::feature::FeatureId;
use crate::model::page::Page;
use crate::model::subscriber::{
    Consent, ConsentMethod, FeatureFilter, SubscriberId, SubscriberState, Subscription,
};
use crate::theme::calendar;

use crate::cli::arguments::{AddSubscriber, Format, Subscribers};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, count};
use crate::cli::problems;
use crate::commands::person::{brought_back, echoed, find, follows, incidents, shown, typed, typed_one};
use crate::commands::suppressed;
use crate::flow::people::{self, draw_id, say_unreadable};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// Does what the options say.
pub(crate) fn run(root: &Root, options: &Subscribers) -> Outcome {
    match options {
        Subscribers::Import { file, replace } => import::run(root, &page(root)?, file, *replace),
        Subscribers::Add(options) => add(root, options),
        Subscribers::List { reveal, suppressed, segment } => {
            list(root, *reveal, *suppressed, segment.as_deref())
        }
        Subscribers::Replies { reveal } => replies::list(root, *reveal),
        Subscribers::Remove { who } => remove(root, &typed_one(who)?),
        Subscribers::Allow { who } => suppressed::allow(root, &typed_one(who)?),
    }
}

/// The addresses of a person as they were typed. A number that no person has is refused.
fn endpoints(addresses: &[String]) -> Result<Vec<Endpoint>, Failure> {
    let read = |address: &String| {
        let endpoint = Endpoint::read(address).ok_or_else(|| {
            let article = |noun: &str| if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            let kinds = AddressKind::OF_PEOPLE
                .map(|kind| format!("{} {} ({})", article(kind.noun()), kind.noun(), kind.shape()));
            Failure::Usage(format!("{} is neither {}", echoed(address), kinds.join(" nor ")))
        })?;
        endpoint.special_number().map_or(Ok(endpoint), |special| {
            let what = special.name();
            Err(Failure::Usage(format!(
                "{} is a {what}: an SMS goes only to a person's number",
                echoed(address)
            )))
        })
    };
    addresses.iter().map(read).collect()
}

fn add(root: &Root, options: &AddSubscriber) -> Outcome {
    let page = page(root)?;
    let addresses = typed(&options.addresses)?;
    let endpoints = endpoints(&addresses)?;
    let mut followed = BTreeSet::new();
    for id in &options.follow {
        followed.insert(known_feature(&page, id).map_err(Failure::Usage)?);
    }
    let follows =
        if followed.is_empty() { FeatureFilter::Everything } else { FeatureFilter::Features(followed) };
    let zone = options.time_zone.clone().unwrap_or_else(|| page.time_zone.clone());
    if calendar::Zone::named(&zone).is_none() {
        return Err(Failure::Usage(format!(
            "`{zone}` is not a time zone of the IANA database, such as Europe/Madrid"
        )));
    }
    if let Some(language) = &options.language {
        known_language(&page, language).map_err(Failure::Usage)?;
    }
    let endpoint =
        endpoints.first().cloned().ok_or_else(|| Failure::Usage("no address is given".to_owned()))?;
    let subscription = Subscription {
        follows,
        from_severity: options.severity,
        language: options.language.clone().unwrap_or_else(|| page.first_language().clone()),
        time_zone: zone,
        endpoints,
        fields: Default::default(),
    };
    let consent = consent(options, root.now())?;
    // Without a plan that can be read, what is added counts anyway; `check` names what is wrong with it.
    let plan = root.read_plan().0;
    let mut ledger = high_water_mark::open_to_change(root)?;
    let mut known = Vec::new();
    for endpoint in &subscription.endpoints {
        known.extend(ledger.subscribers_at(endpoint)?);
    }
    for added in ledger.add_subscribers(&[subscription], &consent, &mut draw_id)? {
        if matches!(added, Added::Left(_) | Added::Taken { .. } | Added::NeverLeft) {
            return Err(not_added(&added));
        }
        let id = added.id().map_or("", SubscriberId::as_str);
        match root.format {
            Format::Json => {
                print::exact(&json!({ "id": id, "new": matches!(added, Added::New(_)) }).to_string())
            }
            _ => print::data(id),
        }
        let after = find(&mut ledger, endpoint.expose())?;
        let before = known.iter().find(|before| before.subscriber.id == after.subscriber.id);
        suppressed::say_added(&after, plan.as_ref(), &added::heading(before, &after));
        for line in before.into_iter().flat_map(|before| added::changes(before, &after)) {
            print::say(&format!("  {line}"));
        }
    }
    Ok(Exit::Done)
}

/// By which consent someone is added. A reason is kept for good: it must not repeat an address.
fn consent(options: &AddSubscriber, at: Moment) -> Result<Consent, Failure> {
    let Some(reason) = &options.bring_back else {
        return Ok(Consent {
            method: ConsentMethod::Added,
            source: "allclear subscribers add".to_owned(),
            at,
        });
    };
    let words: Vec<&str> = reason.split_whitespace().collect();
    if words.is_empty() || reason.contains(char::is_control) {
        return Err(Failure::Usage("--bring-back needs a reason of one line".to_owned()));
    }
    if words
        .iter()
        .any(|word| Endpoint::read(word.trim_matches(['(', ')', ',', '.', ';', '<', '>'])).is_some())
    {
        return Err(Failure::Usage("the reason of --bring-back must not hold an address".to_owned()));
    }
    Ok(Consent { method: ConsentMethod::BroughtBack, source: words.join(" "), at })
}

/// Why someone who was to be added was not.
fn not_added(added: &Added) -> Failure {
    let (why, hint) = match added {
        Added::Taken { endpoint, owner } => (
            format!("{endpoint} belongs to another subscriber, {owner}; nothing was changed"),
            format!("`allclear subscribers remove {owner}` frees their addresses"),
        ),
        Added::Left(endpoint) => (format!("the owner of {endpoint} unsubscribed"), String::new()),
        Added::NeverLeft => (
            "no subscriber who unsubscribed had all of these addresses; nothing was changed".to_owned(),
            "without `--bring-back`, the command adds a subscriber or replaces their settings".to_owned(),
        ),
        Added::New(id) | Added::Updated(id) | Added::Back(id) | Added::Unchanged(id) => {
            (format!("{id} exists already"), String::new())
        }
    };
    Failure::Refused { why, hint }
}

fn list(root: &Root, reveal: bool, only_suppressed: bool, segment: Option<&str>) -> Outcome {
    let mut ledger = high_water_mark::open_to_read(root)?;
    let mut listed = ledger.list_subscribers()?;
    if let Some(segment) = segment {
        // A subscriber who left is never notified, whatever the list said of them.
        listed.retain(|listed| listed.removed_at.is_none());
        let members = people::members(&root.plan()?.1, &listed, segment)?;
        listed.retain(|listed| members.contains(&listed.subscriber.id));
    }
    listed.retain(|listed| !only_suppressed || !listed.suppressed.is_empty());
    say_unreadable(&mut ledger)?;
    match root.format {
        Format::Json => {
            let rows: Vec<_> = listed.iter().map(|listed| as_json(listed, reveal)).collect();
            print::exact(&format!("{:#}", serde_json::Value::Array(rows)));
        }
        _ => {
            for listed in &listed {
                print::data(&as_text(listed, reveal));
                if let Some(line) = brought_back(listed) {
                    print::data(&format!("  {line}"));
                }
                for line in suppressed::lines(listed, reveal) {
                    print::data(&line);
                }
            }
            let left = listed.iter().filter(|listed| listed.removed_at.is_some()).count();
            let staying = count(listed.len() - left, "subscriber", "subscribers");
            let unsubscribed = if left == 0 { String::new() } else { format!(", and {left} unsubscribed") };
            print::say(&format!("{staying}{unsubscribed}"));
        }
    }
    Ok(Exit::Done)
}

fn remove(root: &Root, who: &str) -> Outcome {
    let mut ledger = high_water_mark::open_to_change(root)?;
    let listed = find(&mut ledger, who)?;
    let left = ledger.remove_subscriber(&listed.subscriber.id, root.now())?;
    if root.format == Format::Json {
        print::exact(&json!({ "id": listed.subscriber.id.as_str(), "removed": left }).to_string());
    }
    print::say(if left {
        "removed: no new messages; one that is being sent right now may still arrive"
    } else {
        "already removed"
    });
    Ok(Exit::Done)
}

fn page(root: &Root) -> Result<Page, Failure> {
    let (page, mut found, _) = root.read_page();
    page.ok_or_else(|| {
        problems::show(&mut found, root.format);
        Failure::Problems
    })
}

fn as_text(listed: &SubscriberRecord, reveal: bool) -> String {
    let subscriber = &listed.subscriber;
    let ways: Vec<String> =
        subscriber.endpoints.iter().map(|(_, endpoint)| shown(endpoint, reveal)).collect();
    let state = match listed.state() {
        SubscriberState::Confirmed => "",
        SubscriberState::Pending => "  pending",
        SubscriberState::Left => "  left",
    };
    let follows = match incidents(listed) {
        incidents if incidents.is_empty() => follows(&subscriber.follows),
        incidents if subscriber.follows.is_nothing() => incidents,
        incidents => format!("{}, {incidents}", follows(&subscriber.follows)),
    };
    format!(
        "{}  {}  {follows}  {}  {}  {}{state}",
        subscriber.id,
        ways.join(" "),
        subscriber.from_severity.word(),
        subscriber.language,
        subscriber.time_zone
    )
}

fn as_json(listed: &SubscriberRecord, reveal: bool) -> serde_json::Value {
    let subscriber = &listed.subscriber;
    let endpoints: Vec<_> = subscriber
        .endpoints
        .iter()
        .map(|(id, endpoint)| {
            json!({
                "channel": endpoint.channel().word(),
                "address": shown(endpoint, reveal),
                "suppressed": listed.suppressed.get(id),
            })
        })
        .collect();
    json!({
        "id": subscriber.id.as_str(),
        "endpoints": endpoints,
        "follow": match &subscriber.follows {
            FeatureFilter::Everything => None,
            FeatureFilter::Features(ids) => Some(ids.iter().map(FeatureId::as_str).collect::<Vec<_>>()),
        },
        "incidents": listed.incidents.iter().map(|one| json!({
            "incident": one.origin.as_str(),
            "since": one.since.to_rfc3339(),
            "ended_at": one.ended_at.map(|at| at.to_rfc3339()),
        })).collect::<Vec<_>>(),
        "severity": subscriber.from_severity.word(),
        "language": subscriber.language.as_str(),
        "time_zone": subscriber.time_zone,
        "added_at": listed.added_at.to_rfc3339(),
        "removed_at": listed.removed_at.map(|at| at.to_rfc3339()),
        "state": listed.state().word(),
        "consent": listed.consent.as_ref().map(|consent| json!({
            "way": consent.method.word(),
            "source": consent.source,
            "at": consent.at.to_rfc3339(),
        })),
        "fields": listed.fields,
        "version": listed.version,
    })
}
