//! A folder that a page is published to, and a web server that shows it to readers.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::fs;
use std::path::PathBuf;

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) struct Site {
    folder: TempDir,
    address: String,
    _runtime: Runtime,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let live = folder.path().join("page/current");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let routes = axum::Router::new().fallback(move |uri: Uri| answer(live.clone(), uri));
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self { folder, address, _runtime: runtime }
    }

    /// The target as `page.toml` has it.
    pub(crate) fn target(&self) -> String {
        let path = self.path("page");
        format!(
            "[[targets]]\nname = \"here\"\nkind = \"folder\"\npath = \"{}\"\nurl = \"http://{}\"\n",
            path.display(),
            self.address
        )
    }

    /// What readers find there now.
    pub(crate) fn live(&self) -> PathBuf {
        self.path("page/current")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file beside the page; where it is.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }
}

async fn answer(live: PathBuf, uri: Uri) -> Response {
    let path = live.join(uri.path().trim_start_matches('/'));
    let path = if path.is_dir() { path.join("index.html") } else { path };
    match fs::read(path) {
        Ok(bytes) => bytes.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
