//! What the files of a site may name: a list that an operator keeps outside the repository, for jobs that work on
//! commits of others.
//!
//! Promises: with a list, whatever leads out of the site and is not on it is an error at its line, before anything
//! is contacted, executed or written. Without a list everything is allowed. The list is set once, when the program starts.

use std::path::Path;
use std::sync::OnceLock;

/// The list of this process.
static LIST: OnceLock<AllowList> = OnceLock::new();

/// Hosts, programs and folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    hosts: Vec<HostPattern>,
    /// Each a program and its arguments, with a space between.
    commands: Vec<String>,
    folders: Vec<String>,
}

/// `mail.example.org`, `*.example.org`, `mail.example.org:587`, `[2001:db8::1]:25`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HostPattern {
    /// In lower case; without the `*`, so that it begins with a dot if it means all names below.
    name: String,
    port: Option<u16>,
}

/// What a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A host, and the port if it is known.
    Host(String, Option<u16>),
    /// A program with its arguments.
    Command(String),
    /// A folder outside the site.
    Folder(String),
    /// A secret in a file of the repository, where any commit can put another.
    OwnSecret,
}

/// Restricts what the files of this process may name.
pub fn restrict(list: AllowList) {
    // A second list would be a defect; the first one holds.
    let _is_set = LIST.set(list);
}

/// The list, if there is one.
pub(super) fn list() -> Option<&'static AllowList> {
    LIST.get()
}

impl AllowList {
    /// Adds the hosts of a command line, one in each text.
    ///
    /// # Errors
    ///
    /// The first that is no host.
    pub fn with_hosts<'t>(mut self, hosts: impl IntoIterator<Item = &'t str>) -> Result<Self, String> {
        for host in hosts {
            self.hosts.push(HostPattern::read(host).ok_or_else(|| not_a_host(host))?);
        }
        Ok(self)
    }

    /// Adds what a file lists, one in each line: `host NAME`, `command PROGRAM ARGUMENTS`, `folder PATH`. `file` is how errors
    /// call it.
    ///
    /// # Errors
    ///
    /// Every line that is none of these.
    pub fn with_file(mut self, file: &Path, text: &str) -> Result<Self, String> {
        let mut wrong = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (kind, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let rest = rest.trim();
            let why = match (kind, rest) {
                ("host" | "command" | "folder", "") => format!("after `{kind}`, write what is allowed"),
                ("host", host) => match HostPattern::read(host) {
                    Some(pattern) => {
                        self.hosts.push(pattern);
                        continue;
                    }
                    None => not_a_host(host),
                },
                ("command", command) => {
                    self.commands.push(command.to_owned());
                    continue;
                }
                ("folder", folder) => {
                    self.folders.push(folder.trim_end_matches('/').to_owned());
                    continue;
                }
                _ => "begin the line with `host`, `command` or `folder`".to_owned(),
            };
            wrong.push(format!("{}:{}: {why}", file.display(), index + 1));
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong.join("\n")) }
    }

    /// Why something is not allowed; `None` if it is.
    pub(super) fn refusal(&self, named: &Named) -> Option<String> {
        match named {
            Named::Host(name, port) => {
                let port_words = port.map_or_else(String::new, |port| format!(":{port}"));
                let is_allowed = self.hosts.iter().any(|pattern| pattern.allows(name, *port));
                (!is_allowed)
                    .then(|| format!("the host {name}{port_words} is not on the list of allowed hosts"))
            }
            Named::Command(command) => {
                let is_allowed = self.commands.contains(command);
                (!is_allowed).then(|| "the command is not on the list of allowed commands".to_owned())
            }
            Named::Folder(folder) => {
                let is_allowed = self.folders.iter().any(|allowed| allowed == folder.trim_end_matches('/'));
                (!is_allowed).then(|| "the folder is not on the list of allowed folders".to_owned())
            }
            Named::OwnSecret => Some("an address in a file of the repository is not allowed".to_owned()),
        }
    }
}

impl HostPattern {
    fn read(text: &str) -> Option<Self> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, port) = rest.split_once(']')?;
                name.parse::<std::net::Ipv6Addr>().ok()?;
                (name, port.strip_prefix(':').or(port.is_empty().then_some(""))?)
            }
            None => text.split_once(':').unwrap_or((text, "")),
        };
        let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
        let bare = name.strip_prefix("*.").unwrap_or(name);
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        let is_host =
            !bare.is_empty() && bare.chars().all(is_name) && !bare.starts_with('.') && !text.ends_with(':');
        let name = name.strip_prefix('*').unwrap_or(name).to_ascii_lowercase();
        is_host.then_some(Self { name, port })
    }

    fn allows(&self, name: &str, port: Option<u16>) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let is_name = if self.name.starts_with('.') { name.ends_with(&self.name) } else { name == self.name };
        is_name && self.port.is_none_or(|own| port == Some(own))
    }
}

fn not_a_host(text: &str) -> String {
    format!("`{text}` is not a host: write a name, `*.` and a name, or an address, with or without `:PORT`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_allowed_by_its_name_by_all_below_a_name_and_by_its_port() {
        let cases = [
            ("mail.example.org", "MAIL.example.org", Some(25), true),
            ("mail.example.org", "mail.example.org.evil.test", Some(25), false),
            ("*.example.org", "a.b.example.org", None, true),
            ("*.example.org", "example.org", None, false),
            ("*.example.org", "evilexample.org", None, false),
            ("mail.example.org:587", "mail.example.org", Some(587), true),
            ("mail.example.org:587", "mail.example.org", Some(25), false),
            ("mail.example.org:587", "mail.example.org", None, false),
            ("[::1]:25", "::1", Some(25), true),
            ("192.0.2.1", "192.0.2.1", Some(80), true),
        ];
        for (pattern, name, port, is_allowed) in cases {
            let list = AllowList::default().with_hosts([pattern]).unwrap();
            let refusal = list.refusal(&Named::Host(name.to_owned(), port));
            assert_eq!(refusal.is_none(), is_allowed, "{pattern} {name} {port:?}");
        }
        for wrong in ["", "*", "*.", "a b", "a:", "a:x", "https://a", "a/b", "[a]:1", "*a.b", "[::1]x"] {
            assert!(AllowList::default().with_hosts([wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_line_that_says_nothing_is_named() {
        let text = "# ours\n\nhost *.example.org\ncommand rsync -a . host:/srv\nfolder /srv/page/\n";
        let list = AllowList::default().with_file(Path::new("allow"), text).unwrap();
        assert!(list.refusal(&Named::Command("rsync -a . host:/srv".to_owned())).is_none());
        assert!(list.refusal(&Named::Command("rsync -a . evil:/srv".to_owned())).is_some());
        assert!(list.refusal(&Named::Folder("/srv/page".to_owned())).is_none());
        assert!(list.refusal(&Named::Folder("/srv".to_owned())).is_some());
        let wrong = AllowList::default().with_file(Path::new("allow"), "host\nmail.example.org\nhost a:b\n");
        let lines: Vec<String> = wrong.unwrap_err().lines().map(|line| line[..8].to_owned()).collect();
        assert_eq!(lines, ["allow:1:", "allow:2:", "allow:3:"]);
    }
}
