//! Errors of the network and of credentials: the message names the host, and is one line.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use offhours::coverage::TimeRange;
use offhours::source::{Batch, RateLimits, Reading, Session, Urgency};

use crate::rig::{AwsCaller, free_port};
use crate::{ACCOUNT, REGION, now, spec};

/// Starts a server on loopback that handles each connection like this, until the process ends.
fn server(handle: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().flatten().for_each(handle));
    address
}

/// A proxy that answers every request with an HTML page.
fn page_server(status: &'static str) -> String {
    page_server_for(status, false)
}

/// The same for every request, or for every request after those to STS, which it answers.
fn page_server_for(status: &'static str, is_after_sts: bool) -> String {
    server(move |mut connection| {
        if read_request(&mut connection).contains("Action=GetCallerIdentity") && is_after_sts {
            return answer(&mut connection, "200 OK", "text/xml", CALLER);
        }
        let page = "<html><body>Blocked by policy 17. Contact the network team.</body></html>";
        answer(&mut connection, status, "text/html", page);
    })
}

/// The answer of STS to GetCallerIdentity.
const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::111122223333:user/rig</Arn><UserId>RIG</UserId><Account>111122223333</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

fn answer(connection: &mut TcpStream, status: &str, content_type: &str, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n");
    connection.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).ok();
}

/// Reads a request with its body.
fn read_request(connection: &mut TcpStream) -> String {
    let mut request = String::new();
    let mut piece = [0; 65_536];
    loop {
        let length = connection.read(&mut piece).unwrap_or_default();
        request += &String::from_utf8_lossy(&piece[..length]);
        let (head, body) = request.split_once("\r\n\r\n").unwrap_or((&request, ""));
        let expected = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if length == 0 || body.len() >= expected.unwrap_or(0_usize) {
            return request;
        }
    }
}

/// Longer than a busy machine needs to answer.
const PATIENCE: Duration = Duration::from_secs(60);

async fn config(endpoint: &str, timeout: Duration) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(timeout).build();
    let caller = AwsCaller::new(endpoint, ACCOUNT, REGION);
    caller.config().await.to_builder().timeout_config(timeouts).build()
}

/// The message about a session that cannot be opened at this endpoint.
async fn message_at(endpoint: &str) -> String {
    message_within(endpoint, PATIENCE).await
}

/// The same with another timeout.
async fn message_within(endpoint: &str, timeout: Duration) -> String {
    let error = Session::open(&config(endpoint, timeout).await, &spec(None)).await.unwrap_err();
    assert_eq!((error.reason().as_str(), error.is_transient()), ("Unreachable", true), "{error}");
    error.to_string()
}

fn unreachable(what: &str) -> String {
    format!("cannot reach AWS for sts:GetCallerIdentity in {REGION}: {what}")
}

#[tokio::test]
async fn a_page_of_a_proxy_is_distinguished_from_an_answer_of_aws() {
    for (status, code) in [("502 Bad Gateway", 502), ("403 Forbidden", 403), ("200 OK", 200), ("407 Proxy", 407)] {
        let host = page_server(status);
        let expected =
            format!("the HTTP {code} response from {host} is not from AWS; check the proxy and AWS_ENDPOINT_URL");
        assert_eq!(message_at(&format!("http://{host}")).await, unreachable(&expected));
    }
}

#[tokio::test]
async fn a_page_in_place_of_the_event_history_is_distinguished_from_an_answer_of_cloudtrail() {
    for (status, code) in [("503 Service Unavailable", 503), ("403 Forbidden", 403), ("200 OK", 200)] {
        let host = page_server_for(status, true);
        let session = Session::open(&config(&format!("http://{host}"), PATIENCE).await, &spec(None)).await.unwrap();
        let mut reading = Reading::new(TimeRange::new(now(), now()));
        let history = session.history(REGION, &RateLimits::new(1_000.0));
        let error = reading.read_page(&history, Urgency::Poll, &mut Batch::default()).await.unwrap_err();
        let expected = format!(
            "cannot reach AWS for cloudtrail:LookupEvents in {REGION}: the HTTP {code} response from {host} is not from AWS; \
             check the proxy and AWS_ENDPOINT_URL"
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_refused_connection_names_the_host() {
    let host = format!("127.0.0.1:{}", free_port());
    let expected = format!(
        "no connection to {host}: connection refused; check firewalls, network policies, the proxy and AWS_ENDPOINT_URL"
    );
    assert_eq!(message_at(&format!("http://{host}")).await, unreachable(&expected));
}

#[tokio::test]
async fn a_server_that_hangs_up_names_the_host() {
    let host = server(|mut connection| drop(read_request(&mut connection)));
    let expected = format!(
        "{host} closed the connection without an answer; check firewalls, network policies, the proxy and AWS_ENDPOINT_URL"
    );
    assert_eq!(message_at(&format!("http://{host}")).await, unreachable(&expected));
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_middle_of_its_answer_is_not_taken_for_a_proxy() {
    let host = server(|mut connection| {
        read_request(&mut connection);
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<GetCallerId").ok();
    });
    assert!(message_at(&format!("http://{host}")).await.contains("closed the connection"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_names_the_host() {
    let (keep, kept) = std::sync::mpsc::channel();
    let host = server(move |connection| keep.send(connection).unwrap());
    let expected =
        format!("no answer from {host} in time; check firewalls, network policies, the proxy and AWS_ENDPOINT_URL");
    let message = message_within(&format!("http://{host}"), Duration::from_millis(500)).await;
    assert_eq!(message, unreachable(&expected));
    drop(kept);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_names_the_host() {
    // Too long for DNS, so that no server is queried.
    let host = format!("sts.{}.amazonaws.com", "x".repeat(64));
    let expected =
        format!("the name {host} cannot be resolved; check that the Region exists, and the DNS of the network");
    assert_eq!(message_at(&format!("http://{host}")).await, unreachable(&expected));
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_names_the_host() {
    let host = tls_server();
    let expected = format!(
        "no TLS connection to {host}: invalid peer certificate: UnknownIssuer; check the proxy and AWS_ENDPOINT_URL, and \
         trust the certificate authority of a proxy that intercepts TLS"
    );
    assert_eq!(message_at(&format!("https://{host}")).await, unreachable(&expected));
}

#[tokio::test]
async fn a_server_without_tls_names_the_host() {
    let host = page_server("400 Bad Request");
    let message = message_at(&format!("https://{host}")).await;
    assert!(message.contains(&format!("no TLS connection to {host}: ")), "{message}");
}

/// A server with a certificate that it signed itself.
fn tls_server() -> String {
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(signed.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let tls = Arc::new(tls);
    server(move |mut connection| {
        let mut session = rustls::ServerConnection::new(Arc::clone(&tls)).unwrap();
        session.complete_io(&mut connection).ok();
    })
}

/// The error of `scan --lookup` in an environment of these variables, from which the SDK takes its credentials.
fn lookup_error(variables: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_offhours"));
    let folder = crate::rig::RunFolder::new("lookup");
    let policy = folder.write(
        "policy.yaml",
        "{apiVersion: offhours.dev/v1alpha1, kind: EcrUploadPolicy, metadata: {name: any, namespace: any}}",
    );
    command
        .env_clear()
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied());
    let arguments = [Path::new("scan"), Path::new("--lookup"), Path::new("--policy"), &policy];
    crate::rig::Output::of(command.args(arguments)).expect_failure()
}

#[test]
fn credentials_that_cannot_be_loaded_say_why_in_a_line() {
    let agent = format!("http://127.0.0.1:{}/v1/credentials", free_port());
    for (variables, why) in [
        (
            vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*agent)],
            "no connection to the provider of credentials: connection refused",
        ),
        (
            vec![
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token"),
                ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/offhours"),
            ],
            "cannot read a file of the credentials, such as AWS_WEB_IDENTITY_TOKEN_FILE: No such file",
        ),
    ] {
        let message = lookup_error(&variables);
        println!("{message}");
        assert!(message.starts_with("error: cannot read the event history: cannot get AWS credentials ("), "{message}");
        assert!(message.contains(why) && message.lines().count() == 1 && message.len() < 500, "{message}");
    }
}
