//! Asks a name server for the records of a name.
//!
//! Promises: every query ends within its time limit; only an answer of the queried server to that very query is accepted; a
//! name that does not exist has no records, which is not an error. Never reads a clock or the system's settings.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// Every server listens there, unless it is said otherwise.
const PORT: u16 = 53;

/// How often a question is sent: a datagram may get lost.
const TRIES: u32 = 2;

/// A name server that is asked.
#[derive(Clone, Copy, Debug)]
pub struct NameServer {
    /// The server's address and port.
    pub address: SocketAddr,
    /// How long one try may take.
    pub wait: Duration,
}

/// What is asked about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its addresses of version 4.
    A,
    /// Its addresses of version 6.
    Aaaa,
    /// The name servers of its zone.
    Ns,
    /// TXT records.
    Txt,
    /// Who takes its mail.
    Mx,
}

/// A record of an answer, and whose it is. Names are in lower case, without a dot at the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// The name it belongs to.
    pub owner: String,
    /// The record's data.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    /// Of an A or AAAA record.
    Address(IpAddr),
    /// The name is another one's.
    Alias(String),
    /// A name server of the zone.
    NameServer(String),
    /// A host that takes mail.
    MailHost(String),
    /// A text, its pieces put together.
    Text(String),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// It is not a name of a host.
    #[error("`{0}` cannot be looked up: it is not a host name")]
    NoName(String),
    /// Nobody answered in time.
    #[error("the DNS server {0} does not answer")]
    Silence(SocketAddr),
    /// It will not, or cannot.
    #[error("the DNS server {0} failed ({1})")]
    Refused(SocketAddr, String),
}

impl NameServer {
    /// The first server that the text of a `resolv.conf` names.
    pub fn of_system(text: &str, wait: Duration) -> Option<Self> {
        let server = |line: &str| {
            let mut words = line.split_whitespace();
            (words.next()? == "nameserver").then(|| words.next()).flatten()?.parse().ok()
        };
        let address: IpAddr = text.lines().find_map(server)?;
        Some(Self { address: SocketAddr::new(address, PORT), wait })
    }

    /// The records of a name, those of its aliases among them, sorted. `id` should not be guessable.
    ///
    /// # Errors
    ///
    /// Nobody answered, or the server could not tell.
    pub async fn ask(&self, name: &str, kind: Kind, id: u16) -> Result<Vec<Record>, DnsError> {
        let query = query(name, kind, id).ok_or_else(|| DnsError::NoName(name.to_owned()))?;
        for _ in 0..TRIES {
            let answered = tokio::time::timeout(self.wait, self.exchange(&query, id)).await;
            if let Ok(Ok(answer)) = answered
                && let Some(found) = self.read(&answer)
            {
                return found;
            }
        }
        Err(DnsError::Silence(self.address))
    }

    /// The answer to the question, by datagram, or by connection where it does not fit into one.
    async fn exchange(&self, query: &[u8], id: u16) -> std::io::Result<Vec<u8>> {
        let local: SocketAddr = match self.address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(local).await?;
        socket.connect(self.address).await?;
        socket.send(query).await?;
        let mut buffer = vec![0; 4_096];
        loop {
            let length = socket.recv(&mut buffer).await?;
            let answer = buffer.get(..length).unwrap_or_default();
            match Packet::parse(answer) {
                Ok(packet) if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) => {}
                Ok(packet) if packet.has_flags(PacketFlag::TRUNCATION) => break,
                _ if is_cut(answer, id) => break,
                Ok(_) => return Ok(answer.to_vec()),
                Err(_) => {}
            }
        }
        let mut stream = TcpStream::connect(self.address).await?;
        let length = u16::try_from(query.len()).unwrap_or(u16::MAX);
        stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
        let mut answer = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }

    /// What an answer says; `None` if it is none.
    fn read(&self, answer: &[u8]) -> Option<Result<Vec<Record>, DnsError>> {
        let packet = Packet::parse(answer).ok()?;
        match packet.rcode() {
            RCODE::NoError | RCODE::NameError => {}
            other => return Some(Err(DnsError::Refused(self.address, format!("{other:?}")))),
        }
        let record = |record: &simple_dns::ResourceRecord<'_>| {
            let data = data(&record.rdata)?;
            Some(Record { owner: plain(&record.name), data })
        };
        let mut records: Vec<Record> = packet.answers.iter().filter_map(record).collect();
        records.sort();
        records.dedup();
        Some(Ok(records))
    }
}

fn query(name: &str, kind: Kind, id: u16) -> Option<Vec<u8>> {
    let kind = match kind {
        Kind::A => TYPE::A,
        Kind::Aaaa => TYPE::AAAA,
        Kind::Ns => TYPE::NS,
        Kind::Txt => TYPE::TXT,
        Kind::Mx => TYPE::MX,
    };
    let name = Name::new(name.trim_end_matches('.')).ok()?;
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind), CLASS::IN.into(), false));
    packet.build_bytes_vec().ok()
}

/// Whether an answer to the question says that it was cut, even where what is left of it cannot be read.
fn is_cut(answer: &[u8], id: u16) -> bool {
    matches!(answer, [high, low, flags, ..] if [*high, *low] == id.to_be_bytes() && flags & 0x82 == 0x82)
}

fn data(data: &RData<'_>) -> Option<Data> {
    Some(match data {
        RData::A(a) => Data::Address(Ipv4Addr::from_bits(a.address).into()),
        RData::AAAA(aaaa) => Data::Address(Ipv6Addr::from_bits(aaaa.address).into()),
        RData::CNAME(alias) => Data::Alias(plain(&alias.0)),
        RData::NS(server) => Data::NameServer(plain(&server.0)),
        RData::MX(host) => Data::MailHost(plain(&host.exchange)),
        RData::TXT(text) => Data::Text(String::try_from(text.clone()).ok()?),
        _ => return None,
    })
}

fn plain(name: &Name<'_>) -> String {
    name.to_string().trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_system_s_first_server_is_taken() {
        let wait = Duration::from_secs(1);
        let text = "# made by hand\nsearch acme.test\nnameserver 10.0.0.53\nnameserver 10.0.0.54\n";
        let server = NameServer::of_system(text, wait).unwrap();
        assert_eq!(server.address, "10.0.0.53:53".parse().unwrap());
        for none in ["", "nameserver", "nameserver ns.acme.test", "#nameserver 10.0.0.1"] {
            assert!(NameServer::of_system(none, wait).is_none(), "{none:?}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_silent_is_said_so() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = NameServer { address: socket.local_addr().unwrap(), wait: Duration::from_millis(20) };
        let silence = server.ask("acme.test", Kind::A, 7).await;
        assert_eq!(silence, Err(DnsError::Silence(server.address)));
        let nonsense = server.ask(&"a".repeat(64), Kind::A, 7).await;
        assert!(matches!(nonsense, Err(DnsError::NoName(_))), "{nonsense:?}");
    }

    #[tokio::test]
    async fn an_answer_to_another_question_is_not_heard() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = NameServer { address: socket.local_addr().unwrap(), wait: Duration::from_millis(500) };
        let forged = tokio::spawn(async move {
            let mut buffer = [0; 512];
            let (_, asker) = socket.recv_from(&mut buffer).await.unwrap();
            let mut reply = Packet::new_reply(8);
            for (id, address) in [(8, 1), (7, 2)] {
                reply.set_id(id);
                let name = Name::new_unchecked("acme.test");
                let data = RData::A(simple_dns::rdata::A { address });
                reply.answers = vec![simple_dns::ResourceRecord::new(name, CLASS::IN, 60, data)];
                socket.send_to(&reply.build_bytes_vec().unwrap(), asker).await.unwrap();
            }
        });
        let found = server.ask("acme.test", Kind::A, 7).await.unwrap();
        assert_eq!(found[0].data, Data::Address("0.0.0.2".parse().unwrap()));
        forged.await.unwrap();
    }

    proptest! {
        #[test]
        fn whatever_comes_back_is_read_or_left(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let server = NameServer { address: (Ipv4Addr::LOCALHOST, 53).into(), wait: Duration::ZERO };
            let _read = server.read(&bytes);
            let _cut = is_cut(&bytes, 7);
        }
    }
}
