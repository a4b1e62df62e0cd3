//! All machines there, before LightGBM links them: its own linking ends the process, not the training, where one never comes.

use crate::{Code, Control, Error};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(50);
/// For a greeting, once connected.
const GREETING_MAX: Duration = Duration::from_secs(5);
const MAGIC: [u8; 8] = *b"plmeet01";
const GREETING_BYTES: usize = 8 + 4 + 8;
const GO: u8 = b'G';
const DIFFERS: u8 = b'D';

/// The first machine is host: the others greet it with their place and with what they were handed, and it lets all go at once.
pub(super) struct Meeting<'a> {
    pub addresses: &'a [SocketAddr],
    pub place: usize,
    pub handed: u64,
    pub wait: Duration,
}

impl Meeting<'_> {
    /// # Errors
    /// [`Code::Machines`], [`Code::Cancelled`].
    pub(super) fn hold(&self, control: &Control) -> Result<(), Error> {
        let end = Instant::now() + self.wait;
        if self.place == 0 {
            self.host(end, control)
        } else {
            self.visit(end, control)
        }
    }

    fn host(&self, end: Instant, control: &Control) -> Result<(), Error> {
        let port = self.addresses[0].port();
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
        let listener = listener.map_err(|cause| {
            let what = format!("port {port} cannot be listened on ({cause})");
            fault(what, "free it, or use another")
        })?;
        let mut guests: Vec<Option<TcpStream>> = self.addresses.iter().map(|_| None).collect();
        while guests[1..].iter().any(Option::is_none) {
            control.check()?;
            match listener.accept() {
                Ok((stream, _)) => self.admit(stream, &mut guests)?,
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
                Err(cause) => return Err(fault(format!("no connection ({cause})"), "try again")),
            }
            if Instant::now() > end {
                return Err(self.late(&guests));
            }
        }
        for guest in guests.iter_mut().flatten() {
            // A guest that has gone meanwhile is missed by LightGBM, which says so.
            let _ = guest.write_all(&[GO]);
            // Guests hang up first, so that the port is free at once.
            let _ = guest.read(&mut [0]);
        }
        Ok(())
    }

    /// Whoever is no machine of this training is ignored; a machine that comes again takes its own place.
    fn admit(&self, mut stream: TcpStream, guests: &mut [Option<TcpStream>]) -> Result<(), Error> {
        let Some((place, handed)) = read_greeting(&mut stream) else {
            return Ok(());
        };
        if place == 0 || place >= guests.len() {
            return Ok(());
        }
        if handed == self.handed {
            guests[place] = Some(stream);
            return Ok(());
        }
        for guest in guests.iter_mut().flatten().chain([&mut stream]) {
            let _ = guest.write_all(&[DIFFERS]);
        }
        Err(differs(&format!("machine {place}")))
    }

    fn visit(&self, end: Instant, control: &Control) -> Result<(), Error> {
        while Instant::now() < end {
            control.check()?;
            match self.greet(end) {
                Some(GO) => return Ok(()),
                Some(DIFFERS) => return Err(differs("another machine")),
                _ => std::thread::sleep(PAUSE),
            }
        }
        let what = format!(
            "{} did not let this machine in within {} s",
            self.addresses[0],
            self.wait.as_secs()
        );
        Err(fault(what, REMEDY))
    }

    /// What the host answered; nothing where it is not there yet.
    fn greet(&self, end: Instant) -> Option<u8> {
        let mut stream =
            TcpStream::connect_timeout(&self.addresses[0], Duration::from_secs(1)).ok()?;
        let mut greeting = Vec::with_capacity(GREETING_BYTES);
        greeting.extend(MAGIC);
        greeting.extend(u32::try_from(self.place).ok()?.to_le_bytes());
        greeting.extend(self.handed.to_le_bytes());
        stream.write_all(&greeting).ok()?;
        let left = end.saturating_duration_since(Instant::now());
        stream.set_read_timeout(Some(left.max(PAUSE))).ok()?;
        let mut answer = [0];
        stream.read_exact(&mut answer).ok()?;
        Some(answer[0])
    }

    fn late(&self, guests: &[Option<TcpStream>]) -> Error {
        let missing = (1..guests.len()).filter(|&place| guests[place].is_none());
        let names: Vec<String> = missing
            .map(|place| self.addresses[place].to_string())
            .collect();
        let what = format!(
            "{} did not come within {} s",
            names.join(", "),
            self.wait.as_secs()
        );
        fault(what, REMEDY)
    }
}

const REMEDY: &str = "start all machines, and let them reach each other on these ports";

fn read_greeting(stream: &mut TcpStream) -> Option<(usize, u64)> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(GREETING_MAX)).ok()?;
    let mut greeting = [0; GREETING_BYTES];
    stream.read_exact(&mut greeting).ok()?;
    let (magic, rest) = greeting.split_at(8);
    let (place, handed) = rest.split_at(4);
    let place = u32::from_le_bytes(place.try_into().ok()?) as usize;
    (magic == MAGIC).then_some((place, u64::from_le_bytes(handed.try_into().ok()?)))
}

fn differs(who: &str) -> Error {
    let what = format!("{who} was handed other data or parameters");
    fault(what, "give all machines the same")
}

fn fault(what: impl Into<String>, todo: &str) -> Error {
    Error::new(Code::Machines, "machines", what, todo)
}
