//! A URL that is itself a secret: anyone who has it can post.
//!
//! Promises: it is called only over TLS, or on this machine.

use super::exchange::Unfit;
use super::settings::Settings;

/// The key that holds it.
pub(super) const KEY: &str = "url";

/// The URL, if it is encrypted, or of this machine.
pub(super) fn read(settings: &Settings) -> Result<&str, Unfit> {
    let url = settings.secret(KEY).ok_or(Unfit::Form)?.expose().trim();
    let is_local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|local| url.starts_with(local));
    let expected = "the URL of a webhook, which begins with https://";
    if url.starts_with("https://") || is_local { Ok(url) } else { Err(Unfit::Secret { key: KEY, expected }) }
}

#[cfg(test)]
mod tests {
    use super::{
        super::settings::{Hidden, Settings},
        read,
    };

    #[test]
    fn a_url_that_anyone_may_overhear_is_refused() {
        for (url, is_taken) in [
            ("https://hooks.example.com/1?sig=2", true),
            (" https://hooks.example.com/1\n", true),
            ("http://127.0.0.1:8080/1", true),
            ("http://localhost:8080/1", true),
            ("http://hooks.example.com/1", false),
            ("http://localhost.example.com/1", false),
            ("hooks.example.com/1", false),
            ("", false),
        ] {
            let settings = Settings::default().with("url", Hidden::new(url));
            assert_eq!(read(&settings).is_ok(), is_taken, "{url}");
        }
        assert!(read(&Settings::default()).is_err());
    }
}
