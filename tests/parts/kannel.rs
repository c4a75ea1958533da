//! A private Kannel: bearerbox, smsbox, and the fake SMS centre that comes with it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::part::{Part, free_port, wait_for, wait_for_port};

pub(crate) struct Kannel {
    folder: TempDir,
    port: u16,
    /// Ended in this order, each before what it is connected to.
    _parts: Vec<Part>,
}

impl Kannel {
    /// One that is connected to an SMPP centre at that port, or else to a fake one, which delivers everything.
    pub(crate) fn start(centre: Option<u16>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let [admin, boxes, fake, port] = [(); 4].map(|()| free_port());
        fs::write(at.join("gateway-password"), "s3cret\n").unwrap();
        fs::write(at.join("wrong-password"), "hunter2\n").unwrap();
        let config = at.join("kannel.conf");
        let line = match centre {
            Some(centre) => format!(
                "smsc = smpp\nport = {centre}\ntransceiver-mode = true\nsmsc-username = allclear\n\
                 smsc-password = s3cret\nsystem-type = \"\""
            ),
            None => format!("smsc = fake\nport = {fake}\nconnect-allow-ip = 127.0.0.1"),
        };
        fs::write(&config, configuration(at, &line, [admin, boxes, port])).unwrap();
        let config = config.to_str().unwrap();
        let bearerbox = Part::start(at, "bearerbox", &["-v", "4", config]);
        wait_for_port(boxes);
        let smsbox = Part::start(at, "smsbox", &["-v", "4", config]);
        wait_for_port(port);
        let mut parts = vec![smsbox, bearerbox];
        if centre.is_none() {
            wait_for_port(fake);
            // With no message of its own to send it only receives.
            let arguments = ["-H", "127.0.0.1", "-r", &fake.to_string(), "-m", "0"];
            parts.insert(0, Part::start(at, "fakesmsc", &arguments));
        }
        let kannel = Self { folder, port, _parts: parts };
        kannel.wait_until_online(&format!("http://127.0.0.1:{admin}/status.txt?password=st"));
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

/// `line` says how it is connected to its centre.
fn configuration(at: &Path, line: &str, [admin, boxes, port]: [u16; 3]) -> String {
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
smsc-id = centre
host = 127.0.0.1
{line}

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
