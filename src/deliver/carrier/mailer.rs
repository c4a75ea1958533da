//! Sends emails through a relay, and keeps the parts and signatures that emails of the same message share.
//!
//! Promises: the shared parts of a message are written once for all of its recipients.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::refused;
use super::relay::Relay;
use crate::deliver::dkim::Signer;
use crate::deliver::mail::{Sheet, Unwritable};
use crate::deliver::patience::Patience;
use crate::ledger::ClaimedStep;
use crate::model::address::Address;
use crate::model::message::{MailMessage, Message};
use crate::model::reply::Reply;
use crate::provider::Unfit;

/// How many written messages are kept: each language and zone has its own.
const SHEETS_MAX: usize = 16;

/// A mail relay and what was written for it.
pub(in crate::deliver) struct Mailer {
    relay: Relay,
    signer: Option<Signer>,
    sheets: Mutex<VecDeque<(Arc<Message>, Arc<Sheet>)>>,
}

impl Mailer {
    /// Writes for that relay, and signs if there is a signer.
    pub(super) fn new(relay: Relay, signer: Option<Signer>) -> Self {
        Self { relay, signer, sheets: Mutex::default() }
    }

    /// Hands one mail off.
    pub(super) async fn hand_off(&self, step: &ClaimedStep, patience: &Patience) -> Reply {
        let (Message::Mail(message), Address::Mailbox(to)) = (&*step.message, step.endpoint.address()) else {
            return refused(Unfit::Form.to_string());
        };
        // What is one reader's own is shared with nobody.
        let is_personal = message.leave.is_some();
        let sheet =
            if is_personal { Sheet::new(message).map(Arc::new) } else { self.sheet(&step.message, message) };
        match sheet.and_then(|sheet| sheet.mail(to, &step.hold.step, self.signer.as_ref())) {
            Ok(mail) => self.relay.hand_off(&mail, patience).await,
            Err(error) => refused(error.to_string()),
        }
    }

    /// Closes the connections that are kept.
    pub(super) async fn close(&self) {
        self.relay.close().await;
    }

    fn sheet(&self, message: &Arc<Message>, mail: &MailMessage) -> Result<Arc<Sheet>, Unwritable> {
        let mut kept = self.sheets.lock();
        if let Some((_, sheet)) = kept.iter().find(|(one, _)| Arc::ptr_eq(one, message)) {
            return Ok(Arc::clone(sheet));
        }
        let sheet = Arc::new(Sheet::new(mail)?);
        kept.truncate(SHEETS_MAX - 1);
        kept.push_front((Arc::clone(message), Arc::clone(&sheet)));
        Ok(sheet)
    }
}
