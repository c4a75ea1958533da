//! Bodies of failing APIs, and the configurations that serve them.

use std::sync::Arc;

use serde_json::Value;

use super::*;

fn json(tree: &SiteFiles, path: &str) -> Value {
    serde_json::from_slice(&tree.files[path]).unwrap()
}

#[test]
fn every_status_of_every_feature_has_a_body_of_its_own() {
    let tree = tree_of(&full_site());
    for folder in ["", "checkout/", "search/", "sign-in/"] {
        for status in [500, 502, 503, 504] {
            let problem = json(&tree, &format!("errors/api/{folder}{status}.json"));
            assert_eq!(problem["status"], status);
            for member in ["type", "title", "detail", "status_page"] {
                assert!(!problem[member].as_str().unwrap().is_empty(), "{folder}{status}: {member}");
            }
            let explained = folder == "checkout/";
            assert_eq!(problem["type"] != "about:blank", explained, "{folder}{status}");
        }
    }
}

#[test]
fn the_incident_is_the_type_and_brings_its_times() {
    let tree = tree_of(&full_site());
    let problem = json(&tree, "errors/api/checkout/503.json");
    let expected = serde_json::json!({
        "type": "https://status.example.org/shop/incidents/2026/cards/",
        "title": "Cards fail",
        "status": 503,
        "detail": "Half of all payments.",
        "incident": "2026/cards",
        "level": "major",
        "feature": "checkout",
        "eta": "2026-11-20T11:30:00Z",
        "next_update": "2026-11-20T10:00:00Z",
        "workaround": "See help (https://status.example.org/shop/history/).",
        "status_page": "https://status.example.org/shop/",
    });
    assert_eq!(problem, expected);
    let whole = json(&tree, "errors/api/503.json");
    let known = serde_json::json!(["https://status.example.org/shop/incidents/2026/cards/"]);
    assert_eq!((&whole["type"], &whole["also_known"]), (&"about:blank".into(), &known));
    assert!(whole.get("eta").is_none(), "{whole}");
    let quiet = json(&tree, "errors/api/search/504.json");
    assert_eq!((&quiet["title"], &quiet["feature"]), (&"Gateway Timeout".into(), &"search".into()));
    assert!(quiet.get("eta").is_none() && quiet.get("incident").is_none(), "{quiet}");
}

#[test]
fn servers_say_when_to_try_again_by_the_date_of_the_estimate() {
    let tree = tree_of(&full_site());
    let date = "\"Fri, 20 Nov 2026 11:30:00 GMT\"";
    let mut down = full_site();
    down.incidents.iter_mut().map(Arc::make_mut).for_each(|incident| incident.severity = Severity::Critical);
    let down = tree_of(&down);
    for file in ["nginx-http.conf", "caddy.conf", "apache.conf", "fastly.vcl"] {
        assert!(text(&down, &format!("errors/{file}")).contains(date), "{file}");
    }
    for file in ["caddy.conf", "apache.conf"] {
        assert!(!text(&tree, &format!("errors/{file}")).contains(date), "{file} promises another estimate");
    }
    let nginx = text(&tree, "errors/nginx-http.conf");
    assert!(nginx.contains(&format!("~/api/checkout/ {date};")), "{nginx}");
    assert!(nginx.contains("~/api/search/ \"120\";"), "{nginx}");
    assert!(nginx.contains("default \"120\";"), "{nginx}");
    let fastly = text(&tree, "errors/fastly.vcl");
    assert!(fastly.contains("/errors/api/(checkout)/[0-9]+\\.json$"), "{fastly}");
    assert!(fastly.contains("{\"/shop/errors/\"}") && !fastly.contains('@'), "{fastly}");
    let late = super::super::site(&full_site(), &Theme::built_in(), at(12, 0), Audience::Public).unwrap();
    assert!(text(&late, "errors/nginx-http.conf").contains("default \"120\";"));
}

#[test]
fn no_configuration_holds_words_of_authors() {
    let mut site = full_site();
    let before = tree_of(&site);
    site.page.name = Localized::plain("\"; } # evil");
    for incident in site.incidents.iter_mut().map(Arc::make_mut) {
        incident.title = Localized::plain("\"; } # evil");
        incident.impact = Some(Localized::plain("$evil {evil}"));
    }
    let after = tree_of(&site);
    let bodies = |path: &str| path.ends_with(".html") || path.starts_with("errors/api/");
    let paths = before.files.keys().filter(|path| path.starts_with("errors/") && !bodies(path));
    let mut compared = 0;
    for path in paths {
        assert_eq!(text(&before, path), text(&after, path));
        compared += 1;
    }
    assert!(compared >= 7, "only {compared} files were compared");
}

/// What the two languages of templates, and careless readers, would take for their own.
const TEMPLATES: [&str; 6] = [
    "$context.identity.apiKey ${stageVariables.x} $input.json('$')",
    "{{resolve:secretsmanager:key:SecretString}}",
    "#set($x = 1) #parse(\"x\") \\u0024context.x \\",
    "'\"`\n\r</script><!--",
    "\u{2028}\u{2029}\u{0}\u{7f}",
    "${AWS::AccountId} !Sub %{x} <%= x %>",
];

#[test]
fn a_gateway_finds_no_template_in_the_words_of_authors() {
    for words in TEMPLATES {
        let mut site = full_site();
        for incident in site.incidents.iter_mut().map(Arc::make_mut) {
            let text = || Localized::plain(words);
            (incident.title, incident.impact, incident.workaround) = (text(), Some(text()), Some(text()));
        }
        let tree = tree_of(&site);
        for folder in ["", "checkout/"] {
            let template = json(&tree, &format!("errors/api/{folder}api-gateway.json"));
            for (name, status) in [("Default", 500), ("IntegrationFailure", 504), ("IntegrationTimeout", 504)]
            {
                let properties = &template["Resources"][name]["Properties"];
                let body = properties["ResponseTemplates"]["application/json"].as_str().unwrap();
                let inner = body.strip_prefix('{').and_then(|body| body.strip_suffix('}')).unwrap();
                assert!(!inner.contains(['$', '#', '{', '}', '<', '>', '\u{2028}']), "{words:?}: {body}");
                let problem: Value = serde_json::from_str(body).unwrap();
                assert_eq!(problem, json(&tree, &format!("errors/api/{folder}{status}.json")), "{words:?}");
                assert!(problem["title"].as_str().is_some_and(|title| title.len() < 100), "{words:?}");
            }
        }
    }
}

#[test]
fn a_gateway_keeps_its_statuses_and_says_when_to_try_again() {
    let tree = tree_of(&full_site());
    let resources = &json(&tree, "errors/api/checkout/api-gateway.json")["Resources"];
    let said = |name: &str| {
        let properties = &resources[name]["Properties"];
        let header = &properties["ResponseParameters"]["gatewayresponse.header.Retry-After"];
        (properties["StatusCode"].clone(), header.clone())
    };
    assert_eq!(said("Default"), (Value::Null, Value::Null));
    assert_eq!(said("IntegrationTimeout"), ("504".into(), "'Fri, 20 Nov 2026 11:30:00 GMT'".into()));
    let search = &json(&tree, "errors/api/search/api-gateway.json")["Resources"]["IntegrationFailure"];
    let header = &search["Properties"]["ResponseParameters"]["gatewayresponse.header.Retry-After"];
    assert_eq!(header, "'120'");
}
