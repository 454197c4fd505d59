//! The part of an API server that the writer needs: objects by path with resource versions, and faults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower_test::mock;

use crate::api::OffHoursUpload;

#[derive(Default)]
pub struct FakeApi(Mutex<State>);

#[derive(Default)]
struct State {
    version: u64,
    objects: BTreeMap<String, Value>,
    requests: Vec<String>,
    events: BTreeMap<String, Value>,
    hanging: BTreeSet<String>,
    refusing: BTreeSet<String>,
    failing_creates: usize,
}

const FINDINGS: &str = "/apis/offhours.dev/v1alpha1/namespaces/";

impl FakeApi {
    /// An API server without findings, and a client for it.
    pub fn start() -> (Arc<Self>, Client) {
        let fake = Arc::new(Self::default());
        let (service, mut handle) = mock::pair::<Request<Body>, Response<Body>>();
        let server = Arc::clone(&fake);
        tokio::spawn(async move {
            while let Some((request, respond)) = handle.next_request().await {
                let server = Arc::clone(&server);
                tokio::spawn(async move {
                    // Lets the requests of two writers take turns.
                    tokio::task::yield_now().await;
                    if let Some(response) = server.answer(request).await {
                        respond.send_response(response);
                    } else {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        (fake, Client::new(service, "default"))
    }

    /// From now on, no request to this namespace is answered.
    pub fn hang(&self, namespace: &str) {
        self.lock().hanging.insert(namespace.to_owned());
    }

    /// From now on, every write to this namespace is rejected.
    pub fn refuse(&self, namespace: &str) {
        self.lock().refusing.insert(namespace.to_owned());
    }

    /// From now on, writes to this namespace are accepted again.
    pub fn allow(&self, namespace: &str) {
        self.lock().refusing.remove(namespace);
    }

    /// Makes the next creations fail.
    pub fn fail_creates(&self, count: usize) {
        self.lock().failing_creates = count;
    }

    /// Adds a finding as another process would.
    pub fn put(&self, mut finding: OffHoursUpload) -> OffHoursUpload {
        let mut state = self.lock();
        state.version += 1;
        let namespace = finding.metadata.namespace.clone().unwrap();
        let path = format!("{FINDINGS}{namespace}/offhoursuploads/{}", finding.metadata.name.as_ref().unwrap());
        finding.metadata.resource_version = Some(state.version.to_string());
        finding.metadata.uid = Some(path.clone());
        finding.metadata.generation.get_or_insert(1);
        state.objects.insert(path, serde_json::to_value(&finding).unwrap());
        finding
    }

    /// All findings, by namespace and name.
    pub fn findings(&self) -> Vec<OffHoursUpload> {
        self.lock().objects.values().map(|object| serde_json::from_value(object.clone()).unwrap()).collect()
    }

    /// Triages a finding as a person does.
    pub fn triage(&self, name: &str, state: &str) {
        self.lock().triage(|path| path.ends_with(&format!("/{name}")), state);
    }

    /// Triages all findings.
    pub fn triage_all(&self, state: &str) {
        self.lock().triage(|_| true, state);
    }

    /// The Events about findings: reason, count and message.
    pub fn events(&self) -> Vec<(String, i64, String)> {
        let events = self.lock().events.clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let shown = |event: Value| (text(&event["reason"]), event["count"].as_i64().unwrap(), text(&event["message"]));
        let mut events: Vec<_> = events.into_values().map(shown).collect();
        events.sort();
        events
    }

    /// Takes the requests about findings since the last call, as `GET <namespace>/offhoursuploads/<name>`.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().requests)
    }

    async fn answer(&self, request: Request<Body>) -> Option<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body: Value = serde_json::from_slice(&body.collect_bytes().await.unwrap()).unwrap_or_default();
        let path = parts.uri.path();
        let mut state = self.lock();
        let Some(place) = path.strip_prefix(FINDINGS) else {
            assert_eq!(
                (&parts.method, parts.uri.query().unwrap()),
                (&Method::PATCH, "&force=true&fieldManager=offhours")
            );
            state.events.insert(path.to_owned(), body.clone());
            return Some(response(201, &body));
        };
        state.requests.push(format!("{} {place}", parts.method));
        let namespace = place.split('/').next().unwrap();
        if state.hanging.contains(namespace) {
            return None;
        }
        if parts.method != Method::GET && state.refusing.contains(namespace) {
            return Some(failure(403, "Forbidden"));
        }
        Some(match parts.method {
            Method::GET => match state.objects.get(path) {
                Some(object) => response(200, object),
                None => failure(404, "NotFound"),
            },
            Method::POST => state.create(path, body),
            Method::PUT => state.replace_status(path.strip_suffix("/status").unwrap(), &body),
            Method::DELETE => state.delete(path, &body["preconditions"]),
            _ => failure(405, "MethodNotAllowed"),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn triage(&mut self, is_meant: impl Fn(&str) -> bool, state: &str) {
        for (_, object) in self.objects.iter_mut().filter(|(path, _)| is_meant(path)) {
            self.version += 1;
            object["metadata"]["resourceVersion"] = json!(self.version.to_string());
            object["metadata"]["generation"] = json!(object["metadata"]["generation"].as_i64().unwrap() + 1);
            object["spec"]["triage"]["state"] = json!(state);
        }
    }

    fn create(&mut self, path: &str, mut object: Value) -> Response<Body> {
        if self.failing_creates > 0 {
            self.failing_creates -= 1;
            return failure(500, "InternalError");
        }
        let path = format!("{path}/{}", object["metadata"]["name"].as_str().unwrap());
        if self.objects.contains_key(&path) {
            return failure(409, "AlreadyExists");
        }
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        object["metadata"]["uid"] = json!(path);
        object["metadata"]["generation"] = json!(1);
        self.objects.insert(path, object.clone());
        response(201, &object)
    }

    fn replace_status(&mut self, path: &str, new: &Value) -> Response<Body> {
        let Some(object) = self.objects.get_mut(path) else { return failure(404, "NotFound") };
        if object["metadata"]["resourceVersion"] != new["metadata"]["resourceVersion"] {
            return failure(409, "Conflict");
        }
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        object["status"] = new["status"].clone();
        response(200, object)
    }

    fn delete(&mut self, path: &str, preconditions: &Value) -> Response<Body> {
        let Some(object) = self.objects.get(path) else { return failure(404, "NotFound") };
        for field in ["uid", "resourceVersion"] {
            if object["metadata"][field] != preconditions[field] {
                return failure(409, "Conflict");
            }
        }
        self.objects.remove(path);
        response(200, &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 200}))
    }
}

fn failure(code: u16, reason: &str) -> Response<Body> {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": reason,
                        "reason": reason, "code": code});
    response(code, &status)
}

fn response(code: u16, body: &Value) -> Response<Body> {
    Response::builder().status(code).body(Body::from(body.to_string().into_bytes())).unwrap()
}
