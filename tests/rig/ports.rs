//! Free loopback ports.

use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the ephemeral ranges of Linux (32768) and macOS (49152): a port from those may become the local end of any
/// outgoing connection while the server that owns it is stopped for an outage test.
const FIRST: u32 = 18_000;
const COUNT: u32 = 12_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port of 127.0.0.1 on which no process listens, and which this process has not handed out recently.
///
/// Another process may take it before the caller does, so the start of a server is retried with a new port.
///
/// # Panics
/// When every port of the range is taken.
pub fn free_port() -> u16 {
    // Processes that run at the same time start far apart.
    let offset = process::id().wrapping_mul(2_654_435_761);
    for _ in 0..COUNT {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + offset.wrapping_add(next) % COUNT).expect("FIRST + COUNT fits a port");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port on 127.0.0.1 between {FIRST} and {}", FIRST + COUNT - 1);
}
