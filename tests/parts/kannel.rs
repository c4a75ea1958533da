//! A private Kannel: bearerbox, smsbox, and the fake SMS centre that comes with it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::part::{Part, free_port, wait_for, wait_for_port};

pub(crate) struct Kannel {
    folder: TempDir,
    port: u16,
    /// Ended in this order, each before what it is connected to.
    _parts: [Part; 3],
}

impl Kannel {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let [admin, boxes, centre, port] = [(); 4].map(|()| free_port());
        fs::write(at.join("gateway-password"), "s3cret\n").unwrap();
        fs::write(at.join("wrong-password"), "hunter2\n").unwrap();
        let config = at.join("kannel.conf");
        fs::write(&config, configuration(at, [admin, boxes, centre, port])).unwrap();
        let config = config.to_str().unwrap();
        let bearerbox = Part::start(at, "bearerbox", &["-v", "4", config]);
        wait_for_port(boxes);
        wait_for_port(centre);
        let smsbox = Part::start(at, "smsbox", &["-v", "4", config]);
        wait_for_port(port);
        // With no message of its own to send it only receives.
        let fakesmsc =
            Part::start(at, "fakesmsc", &["-H", "127.0.0.1", "-r", &centre.to_string(), "-m", "0"]);
        let kannel = Self { folder, port, _parts: [fakesmsc, smsbox, bearerbox] };
        let status = format!("http://127.0.0.1:{admin}/status.txt?password=st");
        kannel.wait_until_online(&status);
        kannel
    }

    /// Waits until both the smsbox and the centre are connected to the bearerbox.
    fn wait_until_online(&self, status: &str) {
        let client = allclear::net::Client::new(allclear::net::Limits {
            connect: std::time::Duration::from_secs(1),
            answer: std::time::Duration::from_secs(1),
        })
        .unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let online = wait_for(|| {
            let answer = runtime.block_on(client.get(status, &[], chrono::DateTime::UNIX_EPOCH)).ok()?;
            (answer.body.contains("smsbox:") && answer.body.contains("(online")).then_some(())
        });
        assert!(online.is_some(), "Kannel did not come up");
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The text part of a plan that uses it.
    pub(crate) fn plan(&self) -> String {
        format!(
            "[text]\nsender = '13013'\nproviders = ['gateway']\n\
             [providers.gateway]\nkind = 'kannel'\nurl = 'http://127.0.0.1:{}/cgi-bin/sendsms'\n\
             user = 'allclear'\npassword = {{ file = '{}/gateway-password' }}\n",
            self.port,
            self.folder().display()
        )
    }

    /// Number and words of every text the centre got, once there are as many; fewer after a while.
    pub(crate) fn received(&self, count: usize) -> Vec<(String, String)> {
        let read = || -> Vec<(String, String)> {
            let said = fs::read(self.folder().join("fakesmsc.out")).unwrap();
            String::from_utf8_lossy(&said).lines().filter_map(received).collect()
        };
        wait_for(|| Some(read()).filter(|texts| texts.len() >= count)).unwrap_or_else(read)
    }
}

/// Reads `… Got message 1: <13013 +34600000001 text words>`; UCS-2 comes as bytes in URL encoding.
fn received(line: &str) -> Option<(String, String)> {
    let message = line.split_once("Got message ")?.1.split_once(": <")?.1.strip_suffix('>')?;
    let mut words = message.splitn(4, ' ');
    let (_sender, receiver, kind, text) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let text = match kind {
        "text" => text.to_owned(),
        "ucs-2" => {
            let bytes = url_decoded(text);
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).unwrap()
        }
        other => panic!("a message of kind {other}: {line}"),
    };
    Some((receiver.to_owned(), text))
}

fn url_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    bytes
}

fn configuration(at: &Path, [admin, boxes, centre, port]: [u16; 4]) -> String {
    let at = at.display();
    format!(
        "group = core
admin-port = {admin}
admin-interface = \"127.0.0.1\"
smsbox-port = {boxes}
smsbox-interface = \"127.0.0.1\"
admin-password = adm
status-password = st
box-allow-ip = \"127.0.0.1\"
box-deny-ip = \"*.*.*.*\"
log-file = \"{at}/bearerbox.log\"
log-level = 1
store-type = file
store-location = \"{at}/store\"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {port}
sendsms-interface = \"127.0.0.1\"
global-sender = 13013
log-file = \"{at}/smsbox.log\"
log-level = 1

group = sendsms-user
username = allclear
password = s3cret
concatenation = true
max-messages = 6
"
    )
}
