//! `allclear rollback`: publishes an earlier build again, as a new build on top.
//!
//! Promises: the build is rendered from its commit for its own time, so it is the same build; if another version of
//! allclear renders it differently, that is reported. A build of uncommitted files is refused. The working tree is not
//! touched. Subscribers are not notified, because the files on disk do not change. The rollback stays until a newer commit
//! is published, or `--release`.

use anyhow::Context;
use serde_json::json;
use tokio::sync::watch;

use crate::config::target::Target;
use crate::model::incident::Audience;
use crate::model::phase::Phase;
use crate::model::tree::SiteFiles;
use crate::publish::manifest::Manifest;
use crate::publish::pointer::{BuildSource, LiveBuild, PreviousBuild, TakenBack};

use crate::cli::arguments::Format;
use crate::cli::arguments::Rollback;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, STRONG, WARN, styled};
use crate::flow::publish::place::PublishRun;
use crate::flow::publish::{targets, to_all, worse};
use crate::gate;
use crate::workspace::clock::Clock;
use crate::workspace::git::Git;
use crate::workspace::origin::{self, digest};
use crate::workspace::root::Root;
use crate::workspace::tree;

/// Takes targets back, or says what was live at them.
pub(crate) fn run(root: &Root, options: &Rollback) -> Outcome {
    let targets = targets(root, &options.target)?;
    if options.list {
        return list(root, &targets);
    }
    if options.release {
        return release(root, &targets);
    }
    let mut exit = Exit::Done;
    for target in &targets {
        let live = live(root, target)?;
        refuse_a_second(&live, options, &target.name)?;
        let chosen = choose(&live, options.build.as_deref(), &target.name)?;
        let (tree, mut origin) = rendered(root, &live, chosen)?;
        let by = options.by.clone().unwrap_or_else(gate::name);
        origin.taken_back = Some(TakenBack { by, at: root.now() });
        if Manifest::of(&tree).build() != chosen.build {
            print::say(&format!(
                "{} this version of allclear renders that commit differently from build {}",
                styled(WARN, "note:"),
                chosen.build.short()
            ));
        }
        let unlisted = unlisted(root, &tree);
        let journey = PublishRun::plain(root, watch::channel(false).1);
        exit = worse(exit, to_all(&journey, std::slice::from_ref(target), &tree, &origin, &[]));
        if !unlisted.is_empty() {
            print::say(&format!(
                "{} the page no longer lists {}, open now; to bring the newer page back, run `allclear rollback \
                 --release`",
                styled(WARN, "note:"),
                unlisted.join(", ")
            ));
        }
    }
    if exit == Exit::Done {
        print::say("rolled back; no one was notified of it, and queued messages are still sent");
    }
    Ok(exit)
}

/// The build before one that was rolled back to is the page that was rolled back from.
fn refuse_a_second(live: &LiveBuild, options: &Rollback, target: &str) -> Result<(), Failure> {
    let Some(TakenBack { by, at }) = live.origin.taken_back.as_ref().filter(|_| options.build.is_none())
    else {
        return Ok(());
    };
    Err(Failure::Refused {
        why: format!(
            "target `{target}` was already rolled back by {by} at {}; nothing was changed",
            at.format("%Y-%m-%d %H:%M UTC")
        ),
        hint: "to go further back, name a build of `allclear rollback --list`; to bring the newer page back, run `allclear rollback \
               --release`"
            .to_owned(),
    })
}

/// The open incidents of the files on disk, as far as they can be read, of which a build has no page.
fn unlisted(root: &Root, tree: &SiteFiles) -> Vec<String> {
    let Ok(opened) = root.open() else { return Vec::new() };
    let is_open = |phase: Phase| !phase.is_over() && phase != Phase::Scheduled;
    let open = opened.site.incidents.iter().filter(|one| {
        one.started <= root.now()
            && one.public_updates().next().is_some()
            && is_open(one.phase_at(root.now()))
    });
    let has_page = |id: &str| tree.files.contains_key(format!("incidents/{id}/index.html").as_str());
    open.map(|one| one.id.as_str()).filter(|id| !has_page(id)).map(str::to_owned).collect()
}

/// Publishes what the files say now where the page was taken back.
fn release(root: &Root, targets: &[Target]) -> Outcome {
    let opened = root.open()?;
    let tree = tree::tree(root, &opened, Audience::Public)?;
    let origin = origin::origin(&root.path, &opened.site, root.now());
    let journey = PublishRun { release: true, ..PublishRun::plain(root, watch::channel(false).1) };
    Ok(to_all(&journey, targets, &tree, &origin, &opened.problems))
}

fn live(root: &Root, target: &Target) -> Result<LiveBuild, Failure> {
    let journey = PublishRun::plain(root, watch::channel(false).1);
    let live = journey.live(target).with_context(|| format!("target `{}`", target.name))?;
    live.ok_or_else(|| Failure::Refused {
        why: format!("nothing is published at `{}`", target.name),
        hint: "run `allclear publish` first".to_owned(),
    })
}

/// The build before the live one, or the one that is named by its id, its commit, or the beginning of either. Of the
/// builds of a commit, one of exactly its files is preferred.
fn choose<'a>(live: &'a LiveBuild, named: Option<&str>, target: &str) -> Result<&'a PreviousBuild, Failure> {
    let is_named = |past: &&PreviousBuild| match named {
        Some(named) => {
            past.build.as_str().starts_with(named)
                || past.commit.as_ref().is_some_and(|commit| commit.starts_with(named))
        }
        None => true,
    };
    let exact =
        live.past.iter().find(|past| named.is_some() && is_named(past) && past.changed == Some(false));
    exact.or_else(|| live.past.iter().find(is_named)).ok_or_else(|| {
        let named = named.map_or_else(String::new, |named| format!(" called `{named}`"));
        Failure::Usage(format!(
            "target `{target}` has no earlier build{named}; `allclear rollback --list` shows the ones it has"
        ))
    })
}

/// The page of an earlier build, rendered again from its commit for its moment.
fn rendered(
    root: &Root,
    live: &LiveBuild,
    past: &PreviousBuild,
) -> Result<(SiteFiles, BuildSource), Failure> {
    let Some(commit) = &past.commit else {
        return Err(Failure::Refused {
            why: format!(
                "build {} was not made from a git commit, so it cannot be rebuilt",
                past.build.short()
            ),
            hint: "restore those files and run `allclear publish`".to_owned(),
        });
    };
    if past.changed == Some(true) {
        return Err(Failure::Refused {
            why: format!(
                "build {} was made from files that were not committed, so they are gone",
                past.build.short()
            ),
            hint: "name another build of `allclear rollback --list`, or restore the files and publish them"
                .to_owned(),
        });
    }
    let folder = tempfile::tempdir()?;
    let site = Git::at(&root.path).write_files(commit, folder.path())?;
    let then = Root { audience: root.audience, ..Root::of(site, Clock::Fixed(past.time), root.format) };
    let opened = then.open()?;
    let tree = tree::tree(&then, &opened, Audience::Public)?;
    let origin = BuildSource {
        commit: Some(commit.clone()),
        changed: false,
        rolled_back_from: live.origin.effective_commit().map(str::to_owned),
        taken_back: None,
        time: past.time,
        site: digest(&opened.site, past.time),
    };
    Ok((tree, origin))
}

/// What is live at each target, and what was.
fn list(root: &Root, targets: &[Target]) -> Outcome {
    let mut rows = Vec::new();
    for target in targets {
        let live = live(root, target)?;
        let builds = std::iter::once(live.as_past()).chain(live.past.iter().cloned());
        match root.format {
            Format::Json => {
                let build = |past: PreviousBuild| json!({ "build": past.build.as_str(), "commit": past.commit, "time": past.time.to_rfc3339() });
                rows.push(json!({ "target": target.name, "builds": builds.map(build).collect::<Vec<_>>() }));
            }
            _ => {
                print::say(&styled(STRONG, &target.name));
                for (number, past) in builds.enumerate() {
                    let commit = past.commit.as_deref().and_then(|commit| commit.get(..12)).unwrap_or("-");
                    let mark = if number == 0 { "live" } else { "" };
                    let time = past.time.format("%Y-%m-%d %H:%M:%S UTC");
                    print::data(format!("{}  {commit:12}  {time}  {mark}", past.build.short()).trim_end());
                }
            }
        }
    }
    if root.format == Format::Json {
        print::exact(&format!("{:#}", serde_json::Value::Array(rows)));
    }
    Ok(Exit::Done)
}
