//! A mail provider that writes down what it takes, and says so only when that is on its disk.
//!
//! What is in its log was accepted, whatever became of the sender; what is not was never accepted. Many connections
//! share one flush. With keys it is a provider that knows the Message-ID of what it took and takes nothing twice; like
//! the real ones that do that, it refuses the same key with other content.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

/// One mail the provider took.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Taken {
    /// The left side of its Message-ID.
    pub(crate) key: String,
    /// The recipient of the envelope.
    pub(crate) to: String,
    /// The subject.
    pub(crate) subject: String,
}

/// The provider.
pub(crate) struct Recorder {
    pub(crate) port: u16,
    log: PathBuf,
    taken: Arc<AtomicUsize>,
}

/// A line for the log, and whom to tell when it is on the disk.
type Entry = (String, mpsc::Sender<()>);

impl Recorder {
    /// Starts it; it stops with the process.
    pub(crate) fn start(log: PathBuf, honours_keys: bool) -> Self {
        let file = File::create_new(&log).unwrap();
        let (entries, queue) = mpsc::channel();
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        std::thread::spawn(move || write_down(file, &queue, &counter));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let keys = honours_keys.then(Arc::<Mutex<HashMap<String, String>>>::default);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (entries, keys) = (entries.clone(), keys.clone());
                // A sender that is killed hangs up in the middle.
                std::thread::spawn(move || drop(talk(&stream, &entries, keys.as_deref())));
            }
        });
        Self { port, log, taken }
    }

    /// How many mails are in the log.
    pub(crate) fn count(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// The log, oldest mail first.
    pub(crate) fn read(&self) -> Vec<Taken> {
        let log = fs::read_to_string(&self.log).unwrap();
        let field = |part: Option<&str>| part.unwrap().to_owned();
        log.lines()
            .map(|line| {
                let mut parts = line.splitn(3, ' ');
                Taken { key: field(parts.next()), to: field(parts.next()), subject: field(parts.next()) }
            })
            .collect()
    }
}

/// Writes entries as they come, as many as are there in one go, flushes once, and tells everybody.
fn write_down(mut file: File, queue: &mpsc::Receiver<Entry>, taken: &AtomicUsize) {
    while let Ok(first) = queue.recv() {
        let batch: Vec<Entry> = std::iter::once(first).chain(queue.try_iter()).collect();
        let lines: String = batch.iter().map(|(line, _)| line.as_str()).collect();
        file.write_all(lines.as_bytes()).unwrap();
        file.sync_data().unwrap();
        taken.fetch_add(batch.len(), Ordering::SeqCst);
        for (_, sender) in batch {
            // Its connection may be gone; what is taken is taken.
            let _told = sender.send(());
        }
    }
}

fn talk(
    stream: &TcpStream,
    entries: &mpsc::Sender<Entry>,
    keys: Option<&Mutex<HashMap<String, String>>>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut say = |words: &str| writer.write_all(format!("{words}\r\n").as_bytes());
    say("220 recorder.test ESMTP")?;
    let (mut line, mut to) = (String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or_default() {
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                say("250 2.1.5 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let Some(mail) = read_mail(&mut reader)? else { return Ok(()) };
                say(take(&to, &mail, entries, keys))?;
            }
            "QUIT" => return say("221 2.0.0 bye"),
            _ => say("250 2.0.0 ok")?,
        }
    }
}

/// A whole mail, or nothing where the sender hung up before the final dot.
fn read_mail(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<String>> {
    let mut mail = String::new();
    loop {
        let from = mail.len();
        if reader.read_line(&mut mail)? == 0 {
            return Ok(None);
        }
        if &mail[from..] == ".\r\n" {
            mail.truncate(from);
            return Ok(Some(mail));
        }
    }
}

/// Takes a mail into the log, and says what to answer.
fn take(
    to: &str,
    mail: &str,
    entries: &mpsc::Sender<Entry>,
    keys: Option<&Mutex<HashMap<String, String>>>,
) -> &'static str {
    let header = |name: &str| mail.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("-");
    let key = header("Message-ID: <").split('@').next().unwrap_or_default();
    if let Some(keys) = keys {
        let mut keys = keys.lock().unwrap();
        match keys.get(key) {
            Some(before) if before == mail => return "250 2.0.0 taken before",
            Some(_) => return "554 5.6.0 another mail had this Message-ID",
            None => keys.insert(key.to_owned(), mail.to_owned()),
        };
    }
    let (sender, written) = mpsc::channel();
    let entry = format!("{key} {to} {}\n", header("Subject: "));
    entries.send((entry, sender)).unwrap();
    written.recv().unwrap();
    "250 2.0.0 taken"
}
