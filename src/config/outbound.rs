//! Everything outside the site that `plan.toml` and `page.toml` name: hosts, programs, folders and secret addresses.
//!
//! Promises: judges each by the [list of what is allowed](super::allowed), if there is one, and gives a problem at its line.
//! Contacts nothing. A secret is read only where it holds an address, and never shown.

use std::path::{Component, Path};

use super::allowed::{AllowList, Named};
use super::file::PAGE_FILE;
use super::plan::{LedgerPlace, PLAN_FILE, Plan, Provider};
use super::secret::Secret;
use super::target::{Cdn, Target, TargetKind};
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};
use crate::provider::{Key, Protection, Protocol, Settings, Shape};

/// What to do about a refusal.
const HINT: &str = "ask the operator of this job to add it to the list (--allow-hosts, --allow)";

/// A key of a file, and what it names.
type Found = (String, Named);

/// The problems of a plan.
pub(super) fn of_plan(list: &AllowList, root: &Path, plan: &Plan, places: &SourceMap) -> Vec<Problem> {
    let mut found: Vec<Found> = of_ledger(root, &plan.ledger).into_iter().collect();
    for (name, provider) in &plan.providers {
        let at = format!("providers.{name}");
        found.extend(of_keys(&at, provider.kind.keys, &provider.settings));
        found.extend(of_service(&at, provider));
        if provider.kind.protection == Protection::SecretUrl {
            let secrets = provider.secrets.iter();
            found.extend(
                secrets.filter_map(|(key, secret)| Some((format!("{at}.{key}"), of_secret(root, secret)?))),
            );
        }
    }
    problems(list, PLAN_FILE, found, places)
}

/// Whether the place of the ledger is allowed.
pub(super) fn allows_ledger(list: &AllowList, root: &Path, place: &LedgerPlace) -> bool {
    of_ledger(root, place).is_none_or(|(_, named)| list.refusal(&named).is_none())
}

/// The problems of the targets.
pub(super) fn of_targets(list: &AllowList, targets: &[Target], places: &SourceMap) -> Vec<Problem> {
    let found = targets
        .iter()
        .enumerate()
        .flat_map(|(index, target)| of_target(&format!("targets[{index}]"), target));
    problems(list, PAGE_FILE, found.collect(), places)
}

fn problems(list: &AllowList, file: &str, found: Vec<Found>, places: &SourceMap) -> Vec<Problem> {
    let problem = |(key, named): Found| {
        let message = format!("`{key}`: {}", list.refusal(&named)?);
        Some(Problem {
            file: file.to_owned(),
            place: places.find(file, SourceKey::Key(key)),
            level: ProblemLevel::Error,
            rule: "not-allowed",
            message,
            hint: Some(HINT.to_owned()),
        })
    };
    found.into_iter().filter_map(problem).collect()
}

/// A server whose address is in the environment is the operator's own.
fn of_ledger(root: &Path, place: &LedgerPlace) -> Option<Found> {
    match place {
        LedgerPlace::Server { url, .. } if is_in_site(root, url) => {
            Some(("ledger.url".to_owned(), Named::OwnSecret))
        }
        _ => None,
    }
}

fn of_target(at: &str, target: &Target) -> Vec<Found> {
    let key = |name: &str| format!("{at}.{name}");
    let default = |host: String| Named::Host(host, Some(443));
    let mut found: Vec<Found> = of_url(&target.url).map(|named| (key("url"), named)).into_iter().collect();
    let endpoint = |endpoint: &Option<String>, usual: String| match endpoint.as_deref().map(of_url) {
        Some(named) => named.map(|named| (key("endpoint"), named)),
        None => Some((key("kind"), default(usual))),
    };
    found.extend(match &target.place {
        TargetKind::Folder(folder) => of_folder(&folder.path).map(|named| (key("path"), named)),
        TargetKind::S3(s3) => endpoint(&s3.endpoint, format!("{}.s3.{}.amazonaws.com", s3.bucket, s3.region)),
        TargetKind::Gcs(_) => Some((key("kind"), default("storage.googleapis.com".to_owned()))),
        TargetKind::Azure(azure) => {
            endpoint(&azure.endpoint, format!("{}.blob.core.windows.net", azure.account))
        }
        TargetKind::Branch(branch) => of_remote(&branch.remote).map(|named| (key("remote"), named)),
        TargetKind::Command(program) => Some((key("run"), Named::Command(program.run.join(" ")))),
    });
    found.extend(target.cdn.iter().flat_map(|cdn| of_cdn(&key("cdn"), cdn)));
    found
}

fn of_cdn(at: &str, cdn: &Cdn) -> Vec<Found> {
    of_keys(at, cdn.kind.keys, &cdn.settings)
}

/// The host of a provider that follows from other keys than a URL, such as a region.
fn of_service(at: &str, provider: &Provider) -> Option<Found> {
    let (Protection::Url(key), Protocol::Http(http)) = (provider.kind.protection, &provider.kind.protocol)
    else {
        return None;
    };
    if provider.settings.has(key) {
        return None;
    }
    Some((format!("{at}.kind"), of_url(&(http.probe)(&provider.settings)?)?))
}

/// The hosts among the values of a row's keys.
fn of_keys(at: &str, keys: &[Key], settings: &Settings) -> Vec<Found> {
    let urls = |key: &Key| -> Vec<Named> {
        match key.shape {
            Shape::Url | Shape::Base | Shape::Endpoint => {
                settings.optional(key.name).and_then(of_url).into_iter().collect()
            }
            Shape::Bases => settings.texts(key.name).iter().filter_map(|url| of_url(url)).collect(),
            Shape::Host => {
                let host = settings.optional(key.name).map(str::to_owned);
                host.map(|host| Named::Host(host, settings.number("port").or_else(|| mail_port(settings))))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    };
    keys.iter()
        .flat_map(|key| urls(key).into_iter().map(move |named| (format!("{at}.{}", key.name), named)))
        .collect()
}

/// The port of a relay that names none.
fn mail_port(settings: &Settings) -> Option<u16> {
    match settings.text("security") {
        "starttls" => Some(587),
        "tls" => Some(465),
        "none" => Some(25),
        _ => None,
    }
}

/// The host of a URL. What is no URL leads nowhere and is refused later.
fn of_url(text: &str) -> Option<Named> {
    named(&url::Url::parse(text).ok()?)
}

fn named(url: &url::Url) -> Option<Named> {
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some(Named::Host(host, url.port_or_known_default()))
}

/// The host of an address that is itself a secret.
fn of_secret(root: &Path, secret: &Secret) -> Option<Named> {
    if is_in_site(root, secret) {
        return Some(Named::OwnSecret);
    }
    named(&secret.reveal(root).ok()?.url()?)
}

/// Whether a commit can bring the secret.
fn is_in_site(root: &Path, secret: &Secret) -> bool {
    match secret {
        Secret::Environment(_) => false,
        Secret::File(path) => {
            let path = root.join(path);
            let real = path.canonicalize().unwrap_or(path);
            real.starts_with(root.canonicalize().unwrap_or_else(|_| root.to_owned()))
        }
    }
}

/// A folder that is not within the site.
fn of_folder(path: &Path) -> Option<Named> {
    let is_within = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    (!is_within).then(|| Named::Folder(path.display().to_string()))
}

/// The host of a repository; a bare name is one of the clone's own remotes, which no commit names.
fn of_remote(remote: &str) -> Option<Named> {
    if let Some((scheme, _)) = remote.split_once("://") {
        return Some(of_url(remote).unwrap_or_else(|| Named::Folder(scheme.to_owned())));
    }
    match remote.split_once(':') {
        Some((host, _)) if !host.contains('/') => {
            let name = host.rsplit_once('@').map_or(host, |(_, name)| name);
            Some(Named::Host(name.to_owned(), Some(22)))
        }
        _ if remote.contains('/') || remote.starts_with('.') => Some(Named::Folder(remote.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{parse_plan, parse_targets};

    fn refused(page: &str) -> Vec<String> {
        let targets = parse_targets(page).unwrap_or_else(|| panic!("{page}"));
        let list = AllowList::default().with_hosts(["*.example.org"]).unwrap();
        of_targets(&list, &targets, &SourceMap::default())
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn each_way_out_of_a_page_is_found() {
        let target =
            |rest: &str| format!("[[targets]]\nname = \"a\"\nurl = \"https://status.example.org\"\n{rest}\n");
        for (rest, key) in [
            ("kind = \"folder\"\npath = \"/srv/page\"", "path"),
            ("kind = \"folder\"\npath = \"../page\"", "path"),
            ("kind = \"s3\"\nbucket = \"pages\"\nregion = \"eu-west-1\"", "kind"),
            (
                "kind = \"s3\"\nbucket = \"pages\"\nregion = \"x\"\nendpoint = \"https://evil.test\"",
                "endpoint",
            ),
            ("kind = \"gcs\"\nbucket = \"pages\"", "kind"),
            ("kind = \"branch\"\nremote = \"https://evil.test/a.git\"\nbranch = \"pages\"", "remote"),
            ("kind = \"branch\"\nremote = \"git@evil.test:a.git\"\nbranch = \"pages\"", "remote"),
            ("kind = \"command\"\nrun = [\"curl\", \"evil.test\"]", "run"),
        ] {
            let found = refused(&target(rest));
            assert!(
                found.len() == 1 && found[0].starts_with(&format!("`targets[0].{key}`")),
                "{rest}: {found:?}"
            );
        }
        let fine = "kind = \"branch\"\nremote = \"origin\"\nbranch = \"pages\"";
        assert_eq!(refused(&target(fine)), Vec::<String>::new());
        let elsewhere = refused(&target(fine).replace("status.example.org", "169.254.169.254"));
        assert!(elsewhere[0].starts_with("`targets[0].url`"), "{elsewhere:?}");
    }

    #[test]
    fn the_host_of_a_region_is_judged_like_one_that_is_written() {
        for (kind, host) in [
            ("ses", "email.eu-west-1.amazonaws.com"),
            ("sns", "sns.eu-west-1.amazonaws.com"),
            ("eum", "sms-voice.eu-west-1.amazonaws.com"),
        ] {
            let table =
                if kind == "ses" { "[mail]\nfrom = 'a@example.org'" } else { "[text]\nsender = 'Example'" };
            let text =
                format!("{table}\nproviders = ['a']\n[providers.a]\nkind = '{kind}'\nregion = 'eu-west-1'\n");
            let refused = |text: &str, host: &str| -> Vec<String> {
                let (plan, problems, places) = parse_plan(text);
                let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
                let list = AllowList::default().with_hosts([host]).unwrap();
                let found = of_plan(&list, Path::new("/"), &plan, &places);
                found.into_iter().map(|problem| problem.message).collect()
            };
            assert_eq!(refused(&text, host), Vec::<String>::new(), "{kind}");
            let [found] = &refused(&text, "example.org")[..] else { panic!("{kind}") };
            assert!(found.starts_with("`providers.a.kind`") && found.contains(host), "{found}");
            let own = format!("{text}endpoint = 'https://own.example.org'\n");
            assert_eq!(refused(&own, "own.example.org"), Vec::<String>::new(), "{kind}");
        }
    }

    #[test]
    fn a_relay_is_judged_with_its_port_and_an_address_in_the_repository_is_refused() {
        let plan = "[ledger]\nurl = { file = \"site/url\" }\n[email]\nsender = \"A <a@example.org>\"\nproviders = [\"relay\"]\n\
                    [providers.relay]\nkind = \"smtp\"\nhost = \"mail.example.org\"\nsecurity = \"starttls\"\n";
        let (plan, problems, places) = parse_plan(plan);
        let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
        let root = tempfile::tempdir().unwrap();
        let refused = |host: &str| -> Vec<String> {
            let list = AllowList::default().with_hosts([host]).unwrap();
            of_plan(&list, root.path(), &plan, &places).into_iter().map(|problem| problem.message).collect()
        };
        assert_eq!(refused("mail.example.org:587").len(), 1);
        assert!(refused("mail.example.org:587")[0].starts_with("`ledger.url`"));
        assert!(
            refused("mail.example.org:25")[1]
                .starts_with("`providers.relay.host`: the host mail.example.org:587")
        );
    }
}
