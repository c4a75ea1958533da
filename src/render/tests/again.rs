//! A build that remembers the last one gives what a first one gives, whatever was edited between them.

use std::sync::Arc;
use std::sync::LazyLock;

use fastrand::Rng;
use proptest::prelude::*;

use super::*;
use crate::model::looks::{Branding, Color};

/// Two themes that an operator can tell apart.
static THEMES: LazyLock<[Theme; 2]> = LazyLock::new(|| {
    let looks = Branding { accent: Color::new("#123456"), ..Branding::default() };
    let folder = tempfile::tempdir().unwrap();
    [Theme::built_in(), Theme::open(folder.path(), "default", &looks).0]
});

/// Everything a build is made from.
struct Bench {
    site: Site,
    now: Moment,
    audience: Audience,
    theme: usize,
}

impl Bench {
    /// Does one of the things that happen to a site between two builds.
    fn edit(&mut self, rng: &mut Rng) {
        let count = self.site.incidents.len();
        let some = rng.usize(0..count.max(1));
        match rng.u8(0..16) {
            0 | 1 => self.now += TimeDelta::minutes(rng.i64(-2_000..4_000)),
            2 => self.now += TimeDelta::seconds(1),
            3 => self.audience = [Audience::Public, Audience::Internal][rng.usize(0..2)],
            4 => self.theme = rng.usize(0..2),
            5 => self.edit_page(rng),
            6 if count > 1 => drop(self.site.incidents.remove(some)),
            7 | 8 => self.add(rng),
            _ => {
                if let Some(incident) = self.site.incidents.get_mut(some) {
                    edit_incident(Arc::make_mut(incident), self.now, rng);
                }
            }
        }
        self.site.incidents.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
    }

    fn edit_page(&mut self, rng: &mut Rng) {
        let page = &mut self.site.page;
        match rng.u8(0..6) {
            0 => page.name = Localized::plain(format!("Page {}", rng.u8(..))),
            1 => page.languages.reverse(),
            2 => page.groups[0].features.reverse(),
            3 => page.groups[1].features[0].name = Localized::plain(format!("Feature {}", rng.u8(..))),
            4 => page.history_days = rng.u16(0..9),
            _ => page.time_zone = ["Europe/Madrid", "Asia/Tokyo"][rng.usize(0..2)].to_owned(),
        }
    }

    fn add(&mut self, rng: &mut Rng) {
        let started = self.now + TimeDelta::minutes(rng.i64(-8_000..3_000));
        let ends = started + TimeDelta::minutes(rng.i64(1..500));
        let id = format!("2026/added-{}", rng.u16(..));
        let touched = ["checkout", "search", "sign-in", "gone"][rng.usize(0..4)];
        self.site.incidents.retain(|incident| incident.id.as_str() != id);
        self.site.incidents.push(Arc::new(if rng.bool() {
            maintenance(&id, &[touched], TimeRange::between(started, ends)).0
        } else {
            incident(&id, Severity::Major, &[touched], started).0
        }));
    }
}

fn edit_incident(incident: &mut Incident, now: Moment, rng: &mut Rng) {
    let near = now + TimeDelta::minutes(rng.i64(-300..300));
    match rng.u8(0..9) {
        0 => incident.title = Localized::plain(format!("Title {}", rng.u8(..))),
        1 => incident.title.translations = BTreeMap::from([(language("es"), format!("T {}", rng.u8(..)))]),
        2 => incident.eta = [Some(Eta::At(near)), Some(Eta::Unknown), None][rng.usize(0..3)],
        3 => incident.next_update = Some(near),
        4 => incident.severity = [Severity::Notice, Severity::Critical][rng.usize(0..2)],
        5 => incident.workaround = Some(Localized::plain(format!("Do {}.", rng.u8(..)))),
        6 => drop(incident.updates.pop()),
        _ => {
            let phase = match incident.kind {
                IncidentKind::Incident => [Phase::Identified, Phase::Resolved][rng.usize(0..2)],
                IncidentKind::Maintenance => [Phase::InProgress, Phase::Cancelled][rng.usize(0..2)],
            };
            let audience = [Audience::Public, Audience::Internal][usize::from(rng.u8(0..3) == 0)];
            incident.updates.retain(|update| update.at != near);
            incident.updates.push(Update { audience, ..update(near, phase) });
            incident.updates.sort_by_key(|update| update.at);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(24), ..ProptestConfig::default() })]

    #[test]
    fn a_build_that_remembers_is_a_first_build_byte_for_byte(seed in any::<u64>()) {
        let mut rng = Rng::with_seed(seed);
        let mut desk = Bench { site: full_site(), now: now(), audience: Audience::Public, theme: 0 };
        let mut memory = RenderCache::default();
        for _ in 0..6 {
            for _ in 0..rng.u8(0..3) {
                desk.edit(&mut rng);
            }
            let theme = &THEMES[desk.theme];
            let again = site_again(&desk.site, theme, desk.now, desk.audience, &mut memory).unwrap();
            let first = super::super::site(&desk.site, theme, desk.now, desk.audience).unwrap();
            for (path, bytes) in &first.files {
                let there = again.files.get(path).map(|bytes| String::from_utf8_lossy(bytes));
                prop_assert_eq!(there, Some(String::from_utf8_lossy(bytes)), "{}", path);
            }
            prop_assert_eq!(first.files.len(), again.files.len());
        }
    }
}

/// Which files are not the same piece of memory as before: those that were made again.
fn made_anew<'a>(before: &SiteFiles, after: &'a SiteFiles) -> Vec<&'a str> {
    let same = |path: &str, bytes: &bytes::Bytes| {
        before.files.get(path).is_some_and(|before| before.as_ptr() == bytes.as_ptr())
    };
    let anew = after.files.iter().filter(|(path, bytes)| !same(path, bytes));
    anew.map(|(path, _)| path.as_str()).collect()
}

#[test]
fn only_what_a_change_touches_is_made_again() {
    let mut site = full_site();
    let theme = &THEMES[0];
    let mut memory = RenderCache::default();
    let mut build = |site: &Site, now| site_again(site, theme, now, Audience::Public, &mut memory).unwrap();
    let before = build(&site, now());
    let over = site.incidents.iter_mut().find(|incident| incident.id.as_str() == "2026/old").unwrap();
    Arc::make_mut(over).impact = Some(Localized::plain("It was slow."));
    let after = build(&site, now());
    let anew = made_anew(&before, &after);
    for touched in [
        "index.html",
        "es/index.html",
        "incidents/2026/old/index.html",
        "features/search/index.html",
        "history.atom",
    ] {
        assert!(anew.contains(&touched), "{touched} is as it was");
    }
    for untouched in
        ["incidents/2026/cards/index.html", "features/sign-in/index.html", "es/features/sign-in/history.atom"]
    {
        assert!(!anew.contains(&untouched), "{untouched} was made again");
    }
    let later = build(&site, now() + TimeDelta::seconds(20));
    let by_clock = made_anew(&after, &later);
    assert!(!by_clock.iter().any(|path| path.contains("2026/")), "{by_clock:?}");
}
