//! Delivering uploads to policies: each policy judges them, and those that are off hours are written.
//!
//! No policy waits for another. Each has its own task, and a failed write ends only the task of its own policy.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;

use super::findings::Findings;
use super::judge::Judge;
use super::policy_key::PolicyKey;
use super::reservation::{Claim, Reservation};
use super::write_error::WriteError;
use crate::api::ErrorKind;
use crate::controller::cluster::warn_unless_outage;
use crate::detect::{FindingKey, NewUpload, Verdict, reportable_id};
use crate::upload::Upload;

/// The result of a delivery for one policy.
#[derive(Debug)]
pub struct Delivery {
    /// Ok if every upload that is off hours is in a finding, else the first write that failed. Delivering again repeats
    /// nothing.
    pub result: Result<(), WriteError>,
    /// Whether a rule of the policy let an upload through that it had not let through before.
    pub allowed_news: bool,
}

/// With so many uploads, the thread is left to others after each policy, of which there may be a thousand. A single
/// judgement takes a microsecond.
const LARGE_DELIVERY: usize = 100;

/// What is to be written for a policy in a delivery.
struct Work<'a> {
    key: Arc<PolicyKey>,
    reserved: BTreeMap<FindingKey, Batch>,
    /// The uploads that another delivery is writing.
    in_flight: Vec<OffHours<'a>>,
}

/// Uploads that this delivery is to write into one finding.
#[derive(Default)]
struct Batch {
    uploads: Vec<NewUpload>,
    reservations: Vec<Reservation>,
}

/// An upload that is off hours.
struct OffHours<'a> {
    upload: &'a Upload,
    finding: FindingKey,
    new: NewUpload,
}

impl Findings {
    /// Judges the uploads by each policy and writes the findings. `admits(judge, upload)` says whether the policy at that
    /// place in `judges` is to judge the upload at that place in `uploads`. Returns one delivery for each policy, in the
    /// same order, once every one of them has written everything or failed.
    ///
    /// A policy has failed if the API server does not answer its requests for as long as `patience`: an admission webhook
    /// that hangs in one namespace delays no other policy for longer, however many policies it hangs for.
    ///
    /// The future holds reservations that other deliveries may wait for: drive it to its end or drop it.
    pub async fn deliver(
        &self,
        judges: &[Arc<Judge>],
        uploads: &[&Upload],
        admits: impl Fn(usize, usize) -> bool + Sync,
        patience: Duration,
    ) -> Vec<Delivery> {
        let mut deliveries = Vec::with_capacity(judges.len());
        let mut tasks = Vec::new();
        let mut allowed = Vec::new();
        for (index, judge) in judges.iter().enumerate() {
            let admitted =
                uploads.iter().enumerate().filter(|(place, _)| admits(index, *place)).map(|(_, upload)| *upload);
            if let Some(work) = self.judge(index, judge, admitted, &mut allowed) {
                tasks.push(self.work(index, judge, work, patience));
            }
            deliveries.push(Delivery { result: Ok(()), allowed_news: false });
            if uploads.len() >= LARGE_DELIVERY {
                tokio::task::yield_now().await;
            }
        }
        drop(admits);
        for (index, result) in join_all(tasks).await {
            if let Some(delivery) = deliveries.get_mut(index) {
                delivery.result = result;
            }
        }
        // The uploads of a failed delivery are delivered again, and are counted then.
        for (index, rule, upload) in allowed {
            if let (Some(judge), Some(delivery)) = (judges.get(index), deliveries.get_mut(index))
                && delivery.result.is_ok()
            {
                delivery.allowed_news |= self.allow_counts.add(&judge.uid, rule, upload);
            }
        }
        deliveries
    }

    /// Judges uploads by one policy. None if there is nothing to write, which costs nothing but the judging.
    fn judge<'a>(
        &self,
        index: usize,
        judge: &'a Judge,
        uploads: impl Iterator<Item = &'a Upload>,
        allowed: &mut Vec<(usize, &'a str, &'a Upload)>,
    ) -> Option<Work<'a>> {
        let policy = &*judge.policy;
        let mut work = None;
        for upload in uploads {
            let judgement = policy.judge(upload);
            self.metrics.finding.judged(judgement.verdict);
            match judgement.verdict {
                Verdict::Allowed(rule) => allowed.push((index, rule.name(), upload)),
                Verdict::OffHours(reason) => {
                    let work = work.get_or_insert_with(|| Work::new(judge));
                    let claim = Claim::of(&self.index, &work.key, &reportable_id(&upload.id));
                    if matches!(claim, Claim::Reported) {
                        continue;
                    }
                    let finding = FindingKey::new(policy, upload, &judgement);
                    let new = NewUpload::new(policy, upload, &judgement, reason);
                    work.take(claim, OffHours { upload, finding, new });
                }
                Verdict::BusinessHours | Verdict::OutOfScope(_) => {}
            }
        }
        work.filter(|work| !work.reserved.is_empty() || !work.in_flight.is_empty())
    }

    /// Writes the findings of one policy, and counts and logs a failure, once.
    async fn work(
        &self,
        index: usize,
        judge: &Judge,
        work: Work<'_>,
        patience: Duration,
    ) -> (usize, Result<(), WriteError>) {
        let mut writing = std::pin::pin!(self.write_all(judge, work));
        let result = loop {
            let answers = judge.answers.load(Ordering::Relaxed);
            match tokio::time::timeout(patience, &mut writing).await {
                Ok(result) => break result,
                Err(_) if judge.answers.load(Ordering::Relaxed) == answers => {
                    break Err(WriteError::Stuck { namespace: judge.namespace.clone() });
                }
                Err(_) => {}
            }
        };
        match &result {
            Ok(()) | Err(WriteError::Stopping) => {}
            Err(error) if error.is_retryable() => {
                self.metrics.errors.count(ErrorKind::FindingNotWritten);
                self.log_not_written(error.clone());
            }
            Err(error) => {
                self.metrics.errors.count(ErrorKind::NamespaceGone);
                tracing::info!(%error, kind = error.kind(), "a finding was not written");
            }
        }
        (index, result)
    }

    /// Logs why a finding was not written. Whether an outage is the reason may be known only later, so this happens in the
    /// background.
    fn log_not_written(&self, error: WriteError) {
        let reachability = Arc::clone(&self.reachability);
        tokio::spawn(async move {
            let is_outage = error.is_outage(&reachability).await;
            let kind = error.kind();
            warn_unless_outage!(is_outage, %error, kind, "a finding was not written; its records are read again");
        });
    }

    /// Writes the reserved uploads, then waits for those that others are writing. A delivery that waits holds no
    /// reservation, so that two deliveries never wait for each other.
    async fn write_all(&self, judge: &Judge, mut work: Work<'_>) -> Result<(), WriteError> {
        loop {
            self.write_reserved(judge, &work.key, std::mem::take(&mut work.reserved)).await?;
            if work.in_flight.is_empty() {
                return Ok(());
            }
            // From here on no release is missed.
            let released = self.index.released();
            for off in std::mem::take(&mut work.in_flight) {
                let claim = Claim::of(&self.index, &work.key, &reportable_id(&off.upload.id));
                work.take(claim, off);
            }
            if work.reserved.is_empty() && !work.in_flight.is_empty() {
                tokio::select! {
                    () = released => {}
                    () = self.stopping.cancelled() => return Err(WriteError::Stopping),
                }
            }
        }
    }

    /// Writes findings. After the first failure no further write begins, because it would most likely fail too and hold
    /// permits meanwhile. Writes in progress continue to their end, so that no finding is left without evidence.
    async fn write_reserved(
        &self,
        judge: &Judge,
        key: &PolicyKey,
        findings: BTreeMap<FindingKey, Batch>,
    ) -> Result<(), WriteError> {
        if findings.is_empty() {
            return Ok(());
        }
        let share = self.permits.share(key);
        let failed = OnceLock::new();
        let writes = findings.into_iter().map(|(finding, batch)| {
            let (share, failed) = (&share, &failed);
            async move {
                let permit = self.permits.acquire(share).await;
                if failed.get().is_some() {
                    return;
                }
                let is_stopping = permit.is_none() || self.stopping.is_cancelled();
                let result = match is_stopping {
                    true => Err(WriteError::Stopping),
                    false => self.write(judge, &finding, batch.uploads).await,
                };
                if let Err(error) = result {
                    // Others may have failed at the same time; the first failure stands for all.
                    let _ = failed.set(error);
                }
                // Only now: until the write has ended, nobody else may report the same record.
                drop(batch.reservations);
            }
        });
        futures::stream::iter(writes).buffer_unordered(self.permits.of_one_policy()).collect::<()>().await;
        failed.into_inner().map_or(Ok(()), Err)
    }
}

impl<'a> Work<'a> {
    fn new(judge: &Judge) -> Self {
        let key = Arc::new((judge.namespace.clone(), judge.policy.name().to_owned()));
        Self { key, reserved: BTreeMap::new(), in_flight: Vec::new() }
    }

    fn take(&mut self, claim: Claim, off: OffHours<'a>) {
        match claim {
            Claim::Reported => {}
            Claim::InFlight => self.in_flight.push(off),
            Claim::Reserved(reservation) => {
                let batch = self.reserved.entry(off.finding).or_default();
                batch.uploads.push(off.new);
                batch.reservations.push(reservation);
            }
        }
    }
}
