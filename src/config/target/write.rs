//! [`Target`]s → the text of `[[targets]]`.
//!
//! Promises: what is written reads back equal. Never writes a secret, only its place.

use std::fmt::Write as _;

use super::{AwsKeys, Cdn, Target, TargetKind};
use crate::config::quoting::quoted;
use crate::config::secret::Secret;
use crate::provider::Need;

/// Writes targets as they are in a `site/page.toml`, after everything that is no `[[targets]]`. They read back
/// equal if every text is trimmed and on one line, and every path is UTF-8.
pub fn write_targets(targets: &[Target]) -> String {
    targets.iter().map(target).collect()
}

fn target(target: &Target) -> String {
    let mut out = String::from("\n[[targets]]\n");
    text(&mut out, "name", &target.name);
    text(&mut out, "url", &target.url);
    text(&mut out, "kind", target.place.kind());
    place(&mut out, &target.place);
    flag(&mut out, "headers_file", target.headers_file);
    if let Some(cdn) = &target.cdn {
        out.push_str("\n[targets.cdn]\n");
        self::cdn(&mut out, cdn);
    }
    out
}

fn place(out: &mut String, place: &TargetKind) {
    match place {
        TargetKind::Folder(folder) => {
            text(out, "path", &folder.path.to_string_lossy());
            text(out, "switch", folder.switch.word());
            flag(out, "compressed", folder.compressed);
        }
        TargetKind::S3(s3) => {
            text(out, "bucket", &s3.bucket);
            text(out, "region", &s3.region);
            optional(out, "prefix", s3.prefix.as_deref());
            optional(out, "endpoint", s3.endpoint.as_deref());
            keys(out, &s3.keys);
        }
        TargetKind::Gcs(gcs) => {
            text(out, "bucket", &gcs.bucket);
            optional(out, "prefix", gcs.prefix.as_deref());
            secret(out, "service_account", gcs.service_account.as_ref());
        }
        TargetKind::Azure(azure) => {
            text(out, "account", &azure.account);
            text(out, "container", &azure.container);
            optional(out, "prefix", azure.prefix.as_deref());
            optional(out, "endpoint", azure.endpoint.as_deref());
            secret(out, "access_key", azure.access_key.as_ref());
        }
        TargetKind::Branch(branch) => {
            text(out, "remote", &branch.remote);
            text(out, "branch", &branch.branch);
        }
        TargetKind::Command(program) => {
            list(out, "run", &program.run);
            if !program.environment.is_empty() {
                list(out, "environment", &program.environment);
            }
        }
    }
}

fn cdn(out: &mut String, cdn: &Cdn) {
    text(out, "kind", cdn.kind.word);
    for key in cdn.kind.keys {
        let is_default = |value: &&str| matches!(key.need, Need::Default(default) if default == *value);
        optional(out, key.name, cdn.settings.optional(key.name).filter(|value| !is_default(value)));
        let values = cdn.settings.texts(key.name);
        if !values.is_empty() {
            list(out, key.name, values);
        }
        if !cdn.has_usual_account() {
            secret(out, key.name, cdn.secrets.get(key.name));
        }
    }
}

fn keys(out: &mut String, keys: &AwsKeys) {
    if *keys != AwsKeys::default() {
        secret(out, "access_key_id", Some(&keys.access_key_id));
        secret(out, "secret_access_key", Some(&keys.secret_access_key));
        secret(out, "session_token", keys.session_token.as_ref());
    }
}

// Writing to a `String` cannot fail.

fn text(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {}", quoted(value));
}

fn optional(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        text(out, key, value);
    }
}

fn flag(out: &mut String, key: &str, value: bool) {
    if value {
        let _ = writeln!(out, "{key} = true");
    }
}

fn list(out: &mut String, key: &str, values: &[String]) {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    let _ = writeln!(out, "{key} = [{}]", values.join(", "));
}

fn secret(out: &mut String, key: &str, value: Option<&Secret>) {
    let _ = match value {
        Some(Secret::Environment(name)) => writeln!(out, "{key} = {{ env = {} }}", quoted(name)),
        Some(Secret::File(path)) => writeln!(out, "{key} = {{ file = {} }}", quoted(&path.to_string_lossy())),
        None => Ok(()),
    };
}
