//! A private Postfix: submission with STARTTLS and a login, into Maildirs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::part::{Part, free_port, program, run, wait_for, wait_for_port};

pub(crate) struct Postfix {
    folder: TempDir,
    port: u16,
    /// Checks passwords; ends with the value.
    _dovecot: Part,
}

impl Postfix {
    /// Starts Postfix and Dovecot's login.
    pub(crate) fn start() -> Self {
        program("postfix");
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        run("chmod", &["755", &text(at)]);
        for part in ["etc", "queue", "data", "mail", "dovecot"] {
            fs::create_dir(at.join(part)).unwrap();
        }
        run("chown", &["postfix", &text(&at.join("data"))]);
        run("chown", &["nobody:nogroup", &text(&at.join("mail"))]);
        certificates(at);
        let port = free_port();
        fs::write(at.join("relay-password"), "s3cret\n").unwrap();
        fs::write(at.join("wrong-password"), "hunter2\n").unwrap();
        fs::write(at.join("dovecot.conf"), dovecot(at)).unwrap();
        let dovecot = Part::start(at, "dovecot", &["-F", "-c", &text(&at.join("dovecot.conf"))]);
        let socket = at.join("dovecot/auth");
        assert!(wait_for(|| socket.exists().then_some(())).is_some(), "dovecot did not come up");
        fs::write(at.join("etc/users"), users()).unwrap();
        fs::write(at.join("etc/main.cf"), main(at)).unwrap();
        fs::write(at.join("etc/master.cf"), master(port)).unwrap();
        run("postfix", &["-c", &text(&at.join("etc")), "start"]);
        wait_for_port(port);
        Self { folder, port, _dovecot: dovecot }
    }

    /// Where secrets and certificates are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The mail part of a plan that uses it, trusting the certificate in that file.
    pub(crate) fn plan(&self, ca_file: Option<&str>) -> String {
        let mut plan = format!(
            "[mail]\nfrom = 'Tienda <noreply@example.test>'\nproviders = ['relay']\n\
             [providers.relay]\nkind = 'smtp'\nhost = 'localhost'\nport = {}\nuser = 'noreply'\n\
             password = {{ file = '{}/relay-password' }}\n",
            self.port,
            text(self.folder())
        );
        if let Some(file) = ca_file {
            writeln!(plan, "ca_file = '{file}'").unwrap();
        }
        plan
    }

    /// The mails of a user, once there are as many; fewer after a while.
    pub(crate) fn mailbox(&self, user: &str, count: usize) -> Vec<Vec<u8>> {
        let folder = self.folder().join("mail/example.test").join(user).join("new");
        let read = || -> Vec<_> {
            let entries = fs::read_dir(&folder).into_iter().flatten();
            entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
        };
        wait_for(|| Some(read()).filter(|mails| mails.len() >= count)).unwrap_or_else(read)
    }

    /// Its log, once these words stand in it so often.
    pub(crate) fn log(&self, words: &str, times: usize) -> String {
        let read = || fs::read_to_string(self.folder().join("mail.log")).unwrap_or_default();
        wait_for(|| Some(read()).filter(|log| log.matches(words).count() >= times)).unwrap_or_else(read)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let etc = self.folder().join("etc");
        // A drop has nobody to report a failure to.
        let _ = Command::new(program("postfix")).args(["-c", &text(&etc), "stop"]).output();
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// An authority, a certificate for localhost signed by it, and another authority that signed nothing.
fn certificates(at: &Path) {
    let file = |name: &str| text(&at.join(name));
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    for authority in ["ca", "other-ca"] {
        let (key, certificate) = (file(&format!("{authority}.key")), file(&format!("{authority}.pem")));
        let subject = format!("/CN={authority}");
        let mut arguments = vec!["req", "-x509", "-subj", &subject, "-keyout", &key];
        arguments.extend(["-out", &certificate]);
        arguments.extend(curve);
        run("openssl", &arguments);
    }
    let (key, request, certificate) = (file("key.pem"), file("request.pem"), file("certificate.pem"));
    let mut arguments = vec!["req", "-subj", "/CN=localhost", "-keyout", &key, "-out", &request];
    arguments.extend(curve);
    run("openssl", &arguments);
    fs::write(at.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    let (authority, authority_key, names) = (file("ca.pem"), file("ca.key"), file("names"));
    let mut arguments = vec!["x509", "-req", "-in", &request, "-CA", &authority, "-CAkey", &authority_key];
    arguments.extend(["-CAcreateserial", "-days", "2", "-extfile", &names, "-out", &certificate]);
    run("openssl", &arguments);
}

fn users() -> String {
    let users = ["alice", "bob", "noreply", "postmaster"];
    users.map(|user| format!("{user}@example.test example.test/{user}/\n")).concat()
}

fn main(at: &Path) -> String {
    let at = text(at);
    format!(
        "compatibility_level = 3.6
queue_directory = {at}/queue
data_directory = {at}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydestination =
local_transport = error:no local mail
mynetworks = 127.0.0.0/8
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
maillog_file = {at}/mail.log
maillog_file_prefixes = {at}
alias_maps =
alias_database =
virtual_mailbox_domains = example.test
virtual_mailbox_maps = texthash:{at}/etc/users
virtual_mailbox_base = {at}/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_cert_file = {at}/certificate.pem
smtpd_tls_key_file = {at}/key.pem
smtpd_tls_loglevel = 1
smtpd_sasl_type = dovecot
smtpd_sasl_path = {at}/dovecot/auth
smtpd_client_connection_rate_limit = 0
message_size_limit = 2000000
"
    )
}

fn master(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=reject_unlisted_recipient,permit_sasl_authenticated,reject
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"
    )
}

fn dovecot(at: &Path) -> String {
    let at = text(at);
    format!(
        "base_dir = {at}/dovecot/base
state_dir = {at}/dovecot/state
log_path = {at}/dovecot/log
protocols =
listen = 127.0.0.1
ssl = no
default_internal_user = dovecot
default_login_user = dovenull
auth_mechanisms = plain login
disable_plaintext_auth = no
passdb {{
  driver = static
  args = password=s3cret
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={at}/mail
}}
service auth {{
  unix_listener {at}/dovecot/auth {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-reader {{
    mode = 0666
  }}
}}
"
    )
}
