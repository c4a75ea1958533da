//! Plain values as bytes and back.
//!
//! Promises: what was put is taken as the same value; from any other bytes something is taken or nothing is, without a panic
//! and without more memory than there are bytes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};

use crate::load::memory::Facts;
use crate::model::Moment;
use crate::model::audience::Audience;
use crate::model::author_mark::AuthorMark;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Completes, Eta};
use crate::model::localized::{Language, Localized};
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::repeats::{Repeats, Rule};
use crate::model::sensitivity::Sensitivity;

/// Where values are put. Text that is part of the file's text is put as its place there.
pub(super) struct Output<'t> {
    pub(super) bytes: Vec<u8>,
    text: &'t str,
    /// Where each line of the text begins.
    lines: Vec<usize>,
}

/// Where values are taken from.
pub(super) struct Input<'a> {
    rest: &'a [u8],
    /// The file's text, as soon as it is known.
    pub(super) shared: &'a str,
}

/// A value that has bytes.
pub(super) trait Stored: Sized {
    fn put(&self, to: &mut Output<'_>);
    fn take(from: &mut Input<'_>) -> Option<Self>;
}

impl<'t> Output<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { bytes: Vec::new(), text, lines }
    }

    /// A number in groups of seven bits, the lowest first.
    pub(super) fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// What `put` puts, with its length before it, so that it can be taken as bytes.
    pub(super) fn apart(&mut self, put: impl FnOnce(&mut Self)) {
        let before = std::mem::take(&mut self.bytes);
        put(self);
        let apart = std::mem::replace(&mut self.bytes, before);
        self.number(apart.len() as u64);
        self.bytes.extend_from_slice(&apart);
    }

    /// A text that may begin where a line of the file does, counted from 1.
    pub(super) fn shared(&mut self, text: &str, line: Option<usize>) {
        let start = line.and_then(|line| self.lines.get(line.checked_sub(1)?).copied());
        let is_there = |start: &usize| self.text.get(*start..).is_some_and(|rest| rest.starts_with(text));
        match start.filter(is_there) {
            Some(start) => {
                self.number(start as u64 + 1);
                self.number(text.len() as u64);
            }
            None => {
                self.number(0);
                self.text(text);
            }
        }
    }
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, shared: "" }
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// The bytes of what was put apart.
    pub(super) fn apart(&mut self) -> Option<&'a [u8]> {
        let length = self.size()?;
        let (apart, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(apart)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.apart()?).ok()
    }

    pub(super) fn shared(&mut self) -> Option<&'a str> {
        match self.size()?.checked_sub(1) {
            None => self.text(),
            Some(start) => {
                let length = self.size()?;
                self.shared.get(start..start.checked_add(length)?)
            }
        }
    }

    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*bytes)
    }
}

impl Stored for bool {
    fn put(&self, to: &mut Output<'_>) {
        to.number(u64::from(*self));
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        Some(from.number()? == 1)
    }
}

impl Stored for String {
    fn put(&self, to: &mut Output<'_>) {
        to.text(self);
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        from.text().map(str::to_owned)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn put(&self, to: &mut Output<'_>) {
        self.is_some().put(to);
        self.iter().for_each(|value| value.put(to));
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        if bool::take(from)? { T::take(from).map(Some) } else { Some(None) }
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn put(&self, to: &mut Output<'_>) {
        to.number(self.len() as u64);
        self.iter().for_each(|value| value.put(to));
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        (0..from.number()?).map(|_| T::take(from)).collect()
    }
}

impl<K: Stored + Ord, V: Stored> Stored for BTreeMap<K, V> {
    fn put(&self, to: &mut Output<'_>) {
        to.number(self.len() as u64);
        for (key, value) in self {
            key.put(to);
            value.put(to);
        }
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        (0..from.number()?).map(|_| Some((K::take(from)?, V::take(from)?))).collect()
    }
}

impl Stored for Moment {
    fn put(&self, to: &mut Output<'_>) {
        to.bytes.extend_from_slice(&self.timestamp().to_le_bytes());
        to.number(u64::from(self.timestamp_subsec_nanos()));
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        let seconds = i64::from_le_bytes(from.fixed()?);
        DateTime::from_timestamp(seconds, u32::try_from(from.number()?).ok()?)
    }
}

impl Stored for NaiveDate {
    fn put(&self, to: &mut Output<'_>) {
        to.bytes.extend_from_slice(&self.to_epoch_days().to_le_bytes());
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        Self::from_epoch_days(i32::from_le_bytes(from.fixed()?))
    }
}

impl Stored for Facts {
    fn put(&self, to: &mut Output<'_>) {
        let Self { bytes, inode, written, changed } = self;
        to.number(*bytes);
        to.number(*inode);
        to.bytes.extend_from_slice(&written.to_le_bytes());
        to.bytes.extend_from_slice(&changed.to_le_bytes());
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        let (bytes, inode) = (from.number()?, from.number()?);
        let (written, changed) = (i128::from_le_bytes(from.fixed()?), i128::from_le_bytes(from.fixed()?));
        Some(Self { bytes, inode, written, changed })
    }
}

impl Stored for Localized {
    fn put(&self, to: &mut Output<'_>) {
        to.text(&self.default);
        self.translations.put(to);
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        Some(Self { default: Stored::take(from)?, translations: Stored::take(from)? })
    }
}

impl Stored for Eta {
    fn put(&self, to: &mut Output<'_>) {
        let at = match self {
            Self::At(at) => Some(*at),
            Self::Unknown => None,
        };
        at.put(to);
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        Some(<Option<Moment> as Stored>::take(from)?.map_or(Self::Unknown, Self::At))
    }
}

impl Stored for Repeats {
    fn put(&self, to: &mut Output<'_>) {
        let Self { rule, except } = self;
        to.text(&rule.to_string());
        except.iter().copied().collect::<Vec<NaiveDate>>().put(to);
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        let rule = Rule::new(from.text()?)?;
        Some(Self { rule, except: Vec::<NaiveDate>::take(from)?.into_iter().collect() })
    }
}

/// Values that are texts with a shape.
macro_rules! texts {
    ($($type:ty: $text:expr, $read:expr;)*) => {$(
        impl Stored for $type {
            fn put(&self, to: &mut Output<'_>) {
                to.text($text(self));
            }

            fn take(from: &mut Input<'_>) -> Option<Self> {
                $read(from.text()?)
            }
        }
    )*};
}

texts! {
    Language: Language::as_str, Language::new;
    FeatureId: FeatureId::as_str, FeatureId::new;
    Audience: Audience::word, Audience::from_word;
    AuthorMark: |mark: &AuthorMark| mark.word(), AuthorMark::from_word;
    Completes: |completes: &Completes| completes.word(), Completes::from_word;
    Sensitivity: |level: &Sensitivity| level.word(), Sensitivity::from_word;
}

/// Values of which there are a few, by their number among all.
macro_rules! numbered {
    ($($type:ty)*) => {$(
        impl Stored for $type {
            fn put(&self, to: &mut Output<'_>) {
                let number = <$type>::ALL.iter().position(|value| value == self);
                to.number(number.unwrap_or(usize::MAX) as u64);
            }

            fn take(from: &mut Input<'_>) -> Option<Self> {
                <$type>::ALL.get(from.size()?).copied()
            }
        }
    )*};
}

numbered! { IncidentKind Phase Severity Status }
