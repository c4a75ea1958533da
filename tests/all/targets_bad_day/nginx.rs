//! The nginx configuration of `docs/targets.md`: a page that is published to a folder, as readers get it from there.

use std::fs;

use tempfile::TempDir;

use super::house;
use crate::fixtures::browser;
use crate::fixtures::part::{Part, wait_for_port};
use crate::fixtures::port::free_port;
use crate::fixtures::site::Site;

/// The block of the documentation. Only the address and the folder are others: they are the reader's own.
fn documented(port: u16, live: &str) -> String {
    let page = include_str!("../../../docs/targets.md");
    let (_, rest) = page.split_once("```nginx\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    assert!(!rest.contains("```nginx"), "a second configuration, which nothing runs");
    let (listen, root) = ("listen 80;", "root /srv/status/current;");
    assert!(block.contains(listen) && block.contains(root), "{block}");
    let listens = format!("listen 127.0.0.1:{port};");
    block.replace(listen, &listens).replace(root, &format!("root {live};"))
}

fn serve(own: &TempDir, block: &str) -> Part {
    let (at, file) = (own.path().display().to_string(), own.path().join("nginx.conf"));
    let text = format!(
        "daemon off; user root; worker_processes 1; pid {at}/pid; error_log {at}/error.log;
        events {{ worker_connections 64; }}
        http {{
            access_log off; client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c;
            uwsgi_temp_path {at}/d; scgi_temp_path {at}/e; include /etc/nginx/mime.types;
            {block}
        }}"
    );
    fs::write(&file, text).unwrap();
    Part::start(own.path(), "nginx", &["-p", &at, "-c", file.to_str().unwrap()])
}

#[test]
fn readers_get_the_page_by_the_configuration_in_the_documentation() {
    let (site, own, port) = (Site::new(), tempfile::tempdir().unwrap(), free_port());
    let _nginx = serve(&own, &documented(port, site.live().to_str().unwrap()));
    wait_for_port(port);
    let address = format!("127.0.0.1:{port}");
    let target = site.target().replace(&site.url(), &format!("http://{address}"));
    assert!(target.contains(&address), "{target}");
    let house = house(&target).incident("payments", "2026-03-01 10:00", "Investigating");
    // `publish` itself looks at the addresses that messages link to.
    let house = house.run(&["publish", "--wait", "9s"]).succeeded().said("verified: readers of");
    let get = |path: &str| browser::get(&address, path);
    let named = |end: &str| {
        let names = fs::read_dir(site.live()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names = names.map(|name| name.into_string().unwrap());
        format!("/{}", names.find(|name| name.ends_with(end)).unwrap())
    };
    for (path, status, kind) in [
        ("/", 200, "text/html"),
        ("/history/", 200, "text/html"),
        ("/incidents/payments/", 200, "text/html"),
        (&named(".ics"), 200, "text/calendar"),
        (&named(".atom"), 200, "application/atom+xml"),
        ("/nothing/there/", 404, "text/html"),
    ] {
        let answer = get(path);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        assert!(answer.contains(&format!("Content-Type: {kind}")), "{path}: {answer}");
    }
    // The first words of the page's own 404, and not those of nginx.
    let own_page = fs::read_to_string(site.live().join("404.html")).unwrap();
    assert!(get("/nothing/there/").ends_with(&own_page), "{}", get("/nothing/there/"));
    let pointer = get("/_allclear/build.json");
    assert!(pointer.contains("Cache-Control: no-cache"), "{pointer}");
    // What runs there finds the next build at once, because the link is resolved for each request.
    let house = house.incident("parcels", "2026-03-01 10:00", "Investigating");
    super::commit(&house);
    let _house = house.run(&["publish", "--wait", "9s"]).succeeded().said("verified: readers of");
    assert!(get("/incidents/parcels/").starts_with("HTTP/1.1 200 "));
}
