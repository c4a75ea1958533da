//! The subroutines for Fastly: before falco, which judges Fastly's language and knows no other, and at work in Varnish, from
//! which that language comes, with the dozen words changed in which the two differ.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use allclear::model::localized::Localized;
use tempfile::TempDir;

use crate::fixtures::edge::Origin;
use crate::fixtures::part::{Part, wait_for_port};
use crate::fixtures::port::free_port;
use crate::fixtures::product::{BROWSER, PROGRAMS, build_with, built_far_ahead, header, product, status_of};
use crate::fixtures::skip::skip;

/// What an operator's own file looks like, as `docs/error-pages.md` has it.
const OWN: &str = r#"
include "fastly";
sub vcl_recv {
  call allclear_recv;
  if (req.url ~ "^/pay/") { set req.http.Allclear-Feature = "card-payments"; }
  #FASTLY recv
  return(lookup);
}
sub vcl_fetch { call allclear_fetch;
  #FASTLY fetch
  return(deliver);
}
sub vcl_error { call allclear_error;
  #FASTLY error
  return(deliver);
}
sub vcl_deliver { call allclear_deliver;
  #FASTLY deliver
  return(deliver);
}
"#;

/// What falco has to say of a file of subroutines; nothing where it does not run.
fn judged(subroutines: &str) -> Option<String> {
    if !cfg!(target_arch = "x86_64") {
        skip("falco-js brings no program for this processor");
        return None;
    }
    let falco = super::brought("", "falco-js", "bin/falco-linux-amd64")?;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("fastly.vcl"), subroutines).unwrap();
    std::fs::write(folder.path().join("main.vcl"), OWN).unwrap();
    let mut command = Command::new(falco);
    let output =
        command.arg("-v").arg("-I").arg(folder.path()).arg(folder.path().join("main.vcl")).output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

#[test]
fn falco_finds_no_fault_whatever_authors_write() {
    let folder = tempfile::tempdir().unwrap();
    build_with(folder.path(), |site| {
        for incident in site.incidents.iter_mut().map(Arc::make_mut) {
            incident.title = Localized::plain("\"}; error 200; # {\"");
        }
        site.page.name = Localized::plain("\"}; error 200; # {\"");
    });
    let subroutines = std::fs::read_to_string(folder.path().join("errors/fastly.vcl")).unwrap();
    let Some(said) = judged(&subroutines) else { return };
    assert!(said.contains("0 errors") && said.contains("0 warnings"), "{said}");
    let spoiled = judged(&subroutines.replace("beresp.ttl = 30s", "beresp.ttl = \"30s\"")).unwrap();
    assert!(!spoiled.contains("0 errors"), "{spoiled}");
}

/// Varnish with the subroutines of a build before a product.
struct Cache {
    port: u16,
    _varnish: Part,
    _folder: TempDir,
}

impl Cache {
    fn start(subroutines: &str, product: u16, status_page: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (file, state) = (folder.path().join("page.vcl"), folder.path().join("varnish"));
        std::fs::write(&file, in_varnish(subroutines, product, status_page)).unwrap();
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let (file, state) = (file.to_str().unwrap(), state.to_str().unwrap());
        let place = ["-F", "-n", state, "-a", &listen, "-T", "none", "-s", "malloc,16m", "-j", "none"];
        let varnish =
            Part::start(folder.path(), "varnishd", &[place.as_slice(), ["-f", file].as_slice()].concat());
        wait_for_port(port);
        Self { port, _varnish: varnish, _folder: folder }
    }

    /// The head and the body of the answer.
    fn ask(&self, method: &str, path: &str, headers: &str) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let host = "Host: shop.example\r\nConnection: close";
        stream
            .write_all(format!("{method} {path} HTTP/1.1\r\n{host}\r\n{headers}\r\n\r\n").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }
}

/// The subroutines in the language of Varnish 7. Each change is one of words; none is of what is done.
fn in_varnish(subroutines: &str, product: u16, status_page: u16) -> String {
    let (_, rest) = subroutines.split_once("sub allclear_recv").unwrap();
    let (recv, rest) = rest.split_once("sub allclear_fetch").unwrap();
    let (fetch, rest) = rest.split_once("sub allclear_error").unwrap();
    let (error, deliver) = rest.split_once("sub allclear_deliver").unwrap();
    let changed = |text: &str, changes: &[(&str, &str)]| {
        changes.iter().fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from} is not in {text}");
            text.replace(from, to)
        })
    };
    let recv = changed(recv, &[("req.backend =", "req.backend_hint ="), ("return(lookup)", "return(hash)")]);
    let fetch = changed(fetch, &[("(req.", "(bereq."), ("error 503;", "return(error(503));")]);
    let synthetic = [("synthetic {", "synthetic({"), ("\"};", "\"});")];
    let error = changed(error, &[("req.", "bereq."), ("obj.", "beresp.")]);
    let error = changed(&error, &synthetic);
    let deliver = changed(
        deliver,
        &[
            ("std.atoi(req.http.Allclear-Status)", "std.integer(req.http.Allclear-Status, 503)"),
            (
                "!time.is_after(std.time(req.http.Allclear-Date, now), now)",
                "std.time(req.http.Allclear-Date, now) <= now",
            ),
            ("restart;", "return(restart);"),
        ],
    );
    format!(
        "vcl 4.1;\nimport std;\n\
         backend product {{ .host = \"127.0.0.1\"; .port = \"{product}\"; }}\n\
         backend allclear_status_page {{ .host = \"127.0.0.1\"; .port = \"{status_page}\"; }}\n\
         sub allclear_recv{recv}sub allclear_fetch{fetch}sub allclear_error{error}sub allclear_deliver{deliver}\n\
         sub vcl_recv {{\n  set req.backend_hint = product;\n  call allclear_recv;\n  \
         if (req.url ~ \"^/pay/\") {{ set req.http.Allclear-Feature = \"card-payments\"; }}\n  return(pass);\n}}\n\
         sub vcl_backend_response {{ call allclear_fetch; }}\n\
         sub vcl_backend_error {{ call allclear_error; }}\n\
         sub vcl_deliver {{ call allclear_deliver; }}\n"
    )
}

fn subroutines_of(site: &Path) -> String {
    std::fs::read_to_string(site.join("errors/fastly.vcl")).unwrap()
}

#[test]
fn the_same_subroutines_explain_failures_in_varnish() {
    let site = built_far_ahead();
    let status_page = Origin::start(site.path());
    let cache = Cache::start(&subroutines_of(site.path()), product(), status_page.port);
    for status in [500, 502, 503, 504] {
        let date = (status != 500).then_some("Wed, 20 Nov 2126 11:30:00 GMT");
        for method in ["GET", "POST"] {
            let (head, page) = cache.ask(method, &format!("/{status}"), BROWSER);
            assert_eq!(status_of(&head), status, "{head}");
            assert!(page.contains("Card payments are failing") && page.contains(&format!("Error {status}")));
            assert_eq!(header(&head, "Content-Type"), Some("text/html"), "{head}");
            assert_eq!(
                (header(&head, "Retry-After"), header(&head, "Cache-Control")),
                (date, Some("no-store"))
            );
        }
        for wanted in PROGRAMS {
            let (head, body) = cache.ask("GET", &format!("/pay/{status}"), wanted);
            assert_eq!(status_of(&head), status, "{head}");
            assert_eq!(header(&head, "Content-Type"), Some("application/problem+json"), "{head}");
            assert_eq!(header(&head, "Retry-After"), date, "{head}");
            let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
            let said = (&problem["status"], &problem["feature"]);
            assert_eq!(said, (&status.into(), &"card-payments".into()));
        }
    }
    let (_, page) = cache.ask("GET", "/503", "Accept-Language: de-AT, en\r\nIf-None-Match: *");
    assert!(page.contains("<html lang=\"de\""), "{page}");
    // Nobody outside can have a sound answer replaced.
    let (head, body) = cache.ask("GET", "/200", "Allclear-Status: 503\r\nAllclear-Feature: ../..");
    assert_eq!((status_of(&head), body.as_str()), (200, "the product's own words"), "{head}");
}

#[test]
fn a_dead_product_a_dead_status_page_and_an_old_date_are_borne_in_varnish() {
    let site = built_far_ahead();
    let status_page = Origin::start(site.path());
    let subroutines = subroutines_of(site.path());
    let old = subroutines.replace("Wed, 20 Nov 2126", "Wed, 20 Nov 2019");
    assert_ne!(old, subroutines);
    let cache = Cache::start(&old, free_port(), status_page.port);
    let (head, page) = cache.ask("GET", "/", BROWSER);
    assert_eq!((status_of(&head), header(&head, "Retry-After")), (503, Some("120")), "{head}");
    assert!(page.contains("Card payments are failing"), "{page}");

    let cache = Cache::start(&subroutines, product(), free_port());
    let (head, body) = cache.ask("GET", "/504", BROWSER);
    assert_eq!((status_of(&head), header(&head, "Content-Type")), (504, Some("text/plain; charset=utf-8")));
    assert!(body.starts_with("We are not available right now. "), "{body}");
    let (head, body) = cache.ask("GET", "/pay/502", PROGRAMS[0]);
    assert_eq!(header(&head, "Content-Type"), Some("application/problem+json"), "{head}");
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&problem["status"], &problem["type"]), (&502.into(), &"about:blank".into()));
}
