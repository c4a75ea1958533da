//! How durable a commit is on a server: read when the ledger is opened, and shown by the commands.

use std::fmt;

use postgres::Client;

/// How long a commit waits on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SynchronousCommit {
    /// For nothing. The ledger's connection never stays so: plans and claims wait for the disk.
    Off,
    /// For the server's own disk.
    Local,
    /// For the standbys' memory as well.
    RemoteWrite,
    /// For the standbys' disks as well.
    On,
    /// Until the standbys can show it.
    RemoteApply,
    /// The server has no such setting; it keeps its own promises.
    Unknown,
}

/// How durable a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durability {
    /// What a commit waits for.
    pub commit: SynchronousCommit,
    /// Its `synchronous_standby_names`; empty when it waits for no standby.
    pub standbys: String,
    /// Whether it waits for its disk at all (`fsync`).
    pub fsync: bool,
    /// How many standbys follow it now, waited for or not.
    pub followers: u32,
    /// Whether it sums its pages and so notices a damaged one (`data_checksums`); a server without that setting looks
    /// after its pages in its own way.
    pub sums_pages: bool,
}

impl Durability {
    /// Whether what was confirmed survives the loss of the server.
    pub fn survives_the_server(&self) -> bool {
        use SynchronousCommit::{On, RemoteApply, RemoteWrite};
        self.fsync && !self.standbys.is_empty() && matches!(self.commit, On | RemoteApply | RemoteWrite)
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.fsync {
            f.write_str(
                "the ledger's server does not flush to disk (fsync is off): a power failure can lose the \
                 ledger",
            )
        } else if self.survives_the_server() && self.followers == 0 {
            write!(
                f,
                "the ledger's server requires a synchronous standby ({}), and none is connected: \
                 nothing is sent until one is",
                self.standbys
            )
        } else if self.survives_the_server() {
            write!(
                f,
                "the ledger is stored on the server's disk and on a synchronous standby ({})",
                self.standbys
            )
        } else if self.commit == SynchronousCommit::Unknown {
            f.write_str("cannot tell when the ledger's server confirms a commit")
        } else {
            let follow = match self.followers {
                0 => String::new(),
                1 => "one standby follows, and ".to_owned(),
                many => format!("{many} standbys follow, and "),
            };
            write!(
                f,
                "the ledger is stored on the server's disk; {follow}replication is asynchronous: after a \
                 failover, recent messages may be sent again"
            )
        }?;
        if self.sums_pages {
            return Ok(());
        }
        f.write_str("; data_checksums is off, so a corrupted page may go undetected")
    }
}

pub(super) fn read(client: &mut Client) -> Result<Durability, postgres::Error> {
    let mut setting = |name: &str| -> Result<Option<String>, postgres::Error> {
        client.query_one("SELECT current_setting($1, true)", &[&name])?.try_get(0)
    };
    let commit = match setting("synchronous_commit")?.as_deref() {
        Some("off") => SynchronousCommit::Off,
        Some("local") => SynchronousCommit::Local,
        Some("remote_write") => SynchronousCommit::RemoteWrite,
        Some("on") => SynchronousCommit::On,
        Some("remote_apply") => SynchronousCommit::RemoteApply,
        _ => SynchronousCommit::Unknown,
    };
    let standbys = setting("synchronous_standby_names")?.unwrap_or_default();
    let fsync = setting("fsync")?.is_none_or(|word| word == "on");
    let sums_pages = setting("data_checksums")?.is_none_or(|word| word == "on");
    // Not every server that speaks PostgreSQL has this table; one that has not says nothing of its standbys.
    let followers = client.query_one("SELECT COUNT(*) FROM pg_stat_replication", &[]);
    let followers = followers.and_then(|row| row.try_get::<_, i64>(0)).unwrap_or(0);
    let followers = u32::try_from(followers).unwrap_or(0);
    Ok(Durability { commit, standbys, fsync, followers, sums_pages })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_its_sentence() {
        let (commit, standbys) = (SynchronousCommit::On, String::new());
        let alone = Durability { commit, standbys, fsync: true, followers: 0, sums_pages: true };
        let pair = Durability { standbys: "FIRST 1 (b)".to_owned(), followers: 1, ..alone.clone() };
        let asynchronous = Durability { followers: 1, ..alone.clone() };
        let widowed = Durability { followers: 0, ..pair.clone() };
        let local = Durability { commit: SynchronousCommit::Local, ..pair.clone() };
        let careless = Durability { fsync: false, ..pair.clone() };
        assert!(pair.survives_the_server() && pair.to_string().contains("FIRST 1 (b)"));
        assert!(asynchronous.to_string().contains("one standby follows, and replication is asynchronous"));
        assert!(widowed.to_string().contains("and none is connected: nothing is sent"));
        for weaker in [alone, local] {
            assert!(!weaker.survives_the_server());
            assert!(weaker.to_string().contains("replication is asynchronous"));
        }
        assert!(careless.to_string().contains("fsync is off"));
        let unsummed = Durability { sums_pages: false, ..pair.clone() };
        assert!(unsummed.to_string().starts_with(&pair.to_string()), "the sentence goes on");
        assert!(unsummed.to_string().contains("data_checksums is off"));
        assert!(!pair.to_string().contains("data_checksums"));
    }
}
