//! Corrections reach those who read the text that was corrected.

use std::collections::BTreeSet;

use super::build::outage;
use crate::compose::correction::concerns;
use crate::model::change::{Change, ChangeKind};
use crate::model::edit::Part;
use crate::model::localized::{Language, Localized};
use crate::model::phase::Severity;

#[test]
fn each_hears_of_the_text_they_read() {
    let (english, spanish) = (Language::english(), Language::new("es").unwrap());
    let mut incident = outage();
    incident.title.translations = [(spanish.clone(), "Los pagos fallan".to_owned())].into();
    incident.impact = Some(Localized::plain("Half of them."));
    incident.workaround = None;
    let hear = |part, corrected: Option<&Language>| {
        let what = vec![ChangeKind::Corrected { part, language: corrected.cloned() }];
        let change = Change {
            id: Change::derive_id(&incident.id, 1, &what),
            incident: incident.id.clone(),
            origin: incident.id.clone(),
            revision: 1,
            what,
            touched: BTreeSet::new(),
            peak_severity: Severity::Minor,
        };
        let reads = |language| concerns(&change, &incident, language, &english);
        (reads(&english), reads(&spanish))
    };
    assert_eq!(hear(Part::Title, None), (true, false));
    assert_eq!(hear(Part::Title, Some(&spanish)), (false, true));
    assert_eq!(hear(Part::Impact, None), (true, true), "it is not translated");
    assert_eq!(hear(Part::Workaround, None), (true, true), "it is gone");
}
