//! Buckets and containers: S3 and compatible services, Google Cloud Storage, Azure Blob Storage.
//!
//! Promises: each file has its content type and its cache rule; a write that failed temporarily is retried a few times; an
//! error quotes the store's answer and never shows a key. Keys are read when the store is opened, and dropped with it.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::Path as FilePath;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::{HttpError, HttpErrorKind};
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode,
    PutOptions, PutPayload, RetryConfig, UpdateVersion,
};

use super::{Condition, Error, Listed, Store, StoreFault, StoredFile, Version};
use crate::config::secret::SecretError;
use crate::config::target::{Azure, Gcs, S3};
use crate::model::line::short_line;
use crate::net;
use crate::publish::headers::Headers;

/// A bucket or container, with the folder in it that is ours.
#[derive(Debug)]
pub struct Bucket {
    store: Box<dyn ObjectStore>,
    prefix: Option<String>,
}

/// Why a bucket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A secret is not where the file says.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What the file says makes no bucket.
    #[error("failed to set up the bucket: {0}")]
    SetUp(String),
}

impl From<object_store::Error> for OpenError {
    fn from(error: object_store::Error) -> Self {
        Self::SetUp(plain(&error))
    }
}

impl Bucket {
    /// Opens a bucket of S3. Secrets in files count from `root`. Where the usual variables have no keys, the
    /// machine's role is taken.
    pub fn s3(s3: &S3, root: &FilePath) -> Result<Self, OpenError> {
        net::install_crypto();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&s3.bucket)
            .with_region(&s3.region)
            // Not every place that speaks S3 takes many deletes in one request, and we delete one by one.
            .with_disable_bulk_delete(true)
            .with_client_options(client(s3.endpoint.as_deref()))
            .with_retry(retry());
        if let Some(endpoint) = &s3.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let usual = s3.keys == Default::default();
        match s3.keys.access_key_id.reveal(root) {
            Err(SecretError::NotSet(_)) if usual => {}
            id => {
                let key = s3.keys.secret_access_key.reveal(root)?;
                builder = builder.with_access_key_id(id?.expose()).with_secret_access_key(key.expose());
                match s3.keys.session_token.as_ref().map(|token| token.reveal(root)) {
                    Some(Err(SecretError::NotSet(_))) if usual => {}
                    Some(token) => builder = builder.with_token(token?.expose()),
                    None => {}
                }
            }
        }
        Ok(Self { store: Box::new(builder.build()?), prefix: s3.prefix.clone() })
    }

    /// Opens a bucket of Google Cloud Storage.
    pub fn gcs(gcs: &Gcs, root: &FilePath) -> Result<Self, OpenError> {
        net::install_crypto();
        let account = gcs.service_account.as_ref().map(|secret| secret.reveal(root)).transpose()?;
        // An emulator names itself in the account's own JSON, without TLS.
        let emulator = account.as_ref().is_some_and(|key| key.expose().contains("\"http://"));
        let mut builder = GoogleCloudStorageBuilder::new()
            .with_bucket_name(&gcs.bucket)
            .with_client_options(client(emulator.then_some("http://")))
            .with_retry(retry());
        if let Some(account) = account {
            builder = builder.with_service_account_key(account.expose());
        }
        Ok(Self { store: Box::new(builder.build()?), prefix: gcs.prefix.clone() })
    }

    /// Opens a container of Azure Blob Storage.
    pub fn azure(azure: &Azure, root: &FilePath) -> Result<Self, OpenError> {
        net::install_crypto();
        let mut builder = MicrosoftAzureBuilder::new()
            .with_account(&azure.account)
            .with_container_name(&azure.container)
            .with_client_options(client(azure.endpoint.as_deref()))
            .with_retry(retry());
        if let Some(endpoint) = &azure.endpoint {
            builder = builder.with_endpoint(endpoint.clone());
        }
        if let Some(key) = &azure.access_key {
            builder = builder.with_access_key(key.reveal(root)?.expose());
        }
        Ok(Self { store: Box::new(builder.build()?), prefix: azure.prefix.clone() })
    }

    fn place(&self, verb: &'static str, path: &str) -> Result<Path, Error> {
        let whole = self.prefix.as_ref().map_or_else(|| path.to_owned(), |prefix| format!("{prefix}/{path}"));
        Path::parse(whole).map_err(|error| Error {
            verb,
            path: path.to_owned(),
            kind: StoreFault::Other,
            why: error.to_string(),
        })
    }

    async fn find(&self, place: &Path) -> Result<StoredFile, object_store::Error> {
        let result = self.store.get(place).await?;
        let version = Version { tag: result.meta.e_tag.clone(), number: result.meta.version.clone() };
        let modified = result.meta.last_modified;
        Ok(StoredFile { bytes: result.bytes().await?, version, modified })
    }
}

impl Store for Bucket {
    async fn read(&self, path: &str) -> Result<Option<StoredFile>, Error> {
        match self.find(&self.place("read", path)?).await {
            Ok(found) => Ok(Some(found)),
            Err(error @ object_store::Error::NotFound { .. }) => match failure("read", path, &error) {
                error if error.why.contains("Bucket") || error.why.contains("Container") => Err(error),
                _ => Ok(None),
            },
            Err(error) => Err(failure("read", path, &error)),
        }
    }

    async fn write(
        &self,
        path: &str,
        bytes: Bytes,
        headers: Headers,
        condition: &Condition,
    ) -> Result<Version, Error> {
        let mode = match condition {
            Condition::Any => PutMode::Overwrite,
            Condition::Absent => PutMode::Create,
            Condition::Is(version) => {
                let (e_tag, version) = (version.tag.clone(), version.number.clone());
                PutMode::Update(UpdateVersion { e_tag, version })
            }
        };
        let attributes = Attributes::from_iter([
            (Attribute::ContentType, headers.content_type),
            (Attribute::CacheControl, headers.cache_control),
        ]);
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        let place = self.place("write", path)?;
        let put = self.store.put_opts(&place, PutPayload::from(bytes), options).await;
        let put = put.map_err(|error| failure("write", path, &error))?;
        Ok(Version { tag: put.e_tag, number: put.version })
    }

    async fn list(&self) -> Result<BTreeMap<String, Listed>, Error> {
        let below = self.prefix.as_ref().map(|prefix| Path::from(prefix.as_str()));
        let fail = |error| failure("list", self.prefix.as_deref().unwrap_or("/"), &error);
        let found: Vec<ObjectMeta> = self.store.list(below.as_ref()).try_collect().await.map_err(fail)?;
        let start = self.prefix.as_ref().map_or(0, |prefix| prefix.len() + 1);
        let listed = |meta: ObjectMeta| {
            let path = meta.location.as_ref().get(start..)?.to_owned();
            Some((path, Listed { length: meta.size, hash: None }))
        };
        Ok(found.into_iter().filter_map(listed).collect())
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        match self.store.delete(&self.place("delete", path)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failure("delete", path, &error)),
        }
    }
}

fn client(endpoint: Option<&str>) -> ClientOptions {
    let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    ClientOptions::new()
        .with_allow_http(plain)
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(60))
}

/// A place that is busy for a moment is waited for; one that is away is the operator's to know of, soon.
fn retry() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(200),
        max_backoff: Duration::from_secs(4),
        ..BackoffConfig::default()
    };
    RetryConfig { backoff, max_retries: 3, retry_timeout: Duration::from_secs(60) }
}

fn failure(verb: &'static str, path: &str, error: &object_store::Error) -> Error {
    let why = plain(error);
    let kind = match error {
        // The last is Azure's, below the code of a wrong key.
        _ if ["RequestTimeTooSkewed", "RequestExpired", "date header too old"]
            .iter()
            .any(|code| why.contains(code)) =>
        {
            StoreFault::Clock
        }
        object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => {
            StoreFault::Conflict
        }
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            StoreFault::Denied
        }
        object_store::Error::NotFound { .. } => StoreFault::NoPlace,
        _ if ["ExpiredToken", "InvalidToken", "TokenRefreshRequired"]
            .iter()
            .any(|code| why.contains(code)) =>
        {
            StoreFault::Denied
        }
        _ if is_unreachable(error) => StoreFault::Unreachable,
        _ => StoreFault::Other,
    };
    Error { verb, path: path.to_owned(), kind, why }
}

fn is_unreachable(error: &object_store::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return http.kind() != HttpErrorKind::Decode;
        }
        cause = error.source();
    }
    false
}

/// What went wrong in few words: the code and message of an answer in XML or JSON, or else the innermost cause.
fn plain(error: &object_store::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    let mut said = String::new();
    loop {
        let text = innermost.to_string();
        if said.is_empty() && (text.contains("<Code>") || text.contains("status code")) {
            said = text;
        }
        let Some(cause) = innermost.source() else { break };
        innermost = cause;
    }
    let between = |open: &str, close: &str| {
        let rest = said.split_once(open)?.1;
        rest.split_once(close).map(|(text, _)| text.trim().to_owned())
    };
    match (between("<Code>", "</Code>"), between("<Message>", "</Message>")) {
        (Some(code), Some(message)) => format!("{code}: {}", first_line(&message)),
        (Some(code), None) => code,
        _ if said.is_empty() => first_line(&innermost.to_string()),
        _ => {
            let status = said.split_once("status code: ").map_or(said.as_str(), |(_, rest)| rest);
            format!("the response was {}", first_line(status))
        }
    }
}

/// What a place says may be long, and a page of HTML.
fn first_line(text: &str) -> String {
    const CHARACTERS_MAX: usize = 200;
    let line = text.lines().next().unwrap_or_default();
    short_line(line, CHARACTERS_MAX)
}
