//! The files of the built-in theme, from `themes/default`.
//!
//! Promises: the binary holds the files of that folder.

/// Templates, styles, drawings and scripts, by name.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("404.html", include_str!("../../themes/default/404.html")),
    ("brand.css", include_str!("../../themes/default/brand.css")),
    ("departed.html", include_str!("../../themes/default/departed.html")),
    ("desk.html", include_str!("../../themes/default/desk.html")),
    ("error.html", include_str!("../../themes/default/error.html")),
    ("feature.html", include_str!("../../themes/default/feature.html")),
    ("history.html", include_str!("../../themes/default/history.html")),
    ("incident.html", include_str!("../../themes/default/incident.html")),
    ("incident.css", include_str!("../../themes/default/incident.css")),
    ("index.css", include_str!("../../themes/default/index.css")),
    ("index.html", include_str!("../../themes/default/index.html")),
    ("layout.html", include_str!("../../themes/default/layout.html")),
    ("logo.svg", include_str!("../../themes/default/logo.svg")),
    ("mail.html", include_str!("../../themes/default/mail.html")),
    ("mail.txt", include_str!("../../themes/default/mail.txt")),
    ("own.css", include_str!("../../themes/default/own.css")),
    ("page.js", include_str!("../../themes/default/page.js")),
    ("parts.html", include_str!("../../themes/default/parts.html")),
    ("policy.txt", include_str!("../../themes/default/policy.txt")),
    ("style.css", include_str!("../../themes/default/style.css")),
    ("subscribe.css", include_str!("../../themes/default/subscribe.css")),
    ("subscribe.html", include_str!("../../themes/default/subscribe.html")),
    ("text.txt", include_str!("../../themes/default/text.txt")),
    ("wait.js", include_str!("../../themes/default/wait.js")),
];

/// The translations, by language.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("ar", include_str!("../../themes/default/words/ar.toml")),
    ("de", include_str!("../../themes/default/words/de.toml")),
    ("en", include_str!("../../themes/default/words/en.toml")),
    ("en-US", include_str!("../../themes/default/words/en-US.toml")),
    ("es", include_str!("../../themes/default/words/es.toml")),
    ("fr", include_str!("../../themes/default/words/fr.toml")),
    ("it", include_str!("../../themes/default/words/it.toml")),
    ("ja", include_str!("../../themes/default/words/ja.toml")),
    ("pt", include_str!("../../themes/default/words/pt.toml")),
    ("pt-BR", include_str!("../../themes/default/words/pt-BR.toml")),
];
