//! Conditions as people write them: who belongs, and where a mistake is.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Condition, Misread};

/// Whether someone with these columns belongs.
fn holds(condition: &str, columns: &[(&str, &str)]) -> bool {
    let columns: BTreeMap<&str, &str> = columns.iter().copied().collect();
    Condition::read(condition).unwrap().holds(&|name| columns.get(name).copied().unwrap_or_default())
}

#[test]
fn a_condition_says_who_belongs() {
    let ana = [("region", "eu"), ("plan", "enterprise"), ("Account Manager", "O'Hara"), ("seats", "10")];
    for (condition, belongs) in [
        ("region = 'eu'", true),
        ("region='eu'and plan='enterprise'", true),
        ("region = 'EU'", false),
        ("region != 'eu'", false),
        ("country = ''", true),
        ("country != ''", false),
        ("not country = 'es'", true),
        ("plan in ('pro', 'enterprise')", true),
        ("plan in ('pro')", false),
        ("not plan in ('free', 'trial')", true),
        ("\"Account Manager\" = 'O''Hara'", true),
        ("region = 'us' or plan = 'enterprise' and seats = '10'", true),
        ("(region = 'us' or plan = 'enterprise') and seats = '11'", false),
        ("region = 'eu' or region = 'us' and seats = '11'", true),
        ("not region = 'us' and seats = '10'", true),
        ("not (region = 'us' or seats = '10')", false),
        ("not not region = 'eu'", true),
        ("notes = ''", true),
        ("region = 'eu'\n  and seats = '10'", true),
    ] {
        assert_eq!(holds(condition, &ana), belongs, "{condition}");
    }
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let deep = format!("{}a = 'b'{}", "(".repeat(17), ")".repeat(17));
    let denied = format!("{}a != 'b'", "not ".repeat(15));
    for (condition, at, expected) in [
        ("", 0, "the name of a column"),
        ("region", 6, "`=`, `!=` or `in`"),
        ("region = eu", 9, "a text in single quotes"),
        ("region = \"eu\"", 9, "a text in single quotes"),
        ("region == 'eu'", 8, "a text in single quotes"),
        ("region = 'eu", 9, "a text whose quotes are closed"),
        ("\"region = 'eu'", 0, "a text whose quotes are closed"),
        ("region = 'eu' plan = 'pro'", 14, "`and`, `or` or the end"),
        ("region = 'eu' and", 17, "the name of a column"),
        ("region = 'eu' and or plan = 'pro'", 18, "the name of a column"),
        ("(region = 'eu'", 14, "`and`, `or` or `)`"),
        ("region = 'eu')", 13, "`and`, `or` or the end"),
        ("region in 'eu'", 10, "`(`"),
        ("region in ()", 11, "a text in single quotes"),
        ("region in ('eu' 'us')", 16, "`,` or `)`"),
        ("región = 'eu' & x", 15, "`and`, `or` or the end"),
        (&deep, 16, "less nesting"),
        (&denied, 64, "less nesting"),
    ] {
        assert_eq!(Condition::read(condition), Err(Misread { at, expected }), "{condition}");
    }
    assert_eq!(
        Condition::read(&"a".repeat(4_001)).unwrap_err().expected,
        "a condition of at most 4000 bytes"
    );
}

#[test]
fn the_columns_of_a_condition_are_all_it_names() {
    let condition = Condition::read("a = '1' or not (b in ('2', '3') and \"c d\" != '4')").unwrap();
    assert_eq!(condition.columns(), ["a", "b", "c d"]);
}

/// Any condition that can be written.
fn conditions() -> impl Strategy<Value = Condition> {
    let text = "[a-z'\" áß=()]{0,6}";
    let column = prop_oneof!["[a-z_.-]{1,6}", "[a-z\"' ]{0,6}", "and|or|not|in"];
    let one = (column, prop::collection::vec(text, 1..3))
        .prop_map(|(column, values)| Condition::Is { column, values });
    one.prop_recursive(3, 12, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.prop_map(|other| Condition::Not(Box::new(other))),
            several.clone().prop_map(Condition::All),
            several.prop_map(Condition::Any),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_out_is_read_again_as_it_was(condition in conditions()) {
        prop_assert_eq!(Condition::read(&condition.to_string()), Ok(condition));
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_within_it(text in "[a-c'\"()=!, néandorti]{0,40}") {
        match Condition::read(&text) {
            Ok(condition) => prop_assert_eq!(Condition::read(&condition.to_string()), Ok(condition)),
            Err(misread) => prop_assert!(text.is_char_boundary(misread.at), "{misread:?}"),
        }
    }
}
