//! The connection to a real PostgreSQL server that speaks TLS: encrypted and verified, or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use allclear::ledger::postgres::connect;

use crate::fixtures::cluster::{Cluster, Node, run};
use crate::fixtures::skip::skip;

/// What went wrong, as an operator sees it.
fn refusal(url: &str, ca_file: Option<&Path>) -> String {
    let error = connect(url, ca_file).unwrap_err();
    format!("{:#}", anyhow::Error::from(error))
}

/// An authority of that name, and a certificate of its for `localhost`: paths of the authority, certificate and key.
fn certificates(cluster: &Cluster, name: &str) -> [PathBuf; 3] {
    let file = |end: &str| cluster.path(&format!("{name}-{end}.pem"));
    let [ca, ca_key, certificate, key, request] = ["ca", "ca-key", "cert", "key", "request"].map(file);
    let mut openssl = Command::new("sh");
    openssl.stderr(Stdio::null()).args([
        "-euc",
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=an authority' -keyout $1 -out $0
         openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout $3 -out $4
         printf 'subjectAltName=DNS:localhost' > $4.ext
         openssl x509 -req -in $4 -CA $0 -CAkey $1 -CAcreateserial -days 2 -extfile $4.ext -out $2
         chmod 600 $3
         [ $(id -u) != 0 ] || chown postgres $2 $3",
    ]);
    run(openssl.args([&ca, &ca_key, &certificate, &key, &request]));
    [ca, certificate, key]
}

fn is_encrypted(server: &Node) -> bool {
    let connections = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE application_name = 'allclear'";
    server.client("postgres").query_one(connections, &[]).unwrap().get(0)
}

#[test]
fn a_server_is_verified_before_anything_is_said_to_it() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let [ours, certificate, key] = certificates(&cluster, "ours");
    let [theirs, ..] = certificates(&cluster, "theirs");
    let tls =
        format!("-c ssl=on -c ssl_cert_file={} -c ssl_key_file={}", certificate.display(), key.display());
    let server = cluster.primary("server", &tls);
    let url = |host: &str, mode: &str| {
        format!("host={host} port={} user=app password=hunter2 dbname=postgres sslmode={mode}", server.port)
    };

    for mode in ["verify-full", "require"] {
        let (ledger, _) = connect(&url("localhost", mode), Some(&ours)).unwrap();
        assert!(is_encrypted(&server), "{mode}");
        drop(ledger);
        for (host, ca_file, why) in [
            ("localhost", Some(&theirs), "certificate"),
            ("localhost", None, "UnknownIssuer"),
            ("127.0.0.1", Some(&ours), "certificate"),
        ] {
            let said = refusal(&url(host, mode), ca_file.map(PathBuf::as_path));
            assert!(said.contains(why) && !said.contains("hunter2"), "{mode} {host}: {said}");
        }
    }
    let said = refusal(&url("localhost", "verify-full"), Some(&key));
    assert!(said.contains("cannot be used: the file holds none"), "{said}");

    let (plain, _) = connect(&url("localhost", "disable"), None).unwrap();
    assert!(!is_encrypted(&server));
    drop(plain);
}

#[test]
fn nobody_talks_an_encrypted_connection_down() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let [ours, ..] = certificates(&cluster, "ours");
    let server = cluster.primary("server", "");
    let said = refusal(
        &format!("postgres://app@localhost:{}/postgres?sslmode=verify-full", server.port),
        Some(&ours),
    );
    assert!(said.contains("does not support TLS"), "{said}");
    for mode in ["", "?sslmode=prefer"] {
        let said = refusal(&format!("postgres://app:hunter2@db.example.org/postgres{mode}"), None);
        assert!(said.contains("add sslmode=verify-full") && !said.contains("hunter2"), "{said}");
    }
    for mode in ["allow", "verify-ca"] {
        let said = refusal(&format!("postgres://app@localhost/postgres?sslmode={mode}"), None);
        assert!(said.contains("its URL cannot be read"), "{said}");
    }
}

#[test]
fn a_login_is_bound_to_the_servers_certificate() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let [ours, certificate, key] = certificates(&cluster, "ours");
    let logins = cluster.path("logins");
    fs::write(&logins, "host all app all trust\nhost all bound all scram-sha-256\n").unwrap();
    let server = cluster.primary(
        "server",
        &format!(
            "-c ssl=on -c ssl_cert_file={} -c ssl_key_file={} -c hba_file={}",
            certificate.display(),
            key.display(),
            logins.display()
        ),
    );
    server.client("postgres").batch_execute("CREATE ROLE bound SUPERUSER LOGIN PASSWORD 'hunter2'").unwrap();
    let url = |password: &str, mode: &str| {
        format!(
            "host=localhost port={} user=bound password={password} dbname=postgres sslmode={mode} \
             channel_binding=require",
            server.port
        )
    };
    // The driver gives up if it must bind and cannot: so this login was bound (SCRAM-SHA-256-PLUS).
    let (ledger, _) = connect(&url("hunter2", "verify-full"), Some(&ours)).unwrap();
    drop(ledger);
    let said = refusal(&url("hunter3", "verify-full"), Some(&ours));
    assert!(said.contains("password authentication failed"), "{said}");
    let said = refusal(&url("hunter2", "disable"), None);
    assert!(said.contains("channel binding"), "{said}");
}
