//! The product behind a web server is dead or fails: browsers get the error page, programs get problem details, both
//! with the right status and the date to try again. Each server is a real one with the configuration a build writes
//! for it: nginx, Caddy and Apache.
//!
//! Needs what tests/install brings.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::fixtures::port::free_port;
use crate::fixtures::product::{BROWSER, PROGRAMS, build, product, status_of};

/// What the sample's worst incident says.
const ESTIMATE: &str = "Retry-After: Fri, 20 Nov 2026 11:30:00 GMT";

/// A web server with the sample's error pages before a product: below `/dead/` nothing listens, below `/fails/` the
/// product answers with the status in the path.
struct Server {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl Server {
    fn nginx() -> Self {
        Self::start("/usr/sbin/nginx", &["-p", "FOLDER", "-c", "FOLDER/server.conf"], nginx)
    }

    fn caddy() -> Self {
        let arguments = ["run", "--adapter", "caddyfile", "--config", "FOLDER/server.conf"];
        Self::start("/usr/bin/caddy", &arguments, caddy)
    }

    fn apache() -> Self {
        Self::start("/usr/sbin/apache2", &["-D", "FOREGROUND", "-f", "FOLDER/server.conf"], apache)
    }

    fn start(program: &str, arguments: &[&str], configuration: fn(&Place) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Apache gives up root before it reads a page.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        build(folder.path());
        let place = Place {
            folder: folder.path().display().to_string(),
            port: free_port(),
            product: product(),
            dead: free_port(),
        };
        std::fs::write(folder.path().join("server.conf"), configuration(&place)).unwrap();
        let child = Command::new(program)
            .args(arguments.iter().map(|argument| argument.replace("FOLDER", &place.folder)))
            .env("HOME", folder.path())
            .stderr(Stdio::null())
            .spawn();
        assert!(child.is_ok(), "{program} is not installed: run tests/install as root");
        let server = Self { port: place.port, child: child.unwrap(), _folder: folder };
        let up = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect(("127.0.0.1", server.port)).is_ok()
        });
        assert!(up, "{program} does not take the configuration");
        server
    }

    /// The whole answer to a request: status line, headers and body.
    fn ask(&self, method: &str, path: &str, header: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request = format!("{method} {path} HTTP/1.0\r\nHost: shop.example\r\n{header}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The page for a browser and the body for a program, with the status and the date to try again.
    fn explains(&self, path: &str, status: u16) {
        for method in ["GET", "POST"] {
            let page = self.ask(method, path, BROWSER);
            assert_eq!(status_of(&page), status, "{page}");
            for said in ["Content-Type: text/html; charset=utf-8", ESTIMATE, "Card payments are failing"] {
                assert!(page.contains(said), "{said} is not in {page}");
            }
            for wanted in PROGRAMS {
                let answer = self.ask(method, path, wanted);
                let (head, body) = answer.split_once("\r\n\r\n").unwrap();
                assert_eq!(status_of(&answer), status, "{head}");
                assert!(head.contains("Content-Type: application/problem+json"), "{head}");
                assert!(head.contains(ESTIMATE), "{head}");
                let problem: serde_json::Value = serde_json::from_str(body).unwrap();
                let said = (&problem["status"], &problem["incident"]);
                assert_eq!(said, (&status.into(), &"2026/card-payments".into()));
            }
        }
    }

    /// Readers get their own language, and a fault that trying again does not fix does not suggest it.
    fn suits_the_reader(&self) {
        let spanish = self.ask("GET", "/dead/", "Accept-Language: es-MX,en;q=0.5");
        // Apache writes lists without blanks.
        let spanish = spanish.replace("Accept,Accept", "Accept, Accept");
        let says = |said: &str| assert!(spanish.contains(said), "{said} is not in {spanish}");
        says("<html lang=\"es\"");
        says("Vary: Accept, Accept-Language");
        says("Cache-Control: no-store");
        let fault = self.ask("GET", "/fails/500", "Accept: */*");
        assert_eq!(status_of(&fault), 500, "{fault}");
        assert!(!fault.contains("Retry-After"), "{fault}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that it ends its workers; a drop has nobody to report a failure to.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Where a server stands.
struct Place {
    folder: String,
    port: u16,
    product: u16,
    dead: u16,
}

fn nginx(place: &Place) -> String {
    let Place { folder, port, product, dead } = place;
    format!(
        "daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 64; }}
        http {{
            access_log off; client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c;
            uwsgi_temp_path d; scgi_temp_path e;
            include {folder}/errors/nginx-http.conf;
            server {{
                listen 127.0.0.1:{port};
                set $allclear_errors {folder}/errors;
                include {folder}/errors/nginx.conf;
                location / {{ proxy_pass http://127.0.0.1:{dead}; proxy_intercept_errors on; }}
                location /fails/ {{ proxy_pass http://127.0.0.1:{product}; proxy_intercept_errors on; }}
                location /checkout/ {{
                    set $allclear_feature checkout;
                    proxy_pass http://127.0.0.1:{dead}; proxy_intercept_errors on;
                }}
            }}
        }}"
    )
}

/// The part within the site is the one that `docs/error-pages.md` shows.
fn caddy(place: &Place) -> String {
    let Place { folder, port, product, dead } = place;
    format!(
        "{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {folder}/caddy\n}}\n\
         http://:{port} {{\n\tbind 127.0.0.1\n\timport {folder}/errors/caddy.conf {folder}/errors\n\
         \treverse_proxy /dead/* 127.0.0.1:{dead}\n\
         \treverse_proxy 127.0.0.1:{product} {{\n\t\t@failed status 500 502 503 504\n\
         \t\thandle_response @failed {{\n\t\t\terror \"it failed\" {{rp.status_code}}\n\t\t}}\n\t}}\n}}\n"
    )
}

fn apache(place: &Place) -> String {
    let Place { folder, port, product, dead } = place;
    std::fs::write(format!("{folder}/mime.types"), "text/html html\n").unwrap();
    let modules = ["mpm_event", "authz_core", "alias", "headers", "mime", "proxy", "proxy_http"];
    let modules =
        modules.map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"));
    format!(
        "ServerRoot {folder}\nServerName shop.example\nPidFile {folder}/pid\nErrorLog {folder}/error.log\n\
         Listen 127.0.0.1:{port}\n{}User www-data\nGroup www-data\nTypesConfig {folder}/mime.types\n\
         <VirtualHost 127.0.0.1:{port}>\n\
         Define ALLCLEAR_ERRORS {folder}/errors\nInclude {folder}/errors/apache.conf\n\
         ProxyPass /dead/ http://127.0.0.1:{dead}/\nProxyPass / http://127.0.0.1:{product}/\n</VirtualHost>\n",
        modules.concat()
    )
}

#[test]
fn nginx_explains_a_dead_product_and_one_that_fails() {
    let server = Server::nginx();
    for (path, status) in [("/dead/buy", 502), ("/fails/502", 502), ("/fails/503", 503), ("/fails/504", 504)]
    {
        server.explains(path, status);
    }
    server.suits_the_reader();
}

#[test]
fn caddy_explains_a_dead_product_and_one_that_fails() {
    let server = Server::caddy();
    for (path, status) in [("/dead/buy", 502), ("/fails/502", 502), ("/fails/503", 503), ("/fails/504", 504)]
    {
        server.explains(path, status);
    }
    server.suits_the_reader();
}

#[test]
fn apache_explains_a_dead_product_and_one_that_fails() {
    let server = Server::apache();
    // Apache's own word for a product that cannot be reached is 503.
    for (path, status) in [("/dead/buy", 503), ("/fails/502", 502), ("/fails/503", 503), ("/fails/504", 504)]
    {
        server.explains(path, status);
    }
    server.suits_the_reader();
}

#[test]
fn a_feature_of_an_api_has_answers_of_its_own() {
    let server = Server::nginx();
    let api = server.ask("GET", "/checkout/?basket=1", "Accept: application/json");
    assert!(api.contains("\"type\":\"about:blank\"") && api.contains("\"feature\":\"checkout\""), "{api}");
    assert!(api.contains("Retry-After: 120\r\n"), "{api}");
    assert_eq!(status_of(&server.ask("GET", "/allclear-errors/503.html", "")), 404);
}
