//! The fake's HTTP server, in a thread and an async runtime of its own.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, header};
use tokio::sync::oneshot;

use super::super::ports::free_port;
use super::{Request, Service, lock};

/// Serves until it is dropped; then every connection breaks.
#[derive(Debug)]
pub struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn on_free_port(service: &Arc<Mutex<Service>>) -> (Self, u16) {
        loop {
            let port = free_port();
            if let Ok(server) = Self::on_port(service, port) {
                return (server, port);
            }
        }
    }

    pub fn on_port(service: &Arc<Mutex<Service>>, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let router = Router::new().fallback(answer).with_state(Arc::clone(service));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("fake-cloudtrail".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an async runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener of this process");
                tokio::select! {
                    served = axum::serve(listener, router) => served.expect("serving ends only by `stop`"),
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dropping the sender is the signal; the runtime goes with the thread, and the connections with the runtime.
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn answer(State(service): State<Arc<Mutex<Service>>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request = Request {
        target: header("x-amz-target"),
        authorization: header("authorization"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reply = lock(&service).answer(&request);
    tokio::time::sleep(reply.delay).await;
    Response::builder()
        .status(reply.status)
        .header(header::CONTENT_TYPE, reply.content_type)
        .body(Body::from(reply.body))
        .expect("the fake's own headers are valid")
}
