//! Counts the answers that a PostgreSQL server owes, from the bytes of both directions (protocol 3.0, chapter "Message Formats").
//!
//! Promises: a message counts once, wherever reads and writes cut it; an answer to an earlier request never settles a later one.
//! Never waits and never looks into the body of a message.

/// What the server owes on one connection.
#[derive(Debug)]
pub(super) struct Owed {
    sent: Messages,
    received: Messages,
    answers: u64,
}

impl Owed {
    /// For a connection on which nothing has been sent: its first message is the startup message, which has no type.
    pub(super) fn new() -> Self {
        Self { sent: Messages::new(false), received: Messages::new(true), answers: 0 }
    }

    /// Counts what was sent: the startup message, `Query`, `FunctionCall` and `Sync` each ask for one `ReadyForQuery`.
    pub(super) fn sends(&mut self, bytes: &[u8]) {
        self.answers += self.sent.count(bytes, |kind| matches!(kind, None | Some(b'Q' | b'F' | b'S')));
    }

    /// Counts what was received: each `ReadyForQuery` ends an answer.
    pub(super) fn receives(&mut self, bytes: &[u8]) {
        let ended = self.received.count(bytes, |kind| kind == Some(b'Z'));
        self.answers = self.answers.saturating_sub(ended);
    }

    /// Whether an answer is owed.
    pub(super) fn is_any(&self) -> bool {
        self.answers > 0
    }
}

/// The messages of one direction.
#[derive(Debug)]
struct Messages {
    /// The type, if the message has one, and four bytes of length, as far as they came.
    header: Vec<u8>,
    /// The bytes of the body that are still to come.
    body: usize,
    is_typed: bool,
}

impl Messages {
    fn new(is_typed: bool) -> Self {
        Self { header: Vec::with_capacity(5), body: 0, is_typed }
    }

    /// How many messages of the wanted types begin in these bytes.
    fn count(&mut self, mut bytes: &[u8], is_wanted: impl Fn(Option<u8>) -> bool) -> u64 {
        let mut number = 0;
        loop {
            let skipped = self.body.min(bytes.len());
            (self.body, bytes) = (self.body - skipped, bytes.get(skipped..).unwrap_or_default());
            let Some((first, rest)) = bytes.split_first() else { return number };
            self.header.push(*first);
            bytes = rest;
            if self.header.len() == 4 + usize::from(self.is_typed) {
                let kind = self.header.first().copied().filter(|_| self.is_typed);
                number += u64::from(is_wanted(kind));
                self.begin_body();
            }
        }
    }

    /// The length counts itself.
    fn begin_body(&mut self) {
        let length = self
            .header
            .iter()
            .skip(usize::from(self.is_typed))
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        (self.body, self.is_typed) = (length.saturating_sub(4), true);
        self.header.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind][..], &length, body].concat()
    }

    fn startup() -> Vec<u8> {
        [&[0, 0, 0, 17][..], b"\0\x03\0\0user\0app\0"].concat()
    }

    fn ready() -> Vec<u8> {
        message(b'Z', b"I")
    }

    /// A connection whose startup is answered.
    fn idle() -> Owed {
        let mut owed = Owed::new();
        owed.sends(&startup());
        assert!(owed.is_any());
        owed.receives(&[message(b'R', &[0; 4]), message(b'S', b"TimeZone\0Z\0\0\0\x05"), ready()].concat());
        assert!(!owed.is_any());
        owed
    }

    #[test]
    fn an_answer_to_an_earlier_request_does_not_settle_a_later_one() {
        let mut owed = idle();
        owed.sends(&[message(b'C', b"Sstatement\0"), message(b'S', b"")].concat());
        owed.sends(&[message(b'P', b"\0SELECT 1\0\0\0"), message(b'D', b"S\0"), message(b'S', b"")].concat());
        owed.receives(&[message(b'3', b""), ready()].concat());
        assert!(owed.is_any(), "the second answer has not come");
        owed.receives(&[message(b'1', b""), ready()].concat());
        assert!(!owed.is_any());
    }

    #[test]
    fn only_what_ends_in_an_answer_asks_for_one() {
        for (kind, asks) in [
            (b'Q', true),
            (b'S', true),
            (b'F', true),
            (b'B', false),
            (b'P', false),
            (b'd', false),
            (b'X', false),
        ] {
            let mut owed = idle();
            owed.sends(&message(kind, b"Z\0\0\0\x05"));
            assert_eq!(owed.is_any(), asks, "{}", char::from(kind));
        }
    }

    #[test]
    fn a_notification_settles_nothing() {
        let mut owed = idle();
        owed.sends(&message(b'Q', b"LISTEN allclear\0"));
        owed.receives(&message(b'A', b"\0\0\0\x01allclear\0Z\0\0\0\x05I\0"));
        assert!(owed.is_any());
    }

    #[test]
    fn bytes_may_be_cut_anywhere() {
        let sent =
            [startup(), message(b'p', b"secret\0"), message(b'Q', b"S\0\0\0\x04\0"), message(b'S', b"")]
                .concat();
        let received = [message(b'R', &[0; 4]), ready(), message(b'D', b"Z\0\0\0\x05I"), ready()].concat();
        for cut in 0..=sent.len() {
            let mut owed = Owed::new();
            let (first, second) = sent.split_at(cut);
            owed.sends(first);
            owed.sends(second);
            assert_eq!(owed.answers, 3, "cut at {cut}");
            for byte in &received {
                owed.receives(&[*byte]);
            }
            assert_eq!(owed.answers, 1, "cut at {cut}");
        }
    }

    #[test]
    fn a_length_that_is_none_is_survived() {
        let mut owed = idle();
        owed.receives(&[b'Z', 0, 0, 0, 0, b'Z', 255, 255, 255, 255, 1, 2, 3]);
        owed.sends(&message(b'S', b""));
        assert!(owed.is_any());
    }
}
