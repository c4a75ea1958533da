//! Configurations that make web servers and services answer with the error pages and bodies, ready to use: here those
//! of nginx, Caddy and Apache.
//!
//! Promises: the status is not changed; a request for JSON and not for HTML gets problem details; `Retry-After` is the date
//! of the ETA while that is in the future, because a number of seconds would soon be wrong. Of an author's text, only ids
//! and language tags are in them, which need no quoting; only the templates of `api_gateway` hold more, and escape it.

mod answer;
mod api_gateway;
mod cloudflare;
mod cloudfront;
mod fastly;

use std::fmt::Write;

use super::journal::Scope;
use super::problem_details::{STATUSES, folder};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use answer::{retry_after, translations};

/// Writes the configurations. `editions` are the site's languages, the first of them first.
pub(super) fn files(editions: &[LanguageEdition<'_>]) -> Result<Vec<File>, Error> {
    let Some(first) = editions.first() else { return Ok(Vec::new()) };
    let texts = [
        ("nginx-http.conf", nginx_http(editions, first)),
        ("nginx.conf", nginx_server()),
        ("caddy.conf", caddy(editions, first)),
        ("apache.conf", apache(editions, first)),
        ("fastly.vcl", fastly::subroutines(editions, first)),
    ];
    let file = |(name, text): (&str, String)| (format!("errors/{name}"), text.into_bytes());
    let mut files = Vec::from(texts.map(file));
    files.push(cloudflare::worker(editions, first)?);
    files.push(cloudfront::template(first)?);
    for scope in Scope::every(first.page) {
        files.push(api_gateway::template(first, scope)?);
    }
    Ok(files)
}

fn nginx_http(editions: &[LanguageEdition<'_>], first: &LanguageEdition<'_>) -> String {
    let mut languages = String::new();
    for tag in translations(editions) {
        let _ = writeln!(languages, "    \"~*^{tag}\\b\" {tag}/;");
    }
    let (mut folders, mut dates) = (String::new(), String::new());
    for feature in first.page.features() {
        let (id, folder) = (&feature.id, folder(Scope::Feature(feature)));
        let _ = writeln!(folders, "    json:{id} {folder};");
        let _ = writeln!(dates, "    ~/{folder} \"{}\";", retry_after(first, Scope::Feature(feature)));
    }
    let all = retry_after(first, Scope::All);
    format!(
        "# Include this within `http`, before the servers; reload nginx when a build has changed it.\n\
         map $http_accept $allclear_kind {{\n    default html;\n    \"~*text/html\" html;\n    \
         \"~*[/+]json\" json;\n}}\n\
         map $http_accept_language $allclear_language {{\n    default \"\";\n{languages}}}\n\
         map $allclear_kind:$allclear_feature $allclear_folder {{\n    default $allclear_language;\n    \
         ~^json: api/;\n{folders}}}\n\
         map $uri $allclear_retry_after {{\n    default \"{all}\";\n    ~/500\\. \"\";\n{dates}}}\n"
    )
}

fn nginx_server() -> String {
    let mut pages = String::new();
    for (status, _) in STATUSES {
        let _ = writeln!(
            pages,
            "error_page {status} /allclear-errors/${{allclear_folder}}{status}.$allclear_kind;"
        );
    }
    format!(
        "# Include this within `server`, after `set $allclear_errors FOLDER;` with the folder this file lies in.\n\
         set $allclear_feature \"\";\n{pages}\
         location ^~ /allclear-errors/ {{\n    internal;\n    alias $allclear_errors/;\n    \
         types {{\n        text/html html;\n        application/problem+json json;\n    }}\n    \
         charset utf-8;\n    add_header Retry-After $allclear_retry_after always;\n    \
         add_header Cache-Control no-store always;\n    \
         add_header Vary \"Accept, Accept-Language\" always;\n}}\n"
    )
}

fn caddy(editions: &[LanguageEdition<'_>], first: &LanguageEdition<'_>) -> String {
    let mut languages = String::new();
    for tag in translations(editions) {
        let _ = write!(
            languages,
            "\t\t@{tag} header_regexp Accept-Language (?i)^{tag}\\b\n\
             \t\thandle @{tag} {{\n\t\t\trewrite * /{tag}/{{http.error.status_code}}.html\n\t\t\tfile_server\n\t\t}}\n"
        );
    }
    let date = retry_after(first, Scope::All);
    format!(
        "# Import this into the site with the folder it lies in: `import FOLDER/caddy.conf FOLDER`.\n\
         handle_errors {{\n\
         \t@failed expression {{http.error.status_code}} in [500, 502, 503, 504]\n\
         \thandle @failed {{\n\
         \t\troot * {{args.0}}\n\
         \t\tmethod GET\n\
         \t\theader Cache-Control no-store\n\
         \t\theader Vary \"Accept, Accept-Language\"\n\
         \t\t@temporary expression {{http.error.status_code}} != 500\n\
         \t\theader @temporary Retry-After \"{date}\"\n\
         \t\t@json {{\n\
         \t\t\theader_regexp Accept (?i)[/+]json\n\
         \t\t\tnot header_regexp Accept (?i)text/html\n\
         \t\t}}\n\
         \t\thandle @json {{\n\
         \t\t\theader Content-Type application/problem+json\n\
         \t\t\trewrite * /api/{{http.error.status_code}}.json\n\
         \t\t\tfile_server\n\
         \t\t}}\n\
         {languages}\
         \t\thandle {{\n\t\t\trewrite * /{{http.error.status_code}}.html\n\t\t\tfile_server\n\t\t}}\n\
         \t}}\n}}\n"
    )
}

fn apache(editions: &[LanguageEdition<'_>], first: &LanguageEdition<'_>) -> String {
    let documents = |folder: &str, end: &str| {
        let line =
            |(status, _)| format!("  ErrorDocument {status} /allclear-errors/{folder}{status}.{end}\n");
        STATUSES.map(line).concat()
    };
    let mut languages = String::new();
    for tag in translations(editions) {
        let documents = documents(&format!("{tag}/"), "html");
        let _ = write!(
            languages,
            "<ElseIf \"%{{HTTP:Accept-Language}} =~ /^{tag}\\b/i\">\n{documents}</ElseIf>\n"
        );
    }
    let (date, bodies, pages) =
        (retry_after(first, Scope::All), documents("api/", "json"), documents("", "html"));
    format!(
        "# Include this in the virtual host, before its other `ProxyPass` lines and after\n\
         # `Define ALLCLEAR_ERRORS FOLDER` with the folder this file lies in; reload when a build has changed it.\n\
         ProxyErrorOverride On 500 502 503 504\n\
         ProxyPass /allclear-errors/ !\n\
         Alias /allclear-errors/ \"${{ALLCLEAR_ERRORS}}/\"\n\
         <Directory \"${{ALLCLEAR_ERRORS}}\">\n  Require all granted\n  \
         AddType application/problem+json .json\n  AddDefaultCharset utf-8\n  \
         Header always set Cache-Control no-store\n  \
         Header always set Vary \"Accept, Accept-Language\"\n  \
         Header always set Retry-After \"{date}\" \"expr=%{{REQUEST_STATUS}} -in {{'502','503','504'}}\"\n\
         </Directory>\n\
         <If \"%{{HTTP_ACCEPT}} =~ m#[/+]json#i && ! (%{{HTTP_ACCEPT}} =~ m#text/html#i)\">\n{bodies}</If>\n\
         {languages}<Else>\n{pages}</Else>\n"
    )
}
