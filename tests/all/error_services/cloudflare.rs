//! The Worker of a build in Cloudflare's own runtime, before products and status pages that are healthy, dead or silent.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::fixtures::edge::Origin;
use crate::fixtures::part::{Part, wait_for_port};
use crate::fixtures::port::free_port;
use crate::fixtures::product::{BROWSER, PROGRAMS, build, built_far_ahead, header, product, status_of};

/// Cloudflare's runtime with the Worker of a build. Where a request goes to is for its host to say.
struct Worker {
    port: u16,
    _runtime: Part,
    _folder: TempDir,
}

impl Worker {
    /// The Worker with the status page at an address, where card payments have a path.
    fn start(site: &Path, status_page: &str) -> Option<Self> {
        let program = super::brought("@cloudflare", "workerd-linux-", "bin/workerd")?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(site.join("errors/cloudflare-worker.js"), folder.path().join("worker.js")).unwrap();
        let port = free_port();
        let configuration = format!(
            r#"using Workerd = import "/workerd/workerd.capnp";
            const config :Workerd.Config = (
                services = [
                    (name = "world", network = (allow = ["private"])),
                    (name = "worker", worker = (
                        modules = [(name = "worker", esModule = embed "worker.js")],
                        compatibilityDate = "2026-01-01",
                        globalOutbound = "world",
                        bindings = [
                            (name = "STATUS_PAGE", text = "{status_page}"),
                            (name = "FEATURES", json = "{{\"/pay/\":\"card-payments\",\"/\":\"checkout\"}}"),
                        ],
                    )),
                ],
                sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "worker")],
            );"#
        );
        let file = folder.path().join("config.capnp");
        std::fs::write(&file, configuration).unwrap();
        let arguments = ["serve", file.to_str().unwrap()];
        let runtime = Part::start(folder.path(), program.to_str().unwrap(), &arguments);
        wait_for_port(port);
        Some(Self { port, _runtime: runtime, _folder: folder })
    }

    /// The head and the body of the answer to a request for a product on a port.
    fn ask(&self, method: &str, product: u16, path: &str, headers: &[&str]) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{product}\r\n");
        for header in headers {
            let _ = write!(request, "{header}\r\n");
        }
        request.push_str("Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }
}

#[test]
fn cloudflare_explains_a_dead_product_and_one_that_fails_and_leaves_a_sound_one_alone() {
    let site = built_far_ahead();
    let status_page = Origin::start(site.path());
    let Some(worker) = Worker::start(site.path(), &status_page.url()) else { return };
    let (product, dead) = (product(), free_port());
    let failures = [(dead, "buy", 502), (product, "502", 502), (product, "503", 503), (product, "504", 504)];
    // What Cloudflare says of a product that it cannot reach, or that takes too long.
    let cloudflares =
        [(product, "521", 502), (product, "530", 502), (product, "522", 504), (product, "524", 504)];
    for (port, path, status) in failures.into_iter().chain(cloudflares) {
        for method in ["GET", "POST"] {
            let (head, page) = worker.ask(method, port, &format!("/{path}"), &[BROWSER]);
            assert_eq!(status_of(&head), status, "{path}: {head}");
            assert_eq!(header(&head, "Content-Type"), Some("text/html; charset=utf-8"));
            assert_eq!(header(&head, "Retry-After"), Some("Wed, 20 Nov 2126 11:30:00 GMT"), "{head}");
            assert_eq!(header(&head, "Cache-Control"), Some("no-store"));
            assert_eq!(header(&head, "Vary"), Some("Accept, Accept-Language"));
            assert!(page.contains("Card payments are failing"), "{page}");
        }
        for wanted in PROGRAMS {
            let (head, body) = worker.ask("GET", port, &format!("/pay/{path}"), &[wanted]);
            assert_eq!(status_of(&head), status, "{head}");
            assert_eq!(header(&head, "Content-Type"), Some("application/problem+json"), "{head}");
            let problem: Value = serde_json::from_str(&body).unwrap();
            let said = (&problem["status"], &problem["incident"], &problem["feature"]);
            assert_eq!(said, (&status.into(), &"2026/card-payments".into(), &"card-payments".into()));
        }
    }
    let (head, body) = worker.ask("GET", product, "/pay/200", &[BROWSER]);
    assert_eq!((status_of(&head), body.as_str()), (200, "the product's own words"));
    assert_eq!(header(&head, "Retry-After"), None);
    let (head, body) = worker.ask("GET", product, "/404", &[BROWSER]);
    assert_eq!((status_of(&head), body.as_str()), (404, "the product's own words"));
}

#[test]
fn cloudflare_suits_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let status_page = Origin::start(folder.path());
    let Some(worker) = Worker::start(folder.path(), &status_page.url()) else { return };
    let product = product();
    for (wanted, language) in
        [("es-MX,en;q=0.5", "es"), ("fr, DE;q=0.8", "de"), ("en-GB, es", "en"), ("ja", "en"), ("esx", "en")]
    {
        let wanted = format!("Accept-Language: {wanted}");
        let (_, page) = worker.ask("GET", product, "/503", &[&wanted]);
        assert!(page.contains(&format!("<html lang=\"{language}\"")), "{wanted}: {page}");
    }
    let (head, body) = worker.ask("GET", product, "/500", &["Accept: */*"]);
    assert_eq!((status_of(&head), header(&head, "Retry-After")), (500, None), "{head}");
    assert!(body.contains("Error 500"));
    // The feature whose path is `/` is healthy, so nothing says when.
    let (head, body) = worker.ask("GET", product, "/503", &[PROGRAMS[0]]);
    assert_eq!(header(&head, "Retry-After"), Some("120"), "{head}");
    assert!(body.contains("\"feature\":\"checkout\"") && body.contains("about:blank"), "{body}");
    let (head, body) = worker.ask("HEAD", product, "/503", &[BROWSER]);
    assert_eq!((status_of(&head), body.as_str()), (503, ""), "{head}");
}

#[test]
fn cloudflare_has_words_of_its_own_where_the_status_page_is_dead_or_silent() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let product = product();
    for port in [free_port(), silent.local_addr().unwrap().port()] {
        let site = format!("http://127.0.0.1:{port}");
        let Some(worker) = Worker::start(folder.path(), &site) else { return };
        let (head, body) = worker.ask("GET", product, "/503", &["Accept-Language: es"]);
        assert_eq!(status_of(&head), 503, "{head}");
        assert_eq!(header(&head, "Content-Type"), Some("text/plain; charset=utf-8"), "{head}");
        assert_eq!(header(&head, "Retry-After"), Some("120"), "{head}");
        assert!(body.starts_with("Ahora mismo no estamos disponibles. ") && body.contains(&site), "{body}");
        let (head, body) = worker.ask("GET", product, "/504", &[PROGRAMS[0]]);
        let problem: Value = serde_json::from_str(&body).unwrap();
        let said = (&problem["type"], &problem["title"], &problem["status"]);
        assert_eq!(said, (&"about:blank".into(), &"Gateway Timeout".into(), &504.into()), "{head}");
    }
}
