//! Addresses on standard input, where no list of processes shows them.

use std::io::Write as _;
use std::process::{Output, Stdio};

use crate::fixtures::house::House;

/// Runs a command that reads `input` from standard input.
fn typed(house: &House, arguments: &[&str], input: &str) -> Output {
    let mut child = house.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // A command that refuses before it reads everything closes its end.
    let _closed = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn addresses_are_read_from_standard_input_and_a_list_too_long_is_refused_whole() {
    let house = House::new();
    let run = |arguments: &[&str], input: &str, code: i32, said: &str| {
        let done = typed(&house, arguments, input);
        let words =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {words}");
        assert!(words.contains(said), "{arguments:?}: {words}");
        words
    };
    let words = run(&["subscribers", "add", "-"], "ana@example.org\r\n\n +34600111222 \n", 0, "");
    assert!(!words.contains("ana@example.org"), "{words}");
    run(&["subscribers", "list"], "", 0, "1 subscriber");
    run(&["why", "-"], "ana@example.org\n", 0, "");
    run(&["why", "-"], "ana@example.org\nben@example.org\n", 2, "several addresses");
    run(&["subscribers", "add", "-"], "", 2, "standard input is empty");
    run(
        &["subscribers", "add", "-"],
        &"ben@example.org\n".repeat(100_000),
        2,
        "standard input is longer than",
    );
    run(&["subscribers", "list"], "", 0, "1 subscriber");
    run(&["subscribers", "remove", "-"], "+34600111222\n", 0, "");
    run(&["subscribers", "list"], "", 0, "0 subscribers");
}
