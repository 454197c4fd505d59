//! A plain loop that writes the objects the controller wrote, each in the same three requests.

use std::time::Instant;

use futures::StreamExt as _;
use kube::api::{Api, ListParams, PostParams};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource, ResourceExt};
use offhours::api::OffHoursUpload;

use crate::rig::ControlPlane;

/// Copies the findings of one namespace into another; objects per second.
pub async fn run(control_plane: &ControlPlane, from: &str, into: &str, concurrency: usize) -> f64 {
    control_plane.kubectl().run(&["create", "namespace", into]).expect_success();
    let client = control_plane.client();
    let findings = Api::<OffHoursUpload>::namespaced(client.clone(), from);
    let copies: Vec<OffHoursUpload> = findings
        .list(&ListParams::default())
        .await
        .expect("findings")
        .items
        .iter()
        .map(|finding| copy(finding, into))
        .collect();
    let recorder = Recorder::new(client.clone(), Reporter { controller: "plain-loop".to_owned(), instance: None });
    let count = copies.len() as f64;
    let started = Instant::now();
    futures::stream::iter(copies)
        .for_each_concurrent(concurrency, |finding| write(client.clone(), &recorder, into, finding))
        .await;
    count / started.elapsed().as_secs_f64()
}

fn copy(finding: &OffHoursUpload, namespace: &str) -> OffHoursUpload {
    let mut copy = OffHoursUpload::new(&finding.name_any(), finding.spec.clone());
    copy.metadata.namespace = Some(namespace.to_owned());
    copy.metadata.labels = finding.metadata.labels.clone();
    copy.status = finding.status.clone();
    copy
}

async fn write(client: Client, recorder: &Recorder, namespace: &str, finding: OffHoursUpload) {
    let api: Api<OffHoursUpload> = Api::namespaced(client, namespace);
    let params = PostParams::default();
    let mut created = api.create(&params, &finding).await.expect("created");
    created.status = finding.status;
    let written =
        api.replace_status(&finding.metadata.name.unwrap_or_default(), &params, &created).await.expect("written");
    let note = written.status.as_ref().map(|status| status.message.clone());
    let event = Event {
        type_: EventType::Warning,
        reason: "OffHoursUpload".to_owned(),
        note,
        action: "Judge".to_owned(),
        secondary: None,
    };
    recorder.publish(&event, &written.object_ref(&())).await.expect("published");
}
