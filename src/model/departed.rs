//! Announced addresses at which the files have no incident any more. Plain values; hold no text of the incident.

use super::incident::IncidentId;

/// An address of an incident that was announced.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Departed {
    /// The id that the address is made of.
    pub id: IncidentId,
    /// Where the incident went.
    pub became: Became,
}

/// Where an incident went that is no longer at its address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Became {
    /// Its file has another name.
    Moved {
        /// The id it has now.
        to: IncidentId,
    },
    /// It was over, or had not begun, and its file was taken away.
    TakenOff,
}
