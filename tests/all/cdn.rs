//! Purges at caches that we did not write: Varnish with the configuration of `docs/varnish.vcl`, and a CloudFront that
//! checks every signature.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use allclear::config::parse_targets;
use allclear::config::target::Cdn;
use allclear::net::{Client, Timeouts};
use allclear::purge::{Error, Purge, Purged, Waits, purge};

use crate::fixtures::edge::{Cache, Origin};
use crate::fixtures::part::{Part, wait_for, wait_for_port};
use crate::fixtures::port::free_port;

const HOST: &str = "status.acme.test";
const QUICK: Waits = Waits { first: Duration::from_millis(10), most: Duration::from_secs(1) };

fn ask(cdn: &Cdn, paths: &[&str], reference: &str, root: &Path) -> Result<Purged, Error> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let limits = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(10) };
    let order = Purge { url: "https://status.acme.test", paths: &paths, reference };
    runtime.block_on(async {
        let client = Client::new(limits).unwrap();
        purge(cdn, &order, root, &client, QUICK, &chrono::Utc::now).await
    })
}

/// A CDN from the table of a target.
fn cdn(table: &str) -> Cdn {
    let target = "name = 'a'\nkind = 'folder'\npath = 'x'\nurl = 'https://status.acme.test'";
    let text = format!("[[targets]]\n{target}\n[targets.cdn]\n{table}\n");
    parse_targets(&text).unwrap().remove(0).cdn.unwrap()
}

fn varnish(servers: &[String]) -> Cdn {
    cdn(&format!("kind = 'varnish'\nservers = {servers:?}"))
}

/// A page in a folder, an origin over it, and a cache in front.
fn page() -> (tempfile::TempDir, Origin, Cache) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "first");
    let origin = Origin::start(folder.path());
    let cache = Cache::start(origin.port);
    (folder, origin, cache)
}

/// Every file says the same word.
fn write(folder: &Path, word: &str) {
    for file in ["index.html", "es/index.html", "feed.atom", "a.b+c(1)/index.html", "_allclear/build.json"] {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, word).unwrap();
    }
}

fn shown(cache: &Cache, path: &str) -> (u16, String) {
    let (status, _, body) = cache.get(path, HOST);
    (status, body)
}

#[test]
fn varnish_shows_what_changed_at_once_and_keeps_the_rest() {
    let (folder, _origin, cache) = page();
    let cdn = varnish(&[cache.url()]);
    let all = ["/", "/index.html", "/es/", "/feed.atom"];
    for path in all {
        assert_eq!(cache.get(path, HOST), (200, "MISS".to_owned(), "first".to_owned()), "{path}");
        assert_eq!(cache.get(path, HOST), (200, "HIT".to_owned(), "first".to_owned()), "{path}");
    }
    write(folder.path(), "second");
    assert_eq!(shown(&cache, "/"), (200, "first".to_owned()), "nobody told it");

    let purged = ask(&cdn, &["index.html", "feed.atom"], "1", Path::new(".")).unwrap();
    assert_eq!(purged, Purged::Urls(3));
    for path in ["/", "/index.html", "/feed.atom"] {
        assert_eq!(shown(&cache, path), (200, "second".to_owned()), "{path}");
    }
    assert_eq!(shown(&cache, "/es/"), (200, "first".to_owned()), "it was not named, so it stays");
    assert_eq!(cache.get("/", "other.test").2, "second", "another host is another page");
}

#[test]
fn beyond_the_limit_varnish_forgets_everything_of_the_page_and_nothing_else() {
    let (folder, _origin, cache) = page();
    let odd = "/a.b+c(1)/";
    for (path, host) in [("/", HOST), (odd, HOST), ("/", "other.test")] {
        assert_eq!(cache.get(path, host).2, "first");
    }
    write(folder.path(), "second");
    let many: Vec<String> = (0..201).map(|number| format!("incidents/{number}.json")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let cdn = varnish(&[cache.url()]);
    assert_eq!(ask(&cdn, &many, "1", Path::new(".")).unwrap(), Purged::Everything);
    assert_eq!((shown(&cache, "/").1.as_str(), shown(&cache, odd).1.as_str()), ("second", "second"));
    assert_eq!(cache.get("/", "other.test").2, "first");

    // A path with signs of a pattern is taken literally.
    write(folder.path(), "third");
    assert!(cache.ask("BAN", odd, HOST).starts_with("HTTP/1.1 200"));
    assert_eq!((shown(&cache, "/").1.as_str(), shown(&cache, odd).1.as_str()), ("second", "third"));
}

#[test]
fn varnish_shows_the_old_page_while_the_origin_is_dead_even_after_a_purge() {
    let (folder, mut origin, cache) = page();
    assert_eq!(shown(&cache, "/").1, "first");
    write(folder.path(), "second");
    let cdn = varnish(&[cache.url()]);
    ask(&cdn, &["index.html"], "1", Path::new(".")).unwrap();
    origin.die();
    // At once, while Varnish still takes the origin for healthy, and later, when it knows better.
    let noticed = wait_for(|| {
        assert_eq!(shown(&cache, "/"), (200, "first".to_owned()));
        cache.misses_the_origin().then_some(())
    });
    assert!(noticed.is_some(), "Varnish never noticed");
    assert_eq!(shown(&cache, "/"), (200, "first".to_owned()));
    let unknown = cache.ask("GET", "/es/", HOST);
    assert!(unknown.starts_with("HTTP/1.1 503") && unknown.contains("Retry-After: 30"), "{unknown}");
    origin.revive();
    let back = wait_for(|| (shown(&cache, "/").1 == "second").then_some(()));
    assert!(back.is_some(), "the origin is back and nobody sees it");
}

#[test]
fn a_crowd_of_readers_costs_the_origin_one_request_for_each_file() {
    const READERS: usize = 16;
    const VISITS: usize = 40;
    /// How long a cache may answer by itself, in seconds: `s-maxage`.
    const FRESH: u64 = 30;
    let (_folder, origin, cache) = page();
    let paths = ["/", "/es/", "/feed.atom"];
    let before = paths.map(|path| origin.asked(path));
    let began = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                for path in paths.iter().cycle().take(VISITS * paths.len()) {
                    assert_eq!(shown(&cache, path), (200, "first".to_owned()), "{path}");
                }
            });
        }
    });
    let once = usize::try_from(1 + began.elapsed().as_secs() / FRESH).unwrap();
    for (path, before) in paths.iter().zip(before) {
        let asked = origin.asked(path) - before;
        assert!((1..=once).contains(&asked), "{path} was asked for {asked} times by {READERS} readers");
    }
}

#[test]
fn a_cache_that_does_not_know_us_is_an_error() {
    let (_folder, origin, cache) = page();
    // nginx knows no PURGE.
    let cdn = varnish(&[origin.url(), cache.url()]);
    let error = ask(&cdn, &["index.html"], "1", Path::new(".")).unwrap_err();
    assert_eq!(error.to_string(), "failed to purge at Varnish: it answered 405");
}

/// A CloudFront that checks signatures, with an account and a distribution.
struct CloudFront {
    port: u16,
    root: tempfile::TempDir,
    distribution: String,
    _moto: Part,
}

/// Makes a user who may invalidate, and a distribution, while the first calls are free; then prints
/// `key secret distribution`.
const ACCOUNT: &str = r#"
import json, sys, boto3
at = dict(endpoint_url=sys.argv[1], region_name="us-east-1")
iam = boto3.client("iam", aws_access_key_id="x", aws_secret_access_key="x", **at)
iam.create_user(UserName="page")
key = iam.create_access_key(UserName="page")["AccessKey"]
allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cloudfront:*", "Resource": "*"}]}
iam.put_user_policy(UserName="page", PolicyName="page", PolicyDocument=json.dumps(allow))
own = dict(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], **at)
origin = {"Id": "o", "DomainName": "o.test", "CustomOriginConfig":
          {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
made = boto3.client("cloudfront", **own).create_distribution(DistributionConfig={
    "CallerReference": "1", "Comment": "", "Enabled": True, "Origins": {"Quantity": 1, "Items": [origin]},
    "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "MinTTL": 0,
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}})
print(key["AccessKeyId"], key["SecretAccessKey"], made["Distribution"]["Id"])
"#;

/// What was invalidated, as Amazon's own library reads it back; moto refuses that unless it looks away.
const LISTED: &str = r#"
import sys, urllib.request, boto3
_, at, key, secret, distribution = sys.argv
free = lambda calls: urllib.request.urlopen(
    urllib.request.Request(at + "/moto-api/reset-auth", calls, {"Content-Type": "text/plain"}))
free(b"1000")
client = boto3.client("cloudfront", endpoint_url=at, region_name="us-east-1",
                      aws_access_key_id=key, aws_secret_access_key=secret)
for item in client.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", []):
    batch = client.get_invalidation(DistributionId=distribution, Id=item["Id"])["Invalidation"]["InvalidationBatch"]
    print(batch["CallerReference"], *sorted(batch["Paths"]["Items"]))
free(b"0")
"#;

impl CloudFront {
    fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let port = free_port();
        // moto checks signatures after this number of calls.
        let moto = format!(
            "INITIAL_NO_AUTH_ACTION_COUNT=3 exec {} -m moto.server -H 127.0.0.1 -p {port}",
            venv("python").display()
        );
        let moto = Part::start(root.path(), "sh", &["-c", &moto]);
        wait_for_port(port);
        let made = python(ACCOUNT, &[&format!("http://127.0.0.1:{port}")]);
        let [key, secret, distribution] = made.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
        fs::write(root.path().join("key"), key).unwrap();
        fs::write(root.path().join("secret"), secret).unwrap();
        Self { port, distribution: distribution.to_owned(), _moto: moto, root }
    }

    fn cdn(&self) -> Cdn {
        cdn(&format!(
            "kind = 'cloudfront'\ndistribution = '{}'\nendpoint = 'http://127.0.0.1:{}'\naccess_key_id.file = 'key'\n\
             secret_access_key.file = 'secret'\nsession_token.env = 'ALLCLEAR_NOT_SET'",
            self.distribution, self.port
        ))
    }

    fn listed(&self) -> Vec<String> {
        let key = fs::read_to_string(self.root.path().join("key")).unwrap();
        let secret = fs::read_to_string(self.root.path().join("secret")).unwrap();
        let at = format!("http://127.0.0.1:{}", self.port);
        let mut lines: Vec<String> =
            python(LISTED, &[&at, &key, &secret, &self.distribution]).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

#[test]
fn cloudfront_takes_a_signed_invalidation_and_no_other() {
    let cloud = CloudFront::start();
    let root = cloud.root.path();
    let purged = ask(&cloud.cdn(), &["index.html", "café & co/x.png"], "build-1", root).unwrap();
    assert_eq!(purged, Purged::Urls(3));
    let many: Vec<String> = (0..31).map(|number| format!("incidents/{number}.json")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(ask(&cloud.cdn(), &many, "build-2", root).unwrap(), Purged::Everything);
    assert_eq!(
        cloud.listed(),
        ["build-1 / /caf%C3%A9%20&%20co/x.png /index.html", "build-2 /*"],
        "the names arrive as browsers ask for them"
    );

    let secret = fs::read_to_string(root.join("secret")).unwrap();
    fs::write(root.join("secret"), secret.to_uppercase()).unwrap();
    let error = ask(&cloud.cdn(), &["index.html"], "build-3", root).unwrap_err();
    let words = error.to_string();
    assert!(words.starts_with("failed to purge at CloudFront: it answered 403"), "{words}");
    assert!(words.contains("signature"), "{words}");
    assert!(!words.contains(&secret.to_uppercase()));
    fs::write(root.join("secret"), &secret).unwrap();
    assert_eq!(cloud.listed().len(), 2);
}

/// Runs Python with the parts that `tests/install` fetched, and gives what it printed.
fn python(script: &str, arguments: &[&str]) -> String {
    let output = Command::new(venv("python")).args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn venv(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/venv/bin").join(name);
    assert!(path.is_file(), "{} does not exist: run tests/install as root", path.display());
    path
}
