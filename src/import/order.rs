//! In which order the entries of a body stand: most people write the newest first.
//!
//! Times, phases, numbers and words show it, the surest first. Never moves or changes an entry.

use super::endings::says_over;
use super::marks::Role;
use super::piece::Piece;
use super::planned;
use super::times::{Stated, Zone};
use crate::model::Moment;
use crate::model::phase::Phase;

/// A day in seconds.
const DAY: i64 = 24 * 60 * 60;

pub(super) fn is_newest_first(pieces: &[Piece], started: Moment, zone: &Zone) -> bool {
    by_start(pieces, started, zone)
        .or_else(|| by_time(pieces))
        .or_else(|| by_closing(pieces))
        .or_else(|| by_opening(pieces))
        .or_else(|| by_number(pieces))
        .or_else(|| by_words(pieces))
        .unwrap_or_else(|| pieces.first().is_some_and(|piece| piece.mark.is_some()))
}

/// Where days are left out, what is of a later day than the start is newest; and times that pass midnight are in the order in
/// which they are soon after the start, if the other takes days.
fn by_start(pieces: &[Piece], started: Moment, zone: &Zone) -> Option<bool> {
    let stated: Vec<Stated> = pieces.iter().map(Piece::stated).filter(Stated::is_some).collect();
    let (first, last) = (stated.first()?, stated.last()?);
    let is_later = |stated: &Stated| stated.day.is_some_and(|day| day > zone.day(started));
    if first.day.is_some() != last.day.is_some() {
        return (is_later(first) || is_later(last)).then(|| is_later(first));
    }
    let alone = stated.iter().map(|stated| stated.clock.filter(|_| stated.day.is_none()));
    let clocks = alone.collect::<Option<Vec<i64>>>().filter(|clocks| clocks.len() > 1)?;
    let taken = |order: &mut dyn Iterator<Item = &i64>| {
        let step = |(sum, before): (i64, i64), clock: &i64| (sum + (clock - before).rem_euclid(DAY), *clock);
        order.fold((0, zone.clock(started)), step).0
    };
    let (down, up) = (taken(&mut clocks.iter()), taken(&mut clocks.iter().rev()));
    (down.min(up) <= DAY / 2 && down.max(up) >= DAY).then_some(up < down)
}

pub(super) fn by_time(pieces: &[Piece]) -> Option<bool> {
    let stated: Vec<Stated> = pieces.iter().map(Piece::stated).filter(Stated::is_some).collect();
    let key = |stated: &Stated| (stated.day, stated.clock.unwrap_or(0) - stated.offset.unwrap_or(0));
    let (first, last) = (stated.first()?, stated.last()?);
    if first.day.is_some() && last.day.is_some() {
        return (key(first) != key(last)).then(|| key(first) > key(last));
    }
    // Times alone may pass midnight, so each step counts.
    let clocks: Vec<i64> = stated.iter().filter_map(|stated| stated.clock).collect();
    let falls = clocks.windows(2).filter(|pair| pair[0] > pair[1]).count();
    let rises = clocks.windows(2).filter(|pair| pair[0] < pair[1]).count();
    (falls != rises).then_some(falls > rises)
}

/// The entry that is marked as the last one is the newest.
fn by_closing(pieces: &[Piece]) -> Option<bool> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    let closes = |piece: &Piece| piece.role() == Some(Role::Closing);
    (closes(first) != closes(last)).then(|| closes(first))
}

fn by_opening(pieces: &[Piece]) -> Option<bool> {
    let opens = |piece: &Piece| {
        matches!(piece.role(), Some(Role::Opening | Role::Phase(Phase::Investigating | Phase::Scheduled)))
    };
    let first_marked = pieces.iter().position(|piece| piece.mark.is_some())?;
    let opening = pieces.iter().rposition(opens)?;
    match (pieces.get(first_marked).is_some_and(opens), pieces.last().is_some_and(opens)) {
        _ if pieces.len() < 2 => None,
        (true, true) => None,
        (true, false) => Some(false),
        (false, _) => Some(opening > first_marked),
    }
}

fn by_number(pieces: &[Piece]) -> Option<bool> {
    let numbers: Vec<u32> = pieces.iter().filter_map(|piece| piece.mark.as_ref()?.number).collect();
    let (first, last) = (numbers.first()?, numbers.last()?);
    (first != last).then_some(first > last)
}

/// The end that says that it is over is the newest.
fn by_words(pieces: &[Piece]) -> Option<bool> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    let closes = |piece: &Piece| {
        let announces = piece.is_bare() && planned::announces(&piece.text());
        piece.role() == Some(Role::Closing) || !announces && says_over(&piece.text())
    };
    match (closes(first), closes(last)) {
        _ if pieces.len() < 2 => None,
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ if first.is_bare() && last.is_bare() => Some(true),
        _ => None,
    }
}
