//! Reports the state of the service to systemd: a datagram to the socket it names.
//!
//! Promises: does nothing without `NOTIFY_SOCKET`, and never fails the service if systemd does not answer.

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to the service manager, if there is one.
#[derive(Debug)]
pub(super) struct Systemd {
    listener: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Systemd {
    /// What the environment of the process says.
    pub(super) fn of_this_process() -> Self {
        let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        let is_for_us = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|_| is_for_us).map(Duration::from_micros);
        Self::at(std::env::var_os("NOTIFY_SOCKET"), watchdog)
    }

    fn at(socket: Option<OsString>, watchdog: Option<Duration>) -> Self {
        let listener = socket.and_then(|socket| {
            let address = match socket.as_bytes() {
                [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
                _ => SocketAddr::from_pathname(&socket),
            };
            Some((UnixDatagram::unbound().ok()?, address.ok()?))
        });
        Self { listener, watchdog }
    }

    /// How long to rest between two signs of life: a third of what systemd waits for.
    pub(super) fn sign_every(&self) -> Option<Duration> {
        self.watchdog.map(|watchdog| watchdog / 3)
    }

    /// Sends it a notification, such as `READY=1`.
    pub(super) fn notify(&self, lines: &str) {
        if let Some((socket, address)) = &self.listener {
            // A manager that does not listen has decided so.
            let _unheard = socket.send_to_addr(lines.as_bytes(), address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_heard_at_a_path_and_at_an_abstract_name_and_silence_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let abstract_name = format!("allclear-test-{}", std::process::id());
        let by_name = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let listeners = [
            (UnixDatagram::bind(&path).unwrap(), path.into_os_string()),
            (UnixDatagram::bind_addr(&by_name).unwrap(), format!("@{abstract_name}").into()),
        ];
        for (listener, socket) in listeners {
            let systemd = Systemd::at(Some(socket), Some(Duration::from_secs(30)));
            systemd.notify("READY=1");
            let mut heard = [0; 64];
            let length = listener.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], b"READY=1");
            assert_eq!(systemd.sign_every(), Some(Duration::from_secs(10)));
        }
        Systemd::at(None, None).notify("READY=1");
        Systemd::at(Some("/nowhere/at/all".into()), None).notify("READY=1");
    }
}
