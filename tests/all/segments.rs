//! Segments: groups of subscribers by the columns of an imported list, and what is sent to one of them.

use crate::destinations::{self, HOOK};
use crate::fixtures::house::House;
use crate::fixtures::services::Services;

const LIST: &str = "mail,region,plan,language\nana@example.org,eu,enterprise,en\nben@example.org,eu,free,en\n\
                    cid@example.org,us,enterprise,en\ndan@example.org,,,en\n";

/// A house with four subscribers and these segments.
fn house(segments: &str) -> House {
    with_list(House::new(), segments)
}

fn with_list(house: House, segments: &str) -> House {
    let plan = house.read("site/plan.toml");
    let house =
        house.file("site/plan.toml", &format!("{plan}\n[segments]\n{segments}\n")).file("people.csv", LIST);
    let list = house.path().join("people.csv");
    house.run(&["subscribers", "import", list.to_str().unwrap()]).succeeded()
}

#[test]
fn the_members_of_a_segment_are_listed_with_masked_addresses() {
    for (condition, members) in [
        ("region = 'eu' and plan = 'enterprise'", &["a…@example.org"][..]),
        ("region in ('eu', 'us')", &["a…@example.org", "b…@example.org", "c…@example.org"]),
        ("not region = 'eu'", &["c…@example.org", "d…@example.org"]),
        ("plan = '' and language = 'en'", &["d…@example.org"]),
        ("language = 'es'", &[]),
    ] {
        let house = house(&format!("few = \"{condition}\""));
        let house = house.run(&["subscribers", "list", "--segment", "few"]).succeeded();
        let listed = house.stdout();
        let mut found: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
        found.sort_unstable();
        assert_eq!(found, members, "{condition}");
    }
}

#[test]
fn whoever_left_is_no_member_and_an_unknown_column_is_named() {
    house("eu = \"region = 'eu'\"\ntypo = \"regoin = 'eu'\"")
        .run(&["subscribers", "remove", "ana@example.org"])
        .succeeded()
        .run(&["subscribers", "list", "--segment", "eu", "--reveal"])
        .printed("ben@example.org")
        .said("1 subscriber")
        .run(&["subscribers", "list", "--segment", "typo"])
        .said("segment typo: no subscriber has a value in the column `regoin`")
        .said("0 subscribers")
        .run(&["subscribers", "list", "--segment", "ue"])
        .exited(2)
        .said("site/plan.toml has no segment `ue`")
        .run(&["notify", "--to", "nobody", "--dry-run"])
        .exited(2)
        .said("site/plan.toml has no segment `nobody`");
}

#[test]
fn a_change_for_a_segment_goes_to_its_members_alone_and_says_who_is_left_out() {
    let services = Services::start();
    let house = with_list(destinations::house(&services, &[HOOK]), "eu = \"region = 'eu'\"")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--to", "eu", "--dry-run"])
        .succeeded()
        .said("only to segment eu: 3 subscribers and destinations are not in it")
        .said("to 2 subscribers: 2 by email");
    house
        .mailed_nobody()
        .run(&["notify", "--to", "eu", "--yes"])
        .succeeded()
        .mailed("ana@example.org", "[Acme] payments")
        .mailed("ben@example.org", "[Acme] payments")
        .mailed_nobody()
        .run(&["notify", "--yes"])
        .succeeded()
        .said("no new changes to announce")
        .mailed_nobody()
        .update("payments", "2026-03-01 11:40", "resolved")
        .run(&["notify", "--yes"])
        .succeeded()
        .said("queued 5 notifications")
        .told_of_all();
    assert_eq!(services.calls("/hook").len(), 1, "the end goes to everyone");
}
