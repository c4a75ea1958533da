//! Edits of announced texts in several languages: those that change no meaning are silent, all others are announced or asked about.

use super::*;
use crate::model::edit::Verdict;

fn verdict(language: &str, old: &str, new: &str) -> Verdict {
    compare(old, new, &Language::new(language).unwrap()).unwrap().verdict
}

/// Language, text as told, text now.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const SILENT: &[Row] = &[
    ("en", "The data base is slow since 9 am.", "The database is slow since 09:00."),
    ("en", "Our engineers are investigating. An update follows at 3:30 pm UTC.", "Our engineers are investigating. An update follows at 15:30 UTC."),
    ("en", "The fix takes half an hour.", "The fix takes 30 minutes."),
    ("en", "The restart takes 90 seconds.", "The restart takes one and a half minutes."),
    ("en", "We are recieving fewer errors now, and the backlog shrinks.", "We are receiving fewer errors now, and the backlog shrinks."),
    ("en", "Custmers in Spain cannot log in. We aer on it.", "Customers in Spain cannot log in. We are on it."),
    ("en", "The behaviour of the colour picker has been optimised.", "The behavior of the color picker has been optimized."),
    ("en", "Orders are processed. The queue is empty.", "Orders are processed. The queue is empty. Thank you for your patience!"),
    ("en", "Orders are processed. Sorry for the trouble.", "Orders are processed."),
    ("en", "Hi all, checkout fails for some customers.", "Checkout fails for some customers."),
    ("en", "The meeting of 2026-03-03 is moved.", "The meeting of 3 March 2026 is moved."),
    ("en", "The files of 21 November are copied.", "The files of Nov 21 are copied."),
    ("en", "The files of 21 November are copied.", "The files of the 21st of November are copied."),
    ("en", "The files of 21 November are copied.", "The files of 11/21 are copied."),
    ("en", "We copy them on Saturday, 21 November 2026.", "We copy them on Sat, 2026-11-21."),
    ("de", "Die Dateien vom 21. November werden kopiert.", "Die Dateien vom 21.11. werden kopiert."),
    ("de", "Die Dateien vom 21.11.2026 werden kopiert.", "Die Dateien vom 21. November 2026 werden kopiert."),
    ("es", "Los archivos del 21 de noviembre se copian.", "Los archivos del 21/11 se copian."),
    ("fr", "Les fichiers du 21 novembre sont copiés.", "Les fichiers du 21/11 sont copiés."),
    ("it", "I file del 21 novembre sono copiati.", "I file del 21/11 sono copiati."),
    ("en", "It doesn't work in Firefox, and it won't before tonight.", "It does not work in Firefox, and it will not before tonight."),
    ("en", "Users are unable to sign in.", "Users cannot log in."),
    ("en", "See [this page](https://x.example.org/a) for the list.", "See [our list](https://x.example.org/a) for the list."),
    ("en", "Search, reports and exports are slow.", "Reports, search and exports are slow."),
    ("en", "At 09:00 UTC the switch failed.", "The switch failed at 09:00 UTC."),
    ("en", "The update costs twenty dollars.", "The update costs $20."),
    ("en", "About 50% of requests fail.", "About 50 percent of requests fail."),
    ("en", "The incident was caused by a bad deploy.", "The incident were caused by a bad deploy."),
    ("en", "Unfortunately the part did not arrive.", "The part did not arrive."),
    ("en", "Please, restart the app; then sign in.", "Please restart the app, then sign in."),
    ("en", "We have restored the VPN.", "We have restored the virtual private network (VPN)."),
    ("en", "The seperate cluster is up.", "The separate cluster is up."),
    ("en", "Files up to 2 GB work.", "Files up to 2,000 MB work."),
    ("de", "Der Dienst ist seit 9.30 Uhr gestört.", "Der Dienst ist seit 9:30 Uhr gestört."),
    ("de", "Die Wartung dauert eine halbe Stunde.", "Die Wartung dauert 30 Minuten."),
    ("de", "Die Wartung dauert zwei Stunden und betrifft 1.000 Kunden.", "Die Wartung dauert 2 Stunden und betrifft 1000 Kunden."),
    ("de", "Wir arbeiten mit Hochdruck an der Lösung. Vielen Dank für Ihr Verständnis.", "Wir arbeiten mit Hochdruck an der Lösung."),
    ("de", "Guten Tag, die Anmeldung ist gestört.", "Die Anmeldung ist gestört."),
    ("de", "Der Zugriff ist unmöglich.", "Der Zugriff ist nicht möglich."),
    ("de", "Die Störrung betrifft alle Kunden in Berlin.", "Die Störung betrifft alle Kunden in Berlin."),
    ("de", "Die Auslieferung der Pakete verzoegert sich.", "Die Auslieferung der Pakete verzögert sich."),
    ("de", "Ab 14 Uhr ist das Portal wieder erreichbar.", "Das Portal ist ab 14 Uhr wieder erreichbar."),
    ("de", "Das Paßwort gilt weiter.", "Das Passwort gilt weiter."),
    ("de", "Betroffen ist v. a. der Norden, d. h. Kiel.", "Betroffen ist v. a. der Norden, das heißt Kiel."),
    ("es", "El servicio no esta disponible desde las 9.", "El servicio no está disponible desde las 9."),
    ("es", "Tardará media hora.", "Tardará 30 minutos."),
    ("es", "Hemos reparado el srevidor principal.", "Hemos reparado el servidor principal."),
    ("es", "Gracias por su paciencia. El servicio funciona.", "El servicio funciona."),
    ("es", "La reunión es el 5 de mayo a las 5 de la tarde.", "La reunión es el 5 de mayo a las 17:00."),
    ("es", "Buenos días, los pagos fallan.", "Los pagos fallan."),
    ("fr", "Le service est indisponible depuis 14h30.", "Le service est indisponible depuis 14 h 30."),
    ("fr", "Les paiements ne passent pas depuis ce matin.", "Les paiements ne passent aps depuis ce matin."),
    ("fr", "Nous vous remercions de votre patience. Tout fonctionne.", "Tout fonctionne."),
    ("fr", "Le paiment par carte echoue.", "Le paiement par carte échoue."),
    ("fr", "Comptez deux heures et demie.", "Comptez 2,5 heures."),
    ("fr", "Environ 1 000 clients sont touchés.", "Environ mille clients sont touchés."),
    ("fr", "À 14 h, le réseau était coupé.", "Le réseau était coupé à 14 h."),
    ("en", "The login page - which is new - fails.", "The login page – which is new – fails."),
    ("en", "The error rate fell from 4.0% to 2.5%.", "The error rate fell from 4% to 2.5%."),
    ("en", "We have rebooted both firewalls and see no more packet loss.", "We rebooted both firewalls and see no more packet loss."),
    ("en", "## Update\n\nThe **index** is being rebuilt.", "Update: the index is being rebuilt."),
    ("en", "- Search\n- Mail\n\nare slow.", "Search, Mail are slow."),
    ("en", "The CDN is slow, the API is fine.", "The API is fine, the CDN is slow."),
    ("de", "Der Grund ist eine defekte Festplatte.", "Die Ursache ist eine defekte Festplatte."),
    ("de", "Die Wartung findet am Dienstag, 5. Mai 2026, statt.", "Die Wartung findet am Dienstag, 05.05.2026, statt."),
    ("de", "Rund 3,5 Mio. Kunden sind betroffen.", "Rund 3,5 Millionen Kunden sind betroffen."),
    ("de", "Die Karten-Zahlung geht wieder.", "Die Kartenzahlung geht wieder."),
    ("es", "La temperatura es de 20 grados.", "La temperatura es de 20 °C."),
    ("es", "Faltan 1,5 horas.", "Falta hora y media."),
    ("fr", "Écrivez à aide@example.org ou appelez-nous.", "Écrivez à [aide@example.org](mailto:aide@example.org) ou appelez-nous."),
    ("fr", "La maintenance aura lieu le 5/5/2026 à 9h.", "La maintenance aura lieu le 5 mai 2026 à 9 h."),
    ("fr", "Malheureusement, la pièce n'est pas arrivée.", "La pièce n'est pas arrivée."),
    ("en", "Details: https://example.org/a", "Details: <https://example.org/a>"),
    ("en", "Queries take 1500 ms.", "Queries take 1.5 seconds."),
    ("en", "Everything works again. We are sorry for the inconvenience caused.", "Everything works again. We apologize for the inconvenience."),
    ("pt", "O serviço esta lento.", "O serviço está lento."),
    ("it", "La riparazione dura mezz'ora.", "La riparazione dura 30 minuti."),
    ("ja", "復旧しました。ご迷惑をおかけし、深くお詫び申し上げます。", "復旧しました。"),
];

#[rustfmt::skip]
const NOT_SILENT: &[Row] = &[
    ("en", "The files of 21 November are copied.", "The files of the 22nd of November are copied."),
    ("en", "The files of 11/12 are copied.", "The files of 12 November are copied."),
    ("de", "Die Dateien vom 21.11. werden kopiert.", "Die Dateien vom 21. Dezember werden kopiert."),
    ("de", "Version 21.11 ist betroffen.", "Version 21.10 ist betroffen."),
    ("es", "Los archivos del 05/06 se copian.", "Los archivos del 6 de mayo se copian."),
    ("fr", "Les fichiers du 21/11 sont copiés.", "Les fichiers du 21 octobre sont copiés."),
    ("en", "Exports since 4 May 2026 are made again.", "Exports since 4 June 2026 are made again."),
    ("en", "Node 4 may fail.", "Node 4 fails."),
    ("en", "The restart takes one and a half minutes.", "The restart takes one and a half hours."),
    ("en", "We are charged by the carrier.", "We are changed by the carrier."),
    ("en", "Not all customers are affected.", "All customers are not affected."),
    ("en", "Only refunds work.", "Refunds only work."),
    ("en", "Working: search, mail. Broken: shop.", "Working: search. Broken: mail, shop."),
    ("en", "The data is lost. It is not recoverable.", "The data is lost. It is now recoverable."),
    ("en", "Restart the router. Then wait for an hour.", "Restart the router. Then wait for two hours."),
    ("en", "The import is broken.", "The export is broken."),
    ("en", "Uploads fail in eu-west-1.", "Uploads fail in eu-west-2."),
    ("en", "Inbound mail is delayed.", "Outbound mail is delayed."),
    ("en", "Calls to Austria fail.", "Calls from Austria fail."),
    ("en", "The service is up.", "The service is down."),
    ("en", "Your data is secure.", "Your data is insecure."),
    ("en", "Please reset your password.", "Please do not reset your password."),
    ("en", "It ends at 10:00 UTC.", "It ends at 10:00 CET."),
    ("en", "It ends at 10:00 am.", "It ends at 10:00 pm."),
    ("en", "Servers in Leeds are affected.", "Servers in Leeds and Hull are affected."),
    ("en", "Is it fixed? We think so.", "It is fixed. We think so."),
    ("en", "We will refund you.", "We may refund you."),
    ("en", "The team may have found the cause.", "The team has found the cause."),
    ("en", "~~All~~ orders are safe.", "All orders are safe."),
    ("en", "Thank you for your patience.", "Thank you for your patience. Change your password."),
    ("en", "Orders are late.", "Orders are late. Sorry for the 2,000 lost orders."),
    ("en", "The temperature is -5 °C.", "The temperature is 5 °C."),
    ("en", "Use [the portal](https://a.example.org/x).", "Use [the portal](https://a.example.org/y)."),
    ("en", "Use version 2.10.", "Use version 2.1."),
    ("en", "Send the form to a@example.org.", "Send the form to b@example.org."),
    ("de", "Die Anmeldung ist jetzt möglich.", "Die Anmeldung ist jetzt unmöglich."),
    ("de", "Die Daten wurden gelöscht.", "Die Daten würden gelöscht."),
    ("de", "Die Pakete werden versendet.", "Die Pakete werden verwendet."),
    ("de", "Alle Konten sind gesperrt.", "Manche Konten sind gesperrt."),
    ("de", "Das Update kommt vor Montag.", "Das Update kommt nach Montag."),
    ("de", "Die Karten sind leer.", "Die Kasten sind leer."),
    ("de", "Die Arbeiten beginnen um 8 Uhr.", "Die Arbeiten beginnen um 18 Uhr."),
    ("de", "Der Fehler ist behoben.", "Der Fehler wird behoben."),
    ("de", "Bitte ändern Sie Ihr Passwort.", "Sie müssen Ihr Passwort nicht ändern."),
    ("de", "Wer anruft, zahlt nichts.", "Wer anruft, zahlt 5 Euro."),
    ("de", "Es sind nur Firmenkunden betroffen.", "Es sind auch Firmenkunden betroffen."),
    ("de", "Die Rechnungen sind falsch, die Mahnungen stimmen.", "Die Mahnungen sind falsch, die Rechnungen stimmen."),
    ("es", "El agua es potable.", "El agua no es potable."),
    ("es", "Los pagos fueron devueltos.", "Los pagos serán devueltos."),
    ("es", "Puede usar la tarjeta.", "Debe usar la tarjeta."),
    ("es", "Sí, funciona la aplicación.", "Si funciona la aplicación."),
    ("es", "Abrimos antes de las 9.", "Abrimos después de las 9."),
    ("es", "El servicio está en línea.", "El servicio está fuera de línea."),
    ("es", "Todos los datos se han recuperado.", "Casi todos los datos se han recuperado."),
    ("fr", "Le service ne fonctionne que le matin.", "Le service fonctionne le matin."),
    ("fr", "Les données sont effacées.", "Les données seront effacées."),
    ("fr", "Payez par carte.", "Ne payez pas par carte."),
    ("fr", "Le service est disponible.", "Le service est indisponible."),
    ("fr", "Rendez-vous lundi à 9 h.", "Rendez-vous mardi à 9 h."),
    ("fr", "Tous les vols sont annulés.", "Presque tous les vols sont annulés."),
    ("en", "Nearly all orders are safe.", "All orders are safe."),
    ("en", "One server is down.", "Two servers are down."),
    ("en", "The leak affects customers with accounts.", "The leak affects customers without accounts."),
    ("en", "We are sorry. Nobody was hurt.", "We are sorry."),
    ("en", "Fixed in 5 min.", "Fixed in 5 h."),
    ("en", "Payment by card, not by invoice.", "Payment by invoice, not by card."),
    ("en", "The new backup is older than the restored one.", "The restored backup is older than the new one."),
    ("en", "Data of 1,500 people leaked.", "Data of 1.500 people leaked."),
    ("en", "The deadline is 03/04/2026.", "The deadline is 04/03/2026."),
    ("en", "Mail is fine; chat is not.", "Chat is fine; mail is not."),
    ("en", "Customers who paid are affected.", "Customers who prepaid are affected."),
    ("en", "Reconnect the device.", "Disconnect the device."),
    ("en", "The patch is required.", "The patch was required."),
    ("en", "Press Yes, and wait.", "Press No, and wait."),
    ("en", "Login works", "Login worked"),
    ("en", "Contact support by phone.", "Contract support by phone."),
    ("en", "You owe nothing.", "You owe something."),
    ("en", "The failover starts on Monday", "The failover starts on Sunday"),
    ("pt", "O serviço está disponível.", "O serviço não está disponível."),
    ("it", "I dati sono persi.", "I dati non sono persi."),
    ("nl", "De dienst werkt.", "De dienst werkt niet."),
    ("en", "Your order was placed once.", "Your order was placed twice."),
    ("en", "We suspect that the data was read.", "We know that the data was read."),
    ("en", "Do not pay now.", "Do, not pay now."),
    ("de", "Wir raten, nicht zu zahlen.", "Wir raten nicht, zu zahlen."),
    ("en", "Please do not use the old portal.", "Please use the old portal."),
    ("en", "Your invoices are correct.", "Your invoices are incorrect."),
    ("en", "Transfers are processed within 2 hours.", "Transfers are processed after 2 hours."),
    ("en", "Bookings made before 5 May are valid.", "Bookings made before 5 May are void."),
    ("en", "Delete the app.", "Update the app."),
    ("en", "We store no card numbers.", "We store card numbers."),
    ("de", "Die Frist endet am 3.4.2026.", "Die Frist endet am 4.3.2026."),
    ("de", "Der Strom ist in zwei Stunden wieder da.", "Der Strom ist in zwölf Stunden wieder da."),
    ("de", "Bis Freitag bleibt die Schule geschlossen.", "Ab Freitag bleibt die Schule geschlossen."),
    ("de", "Kunden mit Vertrag sind betroffen.", "Kunden ohne Vertrag sind betroffen."),
    ("de", "Die Zahlung ist eingegangen.", "Die Zahlung ist ausgegangen."),
    ("de", "Die Lieferungen kommen heute an.", "Die Lieferung kommt heute an."),
    ("es", "La cuenta está abierta.", "La cuesta está abierta."),
    ("es", "Se ha perdido su pedido.", "Se ha pedido su perdido."),
    ("es", "El pago se hará mañana.", "El pago se hará hoy."),
    ("es", "Hay retrasos de 20 a 30 minutos.", "Hay retrasos de 20 a 50 minutos."),
    ("fr", "Les billets sont encore valables.", "Les billets ne sont plus valables."),
    ("fr", "Le lot est bon.", "Le lot n'est pas bon."),
    ("fr", "Les colis arrivent avant midi.", "Les colis arrivent avant minuit."),
    ("fr", "Le train de 8 h 05 est supprimé.", "Le train de 8 h 50 est supprimé."),
    ("ja", "ログインできません。", "ログインできます。"),
    ("ja", "復旧は１４時です。", "復旧は15時です。"),
    ("en", "Thank you for reporting that nobody can pay.", "Thank you."),
    ("en", "Your account may be at risk.", "Your account is at risk."),
    ("en", "Unplug the modem.", "Plug in the modem."),
    ("en", "Undelivered mail is kept.", "Delivered mail is kept."),
    ("en", "We ask all users to sign out.", "We ask all users to sign in."),
    ("en", "The outage affects the first floor.", "The outage affects the third floor."),
    ("de", "Die Konten sind wieder gesperrt.", "Die Konten sind wieder entsperrt."),
    ("de", "Wir haben den Verkauf gestoppt.", "Wir haben den Einkauf gestoppt."),
    ("de", "Mails an uns kommen an.", "Mails von uns kommen an."),
    ("de", "Der Angreifer hatte Zugriff.", "Der Angreifer hätte Zugriff."),
    ("en", "It is safe to drink.", "It is safer to drink."),
    ("en", "The release went out on 1 July.", "The release goes out on 1 July."),
];

#[test]
fn edits_without_another_meaning_are_silent() {
    let told = |row: &&Row| {
        verdict(row.0, row.1, row.2) != Verdict::Silent || verdict(row.0, row.2, row.1) != Verdict::Silent
    };
    let told: Vec<&Row> = SILENT.iter().filter(told).collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn edits_with_another_meaning_are_never_silent() {
    let lost = |row: &&Row| {
        verdict(row.0, row.1, row.2) == Verdict::Silent || verdict(row.0, row.2, row.1) == Verdict::Silent
    };
    let lost: Vec<&Row> = NOT_SILENT.iter().filter(lost).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn what_is_sure_to_be_a_correction_is_told_without_asking() {
    for (language, old, new) in [
        ("en", "Refunds take two days.", "Refunds take ten days."),
        ("en", "Your data was read.", "Your data was not read."),
        ("en", "We are on it.", "We are on it. Change your password."),
        ("en", "Nothing was lost. We are on it.", "We are on it."),
        ("de", "Alle Kunden sind betroffen.", "Einige Kunden sind betroffen."),
        ("es", "Llame al +34 910 000 118.", "Llame al +34 910 000 181."),
        ("fr", "Le service est disponible.", "Le service n'est pas disponible."),
    ] {
        assert_eq!(verdict(language, old, new), Verdict::Tell, "{old} → {new}");
    }
}

#[test]
fn what_is_neither_sure_nor_harmless_asks() {
    for (old, new) in [
        ("Unplug the blue cable.", "Unplug the red cable."),
        (
            "Payments by card fail, payments by invoice work.",
            "Payments by invoice fail, payments by card work.",
        ),
        ("The backup is older than the copy.", "The copy is older than the backup."),
    ] {
        assert_eq!(verdict("en", old, new), Verdict::Ask, "{old} → {new}");
    }
}

#[test]
fn only_the_sentences_that_differ_are_shown() {
    let edit =
        compare("One. Two stays. Three ends.", "One. Four stays. Three ends.", &Language::english()).unwrap();
    assert_eq!((edit.before.as_str(), edit.after.as_str()), ("Two stays.", "Four stays."));
}

#[test]
fn a_language_without_rules_is_silent_about_dress_alone() {
    assert_eq!(verdict("nl", "De **dienst** werkt om 9:00.", "De dienst werkt, om 09:00!"), Verdict::Silent);
    assert_eq!(verdict("nl", "De dienst werkt.", "De dienst wrekt niet."), Verdict::Ask);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_two_texts_can_be_compared(old in "\\PC{0,80}", new in "\\PC{0,80}", language in "en|de|es|fr|pt|it|ja|xx") {
        let _ = compare(&old, &new, &Language::new(&language).unwrap());
    }

    #[test]
    fn another_number_is_never_silent(one in 0_u32..5000, other in 0_u32..5000, language in "en|de|es|fr|pt|it") {
        proptest::prop_assume!(one != other);
        let text = |number: u32| format!("Xyz {number} abc.");
        proptest::prop_assert_eq!(verdict(&language, &text(one), &text(other)), Verdict::Tell);
    }
}
