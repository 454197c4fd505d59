//! Two findings with the same name.

use std::slice::from_ref;

use super::fake_api::FakeApi;
use super::tests::{deliver, findings, held, ids, judge, parts, results, upload};
use crate::api::{MAX_UPLOADS, OffHoursUpload};
use crate::upload::Upload;

/// A finding about another repository under this name.
fn stranger(name: String) -> OffHoursUpload {
    let judge = judge("security");
    let mut stranger = parts(&judge, &[upload(900, "prod/other")]).1.remove(0);
    stranger.metadata.name = Some(name);
    stranger
}

fn names(api: &FakeApi) -> Vec<String> {
    let mut names: Vec<String> = api.findings().into_iter().filter_map(|finding| finding.metadata.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_finding_whose_name_is_taken_gets_its_second_name_and_leaves_the_stranger_alone() {
    let (api, client) = FakeApi::start();
    let judge = judge("security");
    let uploads: Vec<Upload> = (0..3).map(|number| upload(number, "prod/api")).collect();
    let key = parts(&judge, &uploads).0;
    let stranger = api.put(stranger(key.name(1)));

    // A writer without an index, one with an index from the watch, and one that knows what it wrote.
    let one = findings(&client);
    assert_eq!(results(deliver(&one, from_ref(&judge), &uploads[..1]).await), ["Written"]);
    let other = findings(&client);
    api.findings().iter().for_each(|finding| other.index().learn(finding));
    assert_eq!(results(deliver(&other, from_ref(&judge), &uploads[1..2]).await), ["Written"]);
    assert_eq!(results(deliver(&one, from_ref(&judge), &uploads[2..]).await), ["Written"]);

    let mut expected = vec![key.name(1), key.second_name(1)];
    expected.sort();
    assert_eq!(names(&api), expected);
    assert_eq!(held(&api).len(), 4);
    let now = api.findings().into_iter().find(|finding| finding.metadata.name == stranger.metadata.name).unwrap();
    assert_eq!(now.status, stranger.status);
}

#[tokio::test]
async fn a_finding_keeps_its_second_name_when_the_first_is_free_again() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    let uploads: Vec<Upload> = (0..2).map(|number| upload(number, "prod/api")).collect();
    let (key, mut objects) = parts(&judge, &uploads[..1]);
    let mut object = objects.remove(0);
    object.metadata.name = Some(key.second_name(1));
    findings.index().learn(&api.put(object));
    assert_eq!(results(deliver(&findings, &[judge], &uploads).await), ["Written"]);
    assert_eq!((names(&api), held(&api)), (vec![key.second_name(1)], ids(&uploads)));
}

#[tokio::test]
async fn the_next_part_of_a_finding_with_a_second_name_has_its_first() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    let uploads: Vec<Upload> = (0..=MAX_UPLOADS).map(|number| upload(number, "prod/api")).collect();
    let key = parts(&judge, &uploads).0;
    api.put(stranger(key.name(1)));
    assert_eq!(results(deliver(&findings, &[judge], &uploads).await), ["Written"]);
    let mut expected = vec![key.name(1), key.second_name(1), key.name(2)];
    expected.sort();
    assert_eq!((names(&api), held(&api).len()), (expected, uploads.len() + 1));
}

#[tokio::test]
async fn where_both_names_are_taken_the_error_names_them() {
    let (api, client) = FakeApi::start();
    let (findings, judge) = (findings(&client), judge("security"));
    let push = upload(1, "prod/api");
    let key = parts(&judge, from_ref(&push)).0;
    api.put(stranger(key.name(1)));
    api.put(stranger(key.second_name(1)));
    let error = deliver(&findings, &[judge], [&push]).await.remove(0).result.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        format!(
            "cannot create the OffHoursUpload security/{}: objects that are about other pushes have this name and the name {}; \
             find out who made them, and delete one",
            key.name(1),
            key.second_name(1)
        )
    );
}
