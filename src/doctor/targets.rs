//! What each target can do, and whether readers reach it.
//!
//! Promises: a target is written to only with an empty file of its own, in the place `publish` keeps for
//! that. Never publishes.

use crate::cli::duration::say_span;
use crate::cli::print::count;
use crate::config::target::{Target, TargetKind};
use crate::flow::publish::place::{self, Tried};
use crate::net::Response;
use crate::publish::headers::Headers;
use crate::publish::pointer::{LiveBuild, POINTER_PATH};
use crate::publish::store::ConditionalWrites;
use crate::workspace::root::Root;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;
use crate::doctor::hosting::{host_and_port, is_encrypted};

/// A certificate that ends sooner is worth a word.
const CERTIFICATE_DAYS: i64 = 21;

const SILENT: &str = "check the DNS record of the host, that its web server or CDN runs, and `url` of this target in site/page.toml";
const NO_PAGE: &str = "run `allclear publish`; if that is done, check what the web server or CDN serves there, and `url` of this target in \
     site/page.toml";
const NO_POINTER: &str = "let the web server or CDN serve the folder `_allclear` like every other: `notify` and other publishers read it";
const OTHER_POINTER: &str = "check that `url` in site/page.toml leads to this target, and that nothing else answers in its place; then run \
     `allclear publish --repair`";
const LINKS: &str = "if this host finds no index.html in a folder, set links = \"files\" in site/page.toml";
const CERTIFICATE: &str =
    "renew the certificate, or let the web server or CDN serve the one that is for this host";

/// Everything about every target.
pub(super) fn all(ask: &Ask, root: &Root, targets: &[Target]) -> Vec<Finding> {
    if targets.is_empty() {
        let words = "site/page.toml names no targets: the page is not published by allclear and not checked";
        return vec![Finding::warning("targets", "no-target", words.to_owned())];
    }
    let mut findings: Vec<Finding> = targets.iter().flat_map(|target| one(ask, root, target)).collect();
    if targets.len() == 1 {
        let words =
            "only one target: a second one at another company keeps the page up when this one is down";
        findings.push(Finding::warning("targets", "one-target", words.to_owned()));
    }
    findings
}

fn one(ask: &Ask, root: &Root, target: &Target) -> Vec<Finding> {
    let about = format!("target {}", target.name);
    let mut findings = vec![written(root, target, &about)];
    findings.extend(read(ask, target, &about));
    findings.extend(encrypted(ask, target, &about));
    findings
}

/// Whether it can be written to, and whether two publishers could harm each other.
fn written(root: &Root, target: &Target, about: &str) -> Finding {
    let kind = target.place.kind();
    match place::try_out(root, target) {
        Ok(Tried::Written(ConditionalWrites::Kept)) => {
            let words = format!("{kind}: writable, and supports conditional writes");
            Finding::fine(about, "writable", words)
        }
        Ok(Tried::Written(ConditionalWrites::OnlyAbsent)) => {
            let words = format!(
                "{kind}: writable, but supports only the \"create if absent\" condition: a publisher that \
                 was suspended could briefly put an old page over a newer one"
            );
            Finding::warning(about, "conditions-partly", words)
        }
        Ok(Tried::Written(ConditionalWrites::Ignored)) => {
            let words =
                format!("{kind}: writable, but ignores conditional writes: publish from one place at a time");
            Finding::warning(about, "conditions-ignored", words)
        }
        Ok(Tried::Folder) => Finding::fine(about, "writable", format!("{kind}: writable")),
        Ok(Tried::Reached) => {
            let words = format!("{kind}: reached; whether it is writable shows only when you publish");
            Finding::unknown(about, "writable", words)
        }
        Err(error) => {
            Finding::fault(about, "writable", format!("{kind}: {error}"), writable_hint(&target.place))
        }
    }
}

fn writable_hint(place: &TargetKind) -> &'static str {
    match place {
        TargetKind::Folder(_) => {
            "let `path` in site/page.toml name a folder that the user that runs allclear may write, on a disk with room"
        }
        TargetKind::S3(_) | TargetKind::Gcs(_) | TargetKind::Azure(_) => {
            "check the name of the bucket and `endpoint` in site/page.toml, and that its account may list, read, write and delete there"
        }
        TargetKind::Branch(_) => {
            "check `remote` and `branch` in site/page.toml, and that `git ls-remote` reaches the remote as the user that runs allclear"
        }
        TargetKind::Command(_) => "install the program, or correct `run` of this target in site/page.toml",
    }
}

/// Whether readers get a page there, and with the headers it was published with.
fn read(ask: &Ask, target: &Target, about: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    match ask.read(&format!("{}/", target.url)) {
        Err(error) => {
            findings.push(Finding::fault(
                about,
                "answers",
                format!("{} does not answer: {error}", target.url),
                SILENT,
            ));
            return findings;
        }
        Ok(response) if response.status != 200 => {
            let words = format!("{}/ answers {}", target.url, response.status);
            findings.push(Finding::fault(about, "answers", words, NO_PAGE));
        }
        Ok(response) => {
            findings.push(Finding::fine(about, "answers", format!("{}/ answers", target.url)));
            findings.extend(kept(&response, "index.html", about));
        }
    }
    let address = format!("{}/{POINTER_PATH}", target.url);
    let response = match ask.read(&address) {
        Ok(response) if response.status == 200 => response,
        Ok(response) if response.status == 404 => {
            let words = format!("{address} does not exist: nothing was published yet");
            findings.push(Finding::warning(about, "build", words));
            return findings;
        }
        Ok(response) => {
            let words = format!("{address} answers {}", response.status);
            findings.push(Finding::fault(about, "build", words, NO_POINTER));
            return findings;
        }
        Err(error) => {
            let words = format!("{address} does not answer: {error}");
            findings.push(Finding::fault(about, "build", words, SILENT));
            return findings;
        }
    };
    match LiveBuild::from_json(&response.body) {
        Ok(pointer) => {
            let age = say_span(ask.now - pointer.origin.time);
            let words = format!("build {}, made {age} ago", pointer.build.short());
            findings.push(Finding::fine(about, "build", words));
            findings.extend(kept(&response, POINTER_PATH, about));
            findings.push(linked(ask, target, about));
        }
        Err(error) => {
            let words = format!("{address}: {error}");
            findings.push(Finding::fault(about, "build", words, OTHER_POINTER));
        }
    }
    findings
}

/// Whether readers get a page by the address that messages and feeds send them to, and not only the first one.
fn linked(ask: &Ask, target: &Target, about: &str) -> Finding {
    let address = format!("{}/{}", target.url, target.links.named("history/index.html"));
    let found = match ask.read(&address) {
        Ok(response) if response.status == 200 => {
            return Finding::fine(about, "links", format!("{address} answers, as the links in messages do"));
        }
        Ok(response) => format!("answers {}", response.status),
        Err(error) => format!("does not answer: {error}"),
    };
    let words = format!("{address} {found}, and links in messages have the same form");
    Finding::fault(about, "links", words, LINKS)
}

/// Whether a file arrives with the `Cache-Control` it was published with. A cache in front may shorten what is intended
/// for it alone.
fn kept(response: &Response, path: &str, about: &str) -> Option<Finding> {
    let wanted = Headers::of(path).cache_control;
    let found = response.header("cache-control").unwrap_or("none");
    let parts = |text: &str| -> Vec<String> {
        let mut parts: Vec<String> = text.split(',').map(|part| part.trim().to_ascii_lowercase()).collect();
        parts.sort();
        parts
    };
    (parts(found) != parts(wanted)).then(|| {
        let words = format!("/{path} arrives with `Cache-Control: {found}` instead of `{wanted}`");
        Finding::warning(about, "cache-control", words)
    })
}

/// How long the certificate is good.
fn encrypted(ask: &Ask, target: &Target, about: &str) -> Option<Finding> {
    if !is_encrypted(&target.url) {
        let words =
            format!("{} is not encrypted (no https): anyone in between can alter the page", target.url);
        return Some(Finding::warning(about, "certificate", words));
    }
    let (host, port) = host_and_port(&target.url);
    Some(match ask.certificate(&host, port) {
        Err(why) => Finding::fault(
            about,
            "certificate",
            format!("{host} has no usable certificate: {why}"),
            CERTIFICATE,
        ),
        Ok(certificate) => {
            let (days, issuer) = ((certificate.ends - ask.now).num_days(), certificate.issuer);
            match days {
                ..0 => {
                    let ago = count(days.unsigned_abs() as usize, "day", "days");
                    let words = format!("the certificate of {issuer} expired {ago} ago");
                    Finding::fault(about, "certificate", words, CERTIFICATE)
                }
                0..CERTIFICATE_DAYS => {
                    let left = count(days.unsigned_abs() as usize, "day", "days");
                    let words = format!("the certificate of {issuer} expires in {left}");
                    Finding::warning(about, "certificate", words)
                }
                _ => {
                    let words = format!("certificate of {issuer}, valid for {days} more days");
                    Finding::fine(about, "certificate", words)
                }
            }
        }
    })
}
