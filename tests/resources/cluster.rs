//! One control plane with the CRDs, for all tests of this program.

use std::time::Duration;

use kube::api::{Api, ApiResource, DynamicObject, PostParams};
use kube::{Client, Resource};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::rig::{ControlPlane, wait_for};

pub const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");

/// Ends with the process: it is in a static.
static CLUSTER: OnceCell<ControlPlane> = OnceCell::const_new();

/// The control plane with `kubectl apply -f crds/` done.
pub async fn cluster() -> &'static ControlPlane {
    CLUSTER
        .get_or_init(|| async {
            let control_plane = ControlPlane::start().await;
            let kubectl = control_plane.kubectl();
            let applied = kubectl.run(&["apply", "-f", CRDS]);
            assert_eq!(applied.stderr, "", "the API server warns about the CRDs");
            assert_eq!(applied.expect_success().matches("created").count(), 3);
            kubectl.run(&["wait", "--for=condition=Established", "--timeout=60s", "-f", CRDS]).expect_success();
            // Established is a moment ahead of the paths.
            for resource in ["ecruploadpolicies", "cloudtrailsources", "offhoursuploads"] {
                wait_for(resource, Duration::from_secs(60), async || {
                    let got = kubectl.run(&["get", resource]);
                    if got.success() { Ok(()) } else { Err(got.stderr) }
                })
                .await;
            }
            control_plane
        })
        .await
}

/// An error of the API server about one field.
#[derive(Debug)]
pub struct Complaint {
    pub field: String,
    pub message: String,
}

/// Creates an object of a kind with this spec as a dry run, and returns the object with its defaults, or the complaints.
pub async fn try_create<K: Resource<DynamicType = ()>>(name: &str, spec: &Value) -> Result<Value, Vec<Complaint>> {
    let client = cluster().await.client();
    try_create_with::<K>(&client, name, spec).await
}

async fn try_create_with<K: Resource<DynamicType = ()>>(
    client: &Client,
    name: &str,
    spec: &Value,
) -> Result<Value, Vec<Complaint>> {
    let resource = ApiResource::erase::<K>(&());
    let api: Api<DynamicObject> = match resource.kind.as_str() {
        "CloudTrailSource" => Api::all_with(client.clone(), &resource),
        _ => Api::namespaced_with(client.clone(), "default", &resource),
    };
    let object = DynamicObject::new(name, &resource).data(json!({ "spec": spec }));
    let params = PostParams { dry_run: true, ..PostParams::default() };
    match api.create(&params, &object).await {
        Ok(created) => Ok(created.data),
        Err(kube::Error::Api(status)) => {
            let causes = status.details.as_ref().map(|details| details.causes.clone()).unwrap_or_default();
            assert!(!causes.is_empty(), "{name} was refused for another reason: {status:?}");
            let complaint =
                |cause: kube::core::response::StatusCause| Complaint { field: cause.field, message: cause.message };
            Err(causes.into_iter().map(complaint).collect())
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

/// Asserts that each spec is refused, with this field and these words in one complaint.
pub async fn assert_refused<K: Resource<DynamicType = ()>>(cases: &[(Value, &str, &str)]) {
    let mut wrong = Vec::new();
    for (spec, field, words) in cases {
        match try_create::<K>("example", spec).await {
            Ok(_) => wrong.push(format!("accepted: {}", short(spec))),
            Err(complaints) => {
                let is_wanted = |complaint: &Complaint| complaint.field == *field && complaint.message.contains(words);
                if !complaints.iter().any(is_wanted) {
                    let wanted = format!("wanted {field}: … {words} …");
                    wrong.push(format!("{}\n    {wanted}\n    {complaints:?}", short(spec)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Asserts that each spec is accepted.
pub async fn assert_accepted<K: Resource<DynamicType = ()>>(specs: &[Value]) {
    for spec in specs {
        if let Err(complaints) = try_create::<K>("example", spec).await {
            panic!("refused: {}\n{complaints:?}", short(spec));
        }
    }
}

fn short(spec: &Value) -> String {
    spec.to_string().chars().take(200).collect()
}
