//! Handing uploads to policies: judge each, and write what is off hours.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::StreamExt as _;

use super::Context;
use super::active_policy::ActivePolicy;
use super::finding_writer::{WriteError, write_finding};
use crate::api::ErrorKind;
use crate::detect::{FindingKey, NewUpload, Verdict, reportable_id};
use crate::upload::Upload;

/// A policy, and the earliest event time that it judges in this read; None for all of them.
pub(super) type Recipient<'a> = (&'a ActivePolicy, Option<DateTime<Utc>>);

/// Judges uploads by all recipients and writes the findings. Returns once every one of them is written, or was tried.
///
/// # Errors
/// The first finding that could not be written. The others are tried all the same, so that a policy whose findings the API
/// server refuses takes nothing from the others.
pub(super) async fn deliver(
    context: &Context,
    recipients: &[Recipient<'_>],
    uploads: &[&Upload],
) -> Result<(), WriteError> {
    let mut allowed = Vec::new();
    let mut findings: BTreeMap<(usize, FindingKey), Vec<NewUpload>> = BTreeMap::new();
    for upload in uploads {
        for (index, (recipient, since)) in recipients.iter().enumerate() {
            if since.is_some_and(|since| upload.time < since) {
                continue;
            }
            let policy = &recipient.policy;
            let judgement = policy.judge(upload);
            context.metrics.verdict(judgement.verdict.as_str());
            if let Verdict::Allowed(rule) = judgement.verdict {
                allowed.push((&recipient.uid, rule.name(), *upload));
            }
            let Verdict::OffHours(reason) = judgement.verdict else { continue };
            if context.index.is_reported(&recipient.namespace, policy.name(), &reportable_id(&upload.id)) {
                continue;
            }
            let key = FindingKey::new(policy, upload, &judgement);
            let new = NewUpload::new(policy, upload, &judgement, reason);
            findings.entry((index, key)).or_default().push(new);
        }
    }

    let writes = findings.into_iter().map(|((index, key), uploads)| async move {
        let Some((policy, _)) = recipients.get(index) else { return (index, Ok(())) };
        (index, write(context, policy, &key, uploads).await)
    });
    let outcomes: Vec<(usize, Result<(), WriteError>)> =
        futures::stream::iter(writes).buffer_unordered(context.settings.write_concurrency).collect().await;
    report(context, recipients, outcomes)?;
    let mut has_news = false;
    for (uid, rule, upload) in allowed {
        has_news |= context.allow_counts.add(uid, rule, upload);
    }
    if has_news {
        context.progress.touch();
    }
    Ok(())
}

async fn write(
    context: &Context,
    policy: &ActivePolicy,
    key: &FindingKey,
    uploads: Vec<NewUpload>,
) -> Result<(), WriteError> {
    // The semaphore bounds the writes of all sources together; it is never closed.
    let Ok(_permit) = context.writes.acquire().await else { return Err(WriteError::Stopping) };
    if context.shutdown.is_cancelled() {
        return Err(WriteError::Stopping);
    }
    write_finding(context, policy, key, uploads).await
}

fn report(
    context: &Context,
    recipients: &[Recipient<'_>],
    outcomes: Vec<(usize, Result<(), WriteError>)>,
) -> Result<(), WriteError> {
    let mut failed: BTreeMap<usize, WriteError> = BTreeMap::new();
    for (index, outcome) in outcomes {
        match outcome {
            Ok(()) => {}
            Err(error @ WriteError::NamespaceGone { .. }) => {
                context.metrics.error(ErrorKind::NamespaceGone);
                tracing::info!(%error, "a finding was not written");
            }
            Err(error) => drop(failed.entry(index).or_insert(error)),
        }
    }
    for (index, (policy, _)) in recipients.iter().enumerate() {
        match failed.get(&index) {
            Some(WriteError::Stopping) => {}
            problem => context.progress.set_write_problem(&policy.uid, problem.map(ToString::to_string)),
        }
    }
    match failed.into_values().next() {
        Some(error) => {
            if !matches!(error, WriteError::Stopping) {
                context.metrics.error(ErrorKind::FindingNotWritten);
                tracing::warn!(%error, "a finding was not written; its records will be read again");
            }
            Err(error)
        }
        None => Ok(()),
    }
}
