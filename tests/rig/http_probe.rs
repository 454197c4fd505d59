//! A request to a plain HTTP health endpoint, without a client library.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);

/// Whether `GET path` on a port of 127.0.0.1 answers 200.
///
/// # Errors
/// What happened instead, as text for a message.
pub fn get_is_ok(port: u16, path: &str) -> Result<(), String> {
    let status = status_line(port, path).map_err(|error| error.to_string())?;
    if status.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(status) }
}

fn status_line(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(16 * 1024).read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or("an empty answer").to_owned())
}
