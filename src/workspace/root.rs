//! The operator's folder: opens the site and its configuration, and reports their problems.
//!
//! Promises: problems of every file are collected before anything is decided; a broken file never hides the
//! others. Writes only below the state folder (`.allclear/`, or what `--state` names).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use crate::config;
use crate::config::page::PAGE_FILE;
use crate::config::plan::{LedgerPlace, Plan, plan_file};
use crate::files;
use crate::ledger::postgres::Durability;
use crate::ledger::{SqlLedger, postgres, sqlite};
use crate::load;
use crate::load::{Loaded, Source, StandIns};
use crate::model::Moment;
use crate::model::audience::Audience;
use crate::model::departed::Departed;
use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::pass::{PassKey, SECRET_BYTES_MIN};
use crate::model::problem::{Problem, ProblemLevel, SourceMap};
use crate::model::site::Site;
use crate::theme::Theme;

use crate::cli::arguments::{Format, Global};
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::problems;
use crate::workspace::clock::{Clock, boot_time};
use crate::workspace::committed::{self, is_committed};
use crate::workspace::find::{Found, find};
use crate::workspace::{assets, followed, git, kept_state, languages, last_good, parsed, state};

/// Two writes of a file that are further apart than this differ in the time that the coarsest file systems keep.
const CLOCK_STEP: Duration = Duration::from_secs(3);

/// Where the commands work, and when.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    /// The folder that holds `site/` and `incidents/`.
    pub(crate) path: PathBuf,
    /// The way from there to the working folder, where the site was found around it; else empty.
    pub(crate) within: PathBuf,
    /// The folder that holds what is no file of the site: the ledger, copies, locks.
    pub(crate) state: PathBuf,
    pub(crate) clock: Clock,
    /// Whose site it is.
    pub(crate) audience: Audience,
    /// How to print.
    pub(crate) format: Format,
}

/// Everything the files say, and what is wrong with them.
pub(crate) struct LoadedSite {
    /// The site as its audience reads it, broken files replaced by their last good version.
    pub(crate) site: Site,
    /// The incidents that are for other audiences alone.
    pub(crate) hidden: Vec<Arc<Incident>>,
    /// The theme the page names.
    pub(crate) theme: Arc<Theme>,
    /// The plan, if there is one.
    pub(crate) plan: Option<Plan>,
    /// The file that holds it, or would.
    plan_file: String,
    /// What is wrong, in any file.
    pub(crate) problems: Vec<Problem>,
    /// File, line and column of each fact.
    pub(crate) places: SourceMap,
    /// The files that count as open with what can be read of them.
    pub(crate) ongoing: BTreeSet<String>,
    /// The addresses that incidents have left, where the ledger was asked for them.
    pub(crate) departed: Vec<Departed>,
    /// Every file of incidents as it was read.
    pub(crate) sources: Vec<Source>,
}

/// What was opened last, so that the next opening reads only what was written since.
#[derive(Default)]
pub(crate) struct LastOpened {
    incidents: load::ParseCache,
    theme: Option<Arc<Theme>>,
    /// The problems for which the page could not be read the last time.
    unreadable: Vec<Problem>,
}

impl Root {
    /// The site that the global options name, or that the working folder is in.
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        let Found { root, within } = find(global.root.as_deref())?;
        Ok(Self { within, ..Self::at(&root, global) })
    }

    /// The folder that the global options name or else the working folder, whether it is a site or becomes one.
    pub(crate) fn of_a_new_site(global: &Global) -> Self {
        Self::at(global.root.as_deref().unwrap_or(Path::new(".")), global)
    }

    fn at(path: &Path, global: &Global) -> Self {
        let clock = global.now.map_or(Clock::System, Clock::Fixed);
        let own = Self::of(path.to_owned(), clock, global.format);
        Self { state: global.state.clone().unwrap_or(own.state), ..own }.read_by(global.audience)
    }

    /// A root whose state lies in it, at a moment.
    pub(crate) fn of(path: PathBuf, clock: Clock, format: Format) -> Self {
        let state = path.join(state::FOLDER);
        Self { state, within: PathBuf::new(), path, clock, audience: Audience::Public, format }
    }

    /// The same root with a clock that continues.
    pub(crate) fn running(&self) -> Self {
        Self { clock: self.clock.running(), ..self.clone() }
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Reads everything. Without a readable page nothing can be done, so that alone fails, with every problem
    /// found until then printed.
    pub(crate) fn open(&self) -> Result<LoadedSite, Failure> {
        self.open_again(&mut LastOpened::default())
    }

    /// The same, where what was opened last is remembered: problems that were printed then are not printed again.
    pub(crate) fn open_again(&self, last: &mut LastOpened) -> Result<LoadedSite, Failure> {
        let settled = SystemTime::now().checked_sub(CLOCK_STEP).unwrap_or(SystemTime::UNIX_EPOCH);
        let (page, mut problems, mut places) = self.read_page();
        let (plan, plan_problems, plan_places) = self.read_plan();
        problems.extend(plan_problems);
        places.extend(plan_places);
        let Some(mut page) = page else {
            problems.sort();
            problems.dedup();
            if problems != last.unreadable {
                self.show(&mut problems);
                last.unreadable = problems;
            }
            return Err(Failure::Problems);
        };
        last.unreadable.clear();
        page.desk = plan.as_ref().and_then(|plan| plan.desk.as_ref()).map(|desk| desk.url.clone());
        let (theme, theme_problems) =
            Theme::open_again(&self.path, &page.theme, &page.looks, last.theme.take());
        last.theme = Some(Arc::clone(&theme));
        problems.extend(self.with_plan_named(config::sample_names(&page, plan.as_ref(), &places)));
        problems.extend(theme_problems);
        problems.extend(languages::missing_translations(&page, &theme, &places));
        let followed = plan.iter().flat_map(|plan| followed::unknown(&page, plan, &places)).collect();
        problems.extend(self.with_plan_named(followed));
        let committed = kept_state::problem(&self.path);
        let (loaded, ongoing) = self.load(&page, committed.is_none(), &mut last.incidents, settled);
        problems.extend(loaded.problems);
        problems.extend(committed);
        problems.extend(assets::problems(&self.path));
        let mut all_places = loaded.places;
        all_places.extend(places);
        let (site, sources) = (loaded.site, loaded.sources);
        let (site, hidden) = site.as_read_by(self.audience);
        let (plan_file, departed) = (plan_file(self.audience_name()), Vec::new());
        Ok(LoadedSite {
            site,
            theme,
            plan,
            plan_file,
            problems,
            places: all_places,
            ongoing,
            departed,
            hidden,
            sources,
        })
    }

    /// Reads the incidents; where files cannot be read, with what replaces them. Says which of those nobody knows an
    /// earlier version of.
    fn load(
        &self,
        page: &Page,
        is_state_ours: bool,
        memory: &mut load::ParseCache,
        settled: SystemTime,
    ) -> (Loaded, BTreeSet<String>) {
        let store = self.last_good();
        // A copy that a commit brought is not one that this host kept: nothing in it replaces a file.
        let is_believed = is_state_ours || !store.starts_with(&self.path);
        let stand_ins = StandIns { last_good: is_believed.then_some(&*store), ongoing: None };
        if is_believed {
            parsed::recall(&self.state, memory);
        }
        let mut loaded = load::read_site_again(&self.path, page.clone(), stand_ins, memory, settled);
        let unreadable = loaded.sources.iter().filter(|source| !source.reads);
        let unreadable: Vec<&str> = unreadable.map(|source| source.file.as_str()).collect();
        let sought = if is_believed {
            last_good::seek(&self.path, &store, &unreadable, page, self.now())
        } else {
            last_good::Sought::unknown(&unreadable)
        };
        if !sought.found.is_empty() || !sought.unknown.is_empty() {
            let stand_ins = StandIns { ongoing: Some(&sought.unknown), ..stand_ins };
            let known = loaded.sources.into_iter().filter(|source| source.known).map(|source| source.file);
            let known: BTreeSet<String> = known.collect();
            loaded = load::read_site_again(&self.path, page.clone(), stand_ins, memory, settled);
            // What the first reading found new is still to be kept.
            loaded.sources.iter_mut().for_each(|source| source.known = known.contains(&source.file));
        }
        for source in loaded.sources.iter_mut().filter(|source| source.lost) {
            let is_folder = !source.file.contains('/');
            let is_sought = sought.unknown.contains(&source.file) || sought.found.contains(&source.file);
            source.lost = is_folder || is_sought;
        }
        let (incidents, places) = (&mut loaded.site.incidents, &loaded.places);
        if is_believed {
            parsed::keep(&self.state, memory);
        }
        let kept = (&*self.path, is_believed.then_some(&*store));
        let replaced = last_good::settle(incidents, page, places, self.now(), kept);
        for source in &mut loaded.sources {
            source.good &= !replaced.iter().any(|problem| problem.file == source.file);
        }
        loaded.problems.extend(replaced);
        let incidents = std::mem::take(&mut loaded.site.incidents);
        loaded.site.incidents = load::expand(incidents, &page.time_zone, self.now());
        (loaded, sought.unknown)
    }

    /// Opens the ledger, if the plan states it is, making it when it is not there yet.
    pub(crate) fn ledger(&self) -> Result<SqlLedger, Failure> {
        Ok(self.ledger_and_durability()?.0)
    }

    /// Whether the ledger is a file, and nothing is in it: one that is opened then is a new one.
    pub(crate) fn lacks_ledger(&self) -> bool {
        let is_file = matches!(self.read_ledger_place().0, Some(LedgerPlace::Folder));
        let length = files::Folder::open(&self.state).ok().and_then(|state| state.length("ledger.db"));
        is_file && length.unwrap_or(0) == 0
    }

    /// The ledger, if it is there and its secret is: a look must not make one, and connects to nothing that a pull
    /// request can name by itself.
    pub(crate) fn ledger_if_any(&self) -> Result<Option<SqlLedger>, Failure> {
        match self.read_ledger_place().0 {
            Some(LedgerPlace::Folder)
                if self.state.join("ledger.db").is_file() && !is_committed(&self.path, &self.state) =>
            {
                self.ledger().map(Some)
            }
            Some(LedgerPlace::Server { url, ca_file })
                if committed::is_ours(&self.path, &url) && url.reveal(&self.path).is_ok() =>
            {
                let ca_file = ca_file.map(|path| self.path.join(path));
                Ok(postgres::look(url.reveal(&self.path)?.expose(), ca_file.as_deref())?)
            }
            _ => Ok(None),
        }
    }

    /// Opens the ledger; says how durable its server is, if it is on one.
    pub(crate) fn ledger_and_durability(&self) -> Result<(SqlLedger, Option<Durability>), Failure> {
        let (place, mut found, _) = self.read_ledger_place();
        match place {
            Some(LedgerPlace::Folder) => {
                let folder = state::folder(&self.state)?;
                Ok((sqlite::open_at(&folder.join("ledger.db"), boot_time().as_ref())?, None))
            }
            Some(LedgerPlace::Server { url, ca_file }) => {
                let ca_file = ca_file.map(|path| self.path.join(path));
                let url = url.reveal(&self.path)?;
                let (ledger, durability) = postgres::connect(url.expose(), ca_file.as_deref())?;
                Ok((ledger, Some(durability)))
            }
            None => {
                problems::show(&mut found, self.format);
                Err(Failure::Problems)
            }
        }
    }

    /// The page's host name and the plan, without reading the incidents. A plan with an error may say half of what
    /// was meant, so nothing is sent by it.
    pub(crate) fn plan(&self) -> Result<(String, Plan), Failure> {
        let (page, mut found, _) = self.read_page();
        let (plan, plan_problems, _) = self.read_plan();
        found.extend(plan_problems);
        found.extend(
            page.iter().flat_map(|page| config::sample_names(page, plan.as_ref(), &SourceMap::default())),
        );
        match (page, plan) {
            _ if problems::has_errors(&found) => {
                problems::show(&mut found, Format::Text);
                let file = plan_file(self.audience_name());
                print::say(&format!("nothing was sent: site/page.toml or {file} has an error"));
                Err(Failure::Problems)
            }
            (Some(page), Some(plan)) => Ok((page.host().to_owned(), plan)),
            _ => Err(no_plan(&plan_file(self.audience_name()))),
        }
    }

    /// What signs the links of the desk, if the plan names one.
    pub(crate) fn links(&self, plan: &Plan) -> Result<Option<PassKey>, Failure> {
        let Some(desk) = &plan.desk else { return Ok(None) };
        let secret = desk.secret.reveal(&self.path).context("failed to read `desk.secret`")?;
        PassKey::new(secret.expose()).map(Some).ok_or_else(|| Failure::Refused {
            why: format!("`desk.secret` is shorter than {SECRET_BYTES_MIN} bytes"),
            hint: "generate one with `openssl rand -hex 32`".to_owned(),
        })
    }

    /// Prints problems in the format of the command, and says whether a file cannot be used.
    pub(crate) fn show(&self, problems: &mut Vec<Problem>) -> bool {
        problems::show_for(self.format, &|| git::prefix(&self.path), problems)
    }

    /// The folder in which live workers show that they are there.
    pub(crate) fn workers(&self) -> anyhow::Result<PathBuf> {
        Ok(state::folder(&self.state)?.join("workers"))
    }

    /// Keeps a copy of every file that is good, for the day it is not.
    pub(crate) fn save_last_valid(&self, opened: &LoadedSite) -> Result<(), Failure> {
        last_good::keep(&self.last_good(), &self.state, &opened.sources)
    }

    fn last_good(&self) -> PathBuf {
        self.state.join("last-good")
    }

    /// The path of a file below the root.
    pub(crate) fn below(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.path.join(relative)
    }
}

impl LoadedSite {
    /// The site with the incidents that are for other audiences alone: their files are written and checked like the others.
    pub(crate) fn whole(&self) -> Site {
        let mut site = self.site.clone();
        site.incidents.extend(self.hidden.iter().cloned());
        site
    }

    /// Refuses to publish if a file cannot be read and its incident is missing: the page would look better than
    /// things are.
    pub(crate) fn refuse_lost(&self) -> Result<(), Failure> {
        let lost: Vec<&str> =
            self.sources.iter().filter(|source| source.lost).map(|source| source.file.as_str()).collect();
        if lost.is_empty() {
            return Ok(());
        }
        Err(Failure::Refused {
            why: format!(
                "these files cannot be read, and no earlier version of them is known here: {}",
                lost.join(", ")
            ),
            hint: "fix them, or publish from a clone with the full git history (not a shallow one)"
                .to_owned(),
        })
    }

    /// Whether what the operator chose can be trusted with sending: a plan or a page with an error in it may say
    /// half of what was meant.
    pub(crate) fn may_send(&self) -> bool {
        let of_operator = |problem: &&Problem| problem.file == PAGE_FILE || problem.file == self.plan_file;
        !self.problems.iter().filter(of_operator).any(|problem| problem.level == ProblemLevel::Error)
    }

    /// What no public text may hold; nothing without a plan.
    pub(crate) fn denied_words(&self) -> &[String] {
        self.plan.as_ref().map_or(&[], |plan| &plan.denied_words)
    }

    /// The plan, or a refusal that says how to write one.
    pub(crate) fn need_plan(&self) -> Result<&Plan, Failure> {
        self.plan.as_ref().ok_or_else(|| no_plan(&self.plan_file))
    }
}

fn no_plan(file: &str) -> Failure {
    Failure::Refused {
        why: format!("no usable {file}, so nothing can be sent"),
        hint: format!("create {file} with a sender and email or SMS providers; see docs/configuration.md"),
    }
}
