//! What is read of lists as people have them, and what is said of the rest.

use super::*;
use crate::model::audience::{AudienceName, NamedAudience};
use crate::model::feature::FeatureId;
use crate::model::feature::{Feature, Group};
use crate::model::localized::Language;
use crate::model::localized::Localized;
use crate::model::looks::Branding;
use crate::model::phase::Severity;
use crate::model::subscriber::FeatureFilter;

fn page() -> Page {
    let checkout = FeatureId::new("checkout").unwrap();
    let feature = Feature::named(checkout, Localized::plain("Checkout"));
    Page {
        name: Localized::plain("Shop"),
        description: None,
        url: "https://status.example.org".to_owned(),
        languages: ["en", "de"].map(|tag| Language::new(tag).unwrap()).to_vec(),
        time_zone: "UTC".to_owned(),
        support_url: None,
        subscribe_url: None,
        desk: None,
        looks: Branding::default(),
        theme: "default".to_owned(),
        groups: vec![Group { id: None, name: Localized::plain("Shop"), features: vec![feature] }],
        history_days: 90,
        links: Default::default(),
        audiences: Vec::new(),
        read_by: None,
    }
}

fn counts(text: &str) -> (usize, usize) {
    let list = read("list.csv", text.as_bytes(), &page());
    (list.rows.len(), list.problems.len())
}

#[test]
fn a_header_has_a_number_of_columns_and_each_a_name_of_some_length() {
    let of = |columns: usize| {
        format!(
            "mail{}\nana@example.org\n",
            (1..columns).map(|number| format!(",own {number}")).collect::<String>()
        )
    };
    for (text, rows, said) in [
        (of(200), 1, None),
        (of(201), 0, Some("the list has 201 columns; the limit is 200")),
        (of(1_000_000), 0, Some("the list has 1000000 columns; the limit is 200")),
        (format!("mail,{}\nana@example.org,x\n", "k".repeat(100)), 1, None),
        (
            format!("mail,{}\nana@example.org,x\n", "é".repeat(101)),
            0,
            Some("the name of this column has 101 characters; the limit is 100"),
        ),
    ] {
        let list = read("list.csv", text.as_bytes(), &page());
        let found = list.problems.first().map(|problem| problem.message.as_str());
        assert_eq!((list.rows.len(), found), (rows, said));
    }
}

#[test]
fn a_second_line_of_one_address_is_named_and_changes_nothing() {
    let text = "mail,text\nana@example.org,+34600000001\nANA@EXAMPLE.ORG,\nben@example.org,+34600000001\n";
    let list = read("list.csv", text.as_bytes(), &page());
    assert_eq!(list.rows.len(), 1);
    assert_eq!(list.rows[0].endpoints.len(), 2);
    let found = list.problems.iter().map(|problem| (problem.place.as_ref().unwrap().line, &problem.message));
    let same = "line 2 has the same address".to_owned();
    assert_eq!(found.collect::<Vec<_>>(), [(3, &same), (4, &same)]);
}

#[test]
fn every_row_is_counted_once() {
    let text = "mail;text\nana@example.org;\n;;\n;\nnobody;\n  ;  \nben@example.org;\n";
    let list = read("list.csv", text.as_bytes(), &page());
    assert_eq!((list.rows.len(), list.problems.len(), list.empty_rows), (2, 1, 3));
    assert_eq!(list.lines, [2, 7]);
}

#[test]
fn a_column_with_the_name_of_a_channel_for_places_is_no_address() {
    for column in ["chat", "tool", "webhook"] {
        let list = read("list.csv", format!("mail,{column}\nana@example.org,jira\n").as_bytes(), &page());
        assert_eq!((list.rows.len(), list.problems.len()), (0, 1), "{column}");
        assert_eq!(counts(&format!("{column}\njira\n")).0, 0);
    }
}

#[test]
fn what_spreadsheets_write_is_read() {
    for text in [
        "mail;text\nana@example.org;\n",
        "\u{feff}E-Mail;Telefon;Sprache\r\nana@example.org;+34600000001;de\r\n;;\r\n",
        "email,name\nben@example.org,Ben\n",
        "Email address\tFeatures\nana@example.org\tcheckout\n",
        "Correo electrónico,Nombre\nana@example.org,Ana\n",
        "mail\nana@example.org\n",
    ] {
        assert_eq!(counts(text), (1, 0), "{text}");
    }
}

#[test]
fn a_column_that_might_be_a_slip_is_still_a_problem() {
    assert_eq!(counts("emial,mail\nana@example.org,\n"), (0, 1));
    assert_eq!(counts("mail,folow\nana@example.org,checkout\n"), (0, 1));
    assert_eq!(counts("mail;text\nana@example.org;\nnot an address;\n"), (1, 1));
}

/// The place and the text of each problem.
fn said(text: &str) -> Vec<String> {
    let list = read("list.csv", text.as_bytes(), &page());
    let shown = list.problems.iter().map(|problem| {
        let place = problem.place.as_ref().unwrap();
        let hint = problem.hint.as_deref().unwrap_or_default();
        format!("{}:{} {}: {hint}", place.line, place.column, problem.message)
    });
    shown.collect()
}

#[test]
fn nothing_is_read_from_a_quote_on_that_is_not_closed() {
    for stray in ["", "\""] {
        let text =
            format!("mail,name\nana@example.org,Ana\nben@example.org,\"Ben\ncid@example.org,{stray}Cid\n");
        let list = read("list.csv", text.as_bytes(), &page());
        assert_eq!((list.lines, list.unread_from), (vec![2], Some(3)), "{text}");
        assert!(
            said(&text)[0].starts_with("3:17 the quote that opens here is not closed"),
            "{:?}",
            said(&text)
        );
    }
}

#[test]
fn a_value_of_several_lines_is_read_unless_it_holds_a_row() {
    assert_eq!(counts("mail,office\nana@example.org,\"1 Street\nTown\"\nben@example.org,\n"), (2, 0));
    let swallowing =
        "mail,name\nana@example.org,\"Ana\nben@example.org,Ben\ncid@example.org,Cid\"\ndan@example.org,\n";
    assert_eq!(read("list.csv", swallowing.as_bytes(), &page()).lines, [5]);
    assert!(said(swallowing)[0].starts_with("2:17 the quoted value that begins here ends in line 4"));
}

#[test]
fn addresses_of_all_columns_are_kept_in_their_order() {
    for (text, addresses) in [
        ("Email,Phone,Mobile\nana@example.org,+34600000001,\n", &["ana@example.org", "+34600000001"][..]),
        (
            "Mobile,mail,Phone\n+34600000002,ana@example.org,+34600000001\n",
            &["+34600000002", "ana@example.org", "+34600000001"],
        ),
        ("mail,mail\nana@example.org,Ana@example.org\n", &["ana@example.org"]),
    ] {
        let list = read("list.csv", text.as_bytes(), &page());
        let found: Vec<_> = list.rows[0].endpoints.iter().map(Endpoint::expose).collect();
        assert_eq!(found, addresses, "{text}");
    }
}

#[test]
fn a_column_of_one_value_is_there_once() {
    for header in ["mail,follow,follow", "mail,follow,features", "mail,plan  ,Plan"] {
        let found = said(&format!("\n{header}\nana@example.org,checkout,\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("2:13 column `") && found[0].contains("as column 2 of the list"),
            "{found:?}"
        );
    }
}

#[test]
fn a_line_number_is_the_one_of_the_editor() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["", "mail", "ana@example.org", "", "", "nobody", "ANA@example.org", ""].join(end);
        let lines: Vec<_> =
            said(&text).iter().map(|said| said.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(lines, ["6:1", "7:1"], "{end:?}");
        assert!(said(&text)[1].contains("line 3 has the same address"));
    }
}

#[test]
fn an_absent_column_says_nothing_and_an_empty_value_is_the_default() {
    let row = |text: &str| read("list.csv", text.as_bytes(), &page()).rows.remove(0);
    let silent = row("mail\nana@example.org\n");
    assert_eq!(ListedSubscriber { endpoints: silent.endpoints.clone(), ..Default::default() }, silent);
    let default = row("mail,follow,severity,language,time_zone\nana@example.org,,,,\n");
    assert_eq!(
        (default.follows, default.from_severity),
        (Some(FeatureFilter::Everything), Some(Severity::Notice))
    );
    assert_eq!((default.language, default.time_zone.as_deref()), (Language::new("en"), Some("UTC")));
}

#[test]
fn a_column_of_the_operator_is_a_field() {
    let list = read("list.csv", "mail,Plan,name,\nana@example.org,pro,Ana,\n".as_bytes(), &page());
    assert_eq!(list.fields, ["plan".to_owned()].into());
    assert_eq!(list.rows[0].fields, [("plan".to_owned(), "pro".to_owned())].into());
}

#[test]
fn an_address_in_a_column_that_is_not_known_is_never_lost() {
    for (text, place) in [
        ("mail,Work contact\nana@example.org,\nben@example.org,ben@work.example\n", "3:17"),
        ("mail,\nana@example.org,+34600000001\n", "2:17"),
        ("mail\nana@example.org,+34600000001\n", "2:17"),
    ] {
        let found = said(text);
        assert!(found.len() == 1 && found[0].starts_with(place), "{found:?}");
        assert!(!found[0].contains("ben@") && !found[0].contains("+34600"), "{found:?}");
    }
}

#[test]
fn what_excel_writes_is_read_or_named() {
    assert_eq!(counts("sep=;\r\nmail;name\r\nana@example.org;\"a,b\"\r\n"), (1, 0));
    let bad = said("sep=;\r\nmail;name\r\nnobody;\r\n");
    assert!(bad[0].starts_with("3:1 "), "{bad:?}");
    let utf_16: Vec<u8> =
        "\u{feff}mail\nana@example.org\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, line, what) in [
        (utf_16.as_slice(), 1, "the file is UTF-16"),
        (utf_16.get(2..).unwrap(), 1, "the file is UTF-16"),
        (b"mail,name\r\nana@example.org,Jos\xe9\r\n", 2, "not UTF-8"),
    ] {
        let list = read("list.csv", bytes, &page());
        let problem = &list.problems[0];
        assert_eq!((list.rows.len(), problem.place.as_ref().unwrap().line), (0, line));
        assert!(
            problem.message.contains(what) && problem.hint.as_ref().unwrap().contains("CSV UTF-8"),
            "{problem:?}"
        );
    }
}

#[test]
fn a_hint_says_what_to_write() {
    let found = said("text\n0034 600 000 001\n");
    assert_eq!(found, ["2:1 the phone number cannot be used: write +34… instead of 0034…"]);
    for (number, what) in [
        ("+1 900 555 0123", "premium-rate"),
        ("+33 820 12 34 56", "shared-cost"),
        ("+1 800 555 0123", "toll-free"),
    ] {
        let expected =
            format!("2:1 the phone number is a {what} number: an SMS goes only to a person's number");
        assert_eq!(said(&format!("text\n{number}\n")), [expected]);
    }
    assert!(said("mail,emial\nana@example.org,\n")[0].contains("did you mean `email`?"));
    let found = said("mail,language\nana@example.org,fr\n");
    assert_eq!(found, ["2:1 the page has no language `fr`; choose one of en, de: "]);
}

#[test]
fn a_row_belongs_to_the_audience_that_it_names_and_to_no_other() {
    let text = "mail,audience\nana@example.org,\nben@example.org,partners\ncleo@example.org,public\n\
                dan@example.org,press\neve@example.org,prtners\nfay@example.org,internal\n";
    let audience = |name: &str| NamedAudience {
        name: AudienceName::new(name).unwrap(),
        title: Localized::plain(name),
        url: format!("https://{name}.example.org"),
        sees: Vec::new(),
    };
    for (reader, rows, others) in [(None, 2, 2), (Some("partners"), 1, 3), (Some("press"), 1, 3)] {
        let read_by = reader.and_then(AudienceName::new);
        let page = Page { audiences: vec![audience("partners"), audience("press")], read_by, ..page() };
        let list = read("list.csv", text.as_bytes(), &page);
        assert_eq!(
            (list.rows.len(), list.rows_of_others, list.problems.len()),
            (rows, others, 2),
            "{reader:?}"
        );
        assert!(list.fields.is_empty());
        assert_eq!(read("list.csv", b"mail\nana@example.org\n", &page).rows.len(), 1, "{reader:?}");
    }
}
