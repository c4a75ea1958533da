//! Targets: good ones, bad ones with their exact problems, and the way back.

use proptest::prelude::*;

use super::{
    AwsKeys, Azure, Branch, Cdn, Folder, Gcs, Program, S3, Switch, Target, TargetKind, parse_targets,
    write_targets,
};
use crate::cdn::KINDS;
use crate::config::page::{PAGE_TEMPLATE, parse_page};
use crate::config::secret::Secret;
use crate::config::tests::{line, uncommented};
use crate::provider::Need;

const PAGE: &str = "name = 'Shop'\nurl = 'https://status.example.com'\n[[groups]]\nname = 'G'\n[[groups.features]]\nid = 'a'\nname = 'A'\n";

fn problems(targets: &str) -> Vec<String> {
    let text = format!("{PAGE}{targets}");
    parse_page(&text).1.iter().map(line).collect()
}

#[test]
fn a_folder_that_holds_the_site_is_no_target() {
    for path in [".", "x/../..", "./incidents/x", "site", "themes/a/..", ".git"] {
        let found = problems(&format!("[[targets]]\nname = 'a'\nkind = 'folder'\npath = '{path}'\n"));
        assert!(found.len() == 1 && found[0].contains("bad-path"), "{path}: {found:?}");
    }
    for path in ["out", "/srv/status", "../status", "site-out", "/srv/site"] {
        let found = problems(&format!("[[targets]]\nname = 'a'\nkind = 'folder'\npath = '{path}'\n"));
        assert!(found.is_empty(), "{path}: {found:?}");
    }
}

#[test]
fn a_target_needs_little() {
    let text = format!("{PAGE}[[targets]]\nname = 'here'\nkind = 'folder'\npath = '/srv/status'\n");
    let targets = parse_targets(&text).expect("targets");
    let folder = Folder { path: "/srv/status".into(), switch: Switch::Link, compressed: false };
    let expected = Target {
        links: Default::default(),
        name: "here".into(),
        url: "https://status.example.com".into(),
        place: TargetKind::Folder(folder),
        headers_file: false,
        cdn: None,
    };
    assert_eq!(targets, [expected]);
    assert_eq!(parse_targets(PAGE), Some(vec![]));
}

#[test]
fn the_template_has_an_example_of_every_kind() {
    let text = uncommented(PAGE_TEMPLATE);
    let targets = parse_targets(&text).expect("targets");
    let kinds: Vec<&str> = targets.iter().map(|target| target.place.kind()).collect();
    assert_eq!(kinds, TargetKind::KINDS);
    let said: Vec<String> = parse_page(&text).1.iter().map(line).collect();
    assert_eq!(said, [""; 0]);
}

#[test]
fn bad_targets_give_these_problems() {
    for (target, expected) in [
        (
            "kind = 'folder'\npath = 'x'",
            "8:1+11 missing-key: `name` is missing in `targets[0]` (add `name = …`)",
        ),
        (
            "name = 'a'\nkind = 'foldr'",
            "10:8+7 unknown-word: `foldr` is not a value of `targets[0].kind` (did you mean `folder`?)",
        ),
        (
            "name = 'a'\nkind = 'folder'",
            "8:1+11 missing-key: `path` is missing in `targets[0]` (add `path = …`)",
        ),
        (
            "name = 'a'\nkind = 'folder'\npath = 'x'\nbucket = 'b'",
            "12:1+6 unknown-key: `bucket` is not a known key of `targets[0]`",
        ),
        (
            "name = 'A b'\nkind = 'folder'\npath = 'x'",
            "9:8+5 bad-id: `A b` is not a name: lower-case letters, digits and hyphens, at most 64",
        ),
        (
            "name = 'a'\nkind = 'folder'\npath = './incidents/x'",
            "11:8+15 bad-path: `./incidents/x` is not a folder of its own: not the site's root or one above it, and none that holds the site's files",
        ),
        (
            "name = 'a'\nkind = 'folder'\npath = 'x'\nswitch = 'inplace'",
            "12:10+9 unknown-word: `inplace` is not a value of `targets[0].switch` (did you mean `in-place`?)",
        ),
        (
            "name = 'a'\nkind = 's3'\nbucket = 'page'\nregion = 'x'\naccess_key_id = { env = 'A' }",
            "8:1+11 missing-key: `secret_access_key` is missing in `targets[0]` (add `secret_access_key = …`)",
        ),
        (
            "name = 'a'\nkind = 'gcs'\nbucket = 'page'\nservice_account = 'k'",
            "12:19+3 plain-secret: `targets[0].service_account` contains the secret itself, readable by everyone with access to the file (name an environment variable, `{ env = \"NAME\" }`, or a file, `{ file = \"path\" }`)",
        ),
        (
            "name = 'a'\nkind = 's3'\nbucket = 'page'\nregion = 'x'\nprefix = '/a/'",
            "13:10+5 bad-prefix: `/a/` is not a folder such as `status` or `pages/status`",
        ),
        (
            "name = 'a'\nkind = 'branch'\nremote = '--upload-pack=x'\nbranch = 'pages'",
            "11:10+17 bad-remote: `--upload-pack=x` is not a git remote or a URL",
        ),
        (
            "name = 'a'\nkind = 'command'\nrun = []",
            "11:7+2 no-command: there is no program to run (write it like `run = [\"rsync-the-page\", \"--quiet\"]`)",
        ),
        (
            "name = 'a'\nkind = 'folder'\npath = 'x'\n[targets.cdn]\nkind = 'akamai'",
            "13:8+8 unknown-word: `akamai` is not a value of `targets[0].cdn.kind` (one of `cloudfront`, `cloudflare`, `fastly`, `bunny`, `varnish`)",
        ),
        (
            "name = 'a'\nkind = 'folder'\npath = 'x'\n[targets.cdn]\nkind = 'bunny'\naccess_key = { env = 'K' }\nendpoint = 'http://api.acme.test'",
            "15:12+22 unencrypted: the key is sent to another machine without encryption (use https)",
        ),
        (
            "name = 'a'\nkind = 'folder'\npath = 'x'\n[[targets]]\nname = 'a'\nkind = 'folder'\npath = 'y'",
            "13:8+3 duplicate-target: another target is already called `a`",
        ),
    ] {
        let text = format!("[[targets]]\n{target}\n");
        let said = problems(&text);
        assert_eq!(said.first().map(String::as_str), Some(expected), "{target}\n{said:#?}");
        let unusable = !expected.contains("unknown-key");
        assert_eq!(parse_targets(&format!("{PAGE}{text}")).is_none(), unusable, "{target}");
    }
}

fn secret() -> impl Strategy<Value = Secret> {
    prop_oneof![Just(Secret::Environment("STORE_KEY".into())), Just(Secret::File("secrets/a key\"\\".into())),]
}

fn keys() -> impl Strategy<Value = AwsKeys> {
    let written = (secret(), secret(), prop::option::of(secret())).prop_map(
        |(access_key_id, secret_access_key, session_token)| AwsKeys {
            access_key_id,
            secret_access_key,
            session_token,
        },
    );
    prop_oneof![Just(AwsKeys::default()), written]
}

fn endpoint() -> impl Strategy<Value = Option<String>> {
    prop::option::of(Just("http://127.0.0.1:9000".to_owned()))
}

fn prefix() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[a-z]{1,4}(/[a-z.]{3,4})?")
}

fn place() -> impl Strategy<Value = TargetKind> {
    let folder = ("[a-z /é\"]{1,8}x", prop::sample::select(&Switch::ALL[..]), any::<bool>()).prop_map(
        |(path, switch, compressed)| {
            TargetKind::Folder(Folder { path: path.trim().into(), switch, compressed })
        },
    );
    let s3 = ("[a-z.-]{3,9}", prefix(), endpoint(), keys()).prop_map(|(bucket, prefix, endpoint, keys)| {
        TargetKind::S3(S3 { bucket, prefix, region: "eu-west-1".into(), endpoint, keys })
    });
    let gcs = ("[a-z.-]{3,9}", prefix(), prop::option::of(secret())).prop_map(
        |(bucket, prefix, service_account)| TargetKind::Gcs(Gcs { bucket, prefix, service_account }),
    );
    let azure =
        (prefix(), endpoint(), prop::option::of(secret())).prop_map(|(prefix, endpoint, access_key)| {
            let (account, container) = ("shop".into(), "$web".into());
            TargetKind::Azure(Azure { account, container, prefix, endpoint, access_key })
        });
    let branch = "[a-z]{1,5}(/[a-z]{1,3})?".prop_map(|branch| {
        TargetKind::Branch(Branch { remote: "git@example.com:shop/status.git".into(), branch })
    });
    let command =
        (prop::collection::vec("[a-z\"\\\\-]{1,5}", 1..4), prop::collection::vec("[A-Z_]{1,5}", 0..3))
            .prop_map(|(run, environment)| TargetKind::Command(Program { run, environment }));
    prop_oneof![folder, s3, gcs, azure, branch, command]
}

/// Any kind of CDN: each key that may be left out is written or not.
fn cdn() -> impl Strategy<Value = Cdn> {
    (prop::sample::select(KINDS), any::<bool>(), any::<bool>()).prop_map(|(kind, account, defaults)| {
        let text = kind.keys.iter().filter(|key| match key.need {
            Need::Account { .. } => account,
            Need::Default(_) => !defaults,
            _ => true,
        });
        let text: String = text.map(|key| format!("{} = {}\n", key.name, key.example)).collect();
        let target = "[[targets]]\nname = 'a'\nkind = 'folder'\npath = 'x'\nurl = 'https://a.test'\n";
        let text = format!("{target}[targets.cdn]\nkind = '{}'\n{text}", kind.word);
        parse_targets(&text).and_then(|mut targets| targets.remove(0).cdn).expect("a CDN")
    })
}

proptest! {
    #[test]
    fn written_targets_read_back_equal(
        made in prop::collection::vec((place(), any::<bool>(), prop::option::of(cdn())), 0..4)
    ) {
        let target = |(number, (place, headers_file, cdn))| Target { links: Default::default(),
            name: format!("t-{number}"),
            url: "https://status.example.com/x".into(),
            place,
            headers_file,
            cdn,
        };
        let targets: Vec<Target> = made.into_iter().enumerate().map(target).collect();
        let text = format!("{PAGE}{}", write_targets(&targets));
        let said: Vec<String> = parse_page(&text).1.iter().map(line).collect();
        prop_assert_eq!(said, Vec::<String>::new(), "{}", text);
        prop_assert_eq!(parse_targets(&text), Some(targets), "{}", text);
    }
}
