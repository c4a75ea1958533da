//! Decides when an alarm is raised and when it ends: once when something has failed for long enough, and once when it has worked for as long.
//!
//! Promises: pure, times are arguments, and those that are measured are of a clock that nobody sets. What fails and works by
//! turns is one trouble, and pages once.

use std::time::Duration;

use crate::model::Moment;

/// A trouble that was over for this long, and paged no one, is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// State of what is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Works,
    /// It has not been tried yet.
    Unknown,
    /// It fails, for these reasons.
    Fails(Vec<String>),
}

/// What happened to an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has failed for too long, since then.
    Raised { since: Moment },
    /// It works since then.
    Ended { at: Moment },
}

/// Raises an alarm after a failure has lasted, and its end after a recovery.
#[derive(Debug, Default)]
pub(super) struct Watch {
    trouble: Option<Trouble>,
    is_raised: bool,
}

/// When it began to fail and when it last did, since boot and by the clock on the wall.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    began: (Duration, Moment),
    last: (Duration, Moment),
}

impl Watch {
    /// Continues an alarm that was raised before a restart.
    pub(super) fn raised(began: Moment, now: (Duration, Moment)) -> Self {
        Self { trouble: Some(Trouble { began: (now.0, began), last: now }), is_raised: true }
    }

    /// Looks once, at a time since boot and by the wall.
    pub(super) fn look(
        &mut self,
        standing: &Standing,
        now: (Duration, Moment),
        after: Duration,
    ) -> Option<Turn> {
        match standing {
            Standing::Fails(_) => {
                let trouble = self.trouble.get_or_insert(Trouble { began: now, last: now });
                trouble.last = now;
                if self.is_raised || now.0.saturating_sub(trouble.began.0) < after {
                    return None;
                }
                self.is_raised = true;
                Some(Turn::Raised { since: trouble.began.1 })
            }
            Standing::Unknown => {
                if let Some(trouble) = &mut self.trouble {
                    trouble.last.0 = now.0;
                }
                None
            }
            Standing::Works => {
                let trouble = self.trouble?;
                let quiet = if self.is_raised { after } else { after.min(FORGOTTEN) };
                if now.0.saturating_sub(trouble.last.0) < quiet {
                    return None;
                }
                self.trouble = None;
                std::mem::take(&mut self.is_raised).then_some(Turn::Ended { at: trouble.last.1 })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const AFTER: Duration = Duration::from_secs(300);

    fn at(second: u64) -> (Duration, Moment) {
        let second = second.cast_signed();
        (Duration::from_secs(second.cast_unsigned()), Moment::UNIX_EPOCH + TimeDelta::seconds(second))
    }

    /// What happens when each of these begins at its second and lasts until the next: `f`ails, `w`orks, `?`. The last one is an
    /// end.
    fn turns(watch: &mut Watch, story: &[(u64, char)]) -> Vec<(u64, Turn)> {
        let mut turns = Vec::new();
        for (now, next) in story.iter().zip(&story[1..]) {
            let standing = match now.1 {
                'f' => Standing::Fails(Vec::new()),
                'w' => Standing::Works,
                _ => Standing::Unknown,
            };
            for second in (now.0..next.0).step_by(5) {
                turns.extend(watch.look(&standing, at(second), AFTER).map(|turn| (second, turn)));
            }
        }
        turns
    }

    /// What is seen in which second, and the turns that follow.
    type Row = (&'static str, Vec<(u64, char)>, Vec<(u64, Turn)>);

    #[test]
    fn people_are_paged_once_for_a_trouble_and_once_for_its_end() {
        let raised = |second, since| (second, Turn::Raised { since: at(since).1 });
        let ended = |second, since| (second, Turn::Ended { at: at(since).1 });
        let flapping: Vec<(u64, char)> = (0..60)
            .map(|turn| (turn * 45, if turn % 2 == 0 { 'f' } else { 'w' }))
            .chain([(2_700, 'w')])
            .collect();
        let rows: [Row; 9] = [
            ("nothing", vec![(0, 'w'), (900, ' ')], vec![]),
            ("a blip", vec![(0, 'f'), (295, 'w'), (900, ' ')], vec![]),
            ("two blips", vec![(0, 'f'), (10, 'w'), (290, 'f'), (400, 'w'), (900, ' ')], vec![]),
            ("an outage", vec![(0, 'f'), (900, ' ')], vec![raised(300, 0)]),
            ("and its end", vec![(0, 'f'), (400, 'w'), (900, ' ')], vec![raised(300, 0), ended(695, 395)]),
            ("flapping, 45 s each", flapping, vec![raised(300, 0)]),
            (
                "works for less than the time",
                vec![(0, 'f'), (400, 'w'), (690, 'f'), (800, 'w'), (1_200, ' ')],
                vec![raised(300, 0), ended(1_095, 795)],
            ),
            (
                "two outages",
                vec![(0, 'f'), (400, 'w'), (800, 'f'), (1_200, ' ')],
                vec![raised(300, 0), ended(695, 395), raised(1_100, 800)],
            ),
            ("not tried", vec![(0, '?'), (900, 'f'), (1_100, '?'), (2_000, ' ')], vec![]),
        ];
        for (what, story, expected) in rows {
            assert_eq!(turns(&mut Watch::default(), &story), expected, "{what}");
        }
    }

    #[test]
    fn a_restart_pages_no_one_again_and_its_end_needs_proof() {
        let continued = || Watch::raised(at(10).1, at(1_000));
        let ended = |second, since| (second, Turn::Ended { at: at(since).1 });
        for (what, story, expected) in [
            ("it still fails", vec![(1_000, 'f'), (3_000, ' ')], vec![]),
            ("it was not tried", vec![(1_000, '?'), (3_000, ' ')], vec![]),
            ("it works", vec![(1_000, '?'), (1_600, 'w'), (3_000, ' ')], vec![ended(1_895, 1_000)]),
        ] {
            assert_eq!(turns(&mut continued(), &story), expected, "{what}");
        }
    }
}
