//! What the operator chose: `site/page.toml`, `site/plan.toml` and the secrets they name.
