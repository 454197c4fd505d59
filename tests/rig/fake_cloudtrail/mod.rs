//! A seeded fake of CloudTrail's `LookupEvents` over real HTTP, with the behaviour that emulators leave out: pages,
//! throttling, late and repeated records, refusals, slow answers. It also answers the STS calls that precede LookupEvents.
//!
//! The account is the caller's 12-digit access key id, or the role's account for keys that AssumeRole gave; the Region
//! is the one that the request was signed for.

mod aws_error;
mod calls;
mod faults;
mod lookup;
mod principal;
mod put_image;
mod record;
mod server;
mod signature;
mod sts;
#[cfg(test)]
mod tests;
mod throttle;
mod trail;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;

pub use calls::{LookupCall, Outcome};
pub use faults::{Delivery, Faults, Refusal};
pub use principal::Principal;
pub use put_image::PutImage;
pub use record::Record;

use super::aws_caller::AwsCaller;
use super::seed::Seed;
use server::Server;

/// Everything the service knows, behind one lock, so that each request sees a consistent state.
#[derive(Debug)]
struct Service {
    seed: Seed,
    trail: trail::Trail,
    delivery: Delivery,
    rules: faults::Rules,
    throttle: throttle::Throttle,
    pages: lookup::Pages,
    sessions: sts::Sessions,
    calls: Vec<LookupCall>,
    sts_calls: Vec<String>,
}

/// The fake, in a thread of its own: it works with any async runtime, and answers while a test blocks.
#[derive(Debug)]
pub struct FakeCloudTrail {
    service: Arc<Mutex<Service>>,
    port: u16,
    server: Option<Server>,
}

impl FakeCloudTrail {
    /// Starts it on a free port of 127.0.0.1, with no records and no faults.
    ///
    /// # Panics
    /// When it can't listen.
    pub fn start(seed: u64) -> Self {
        let service = Arc::new(Mutex::new(Service {
            seed: Seed::new(seed),
            trail: trail::Trail::default(),
            delivery: Delivery::default(),
            rules: faults::Rules::default(),
            throttle: throttle::Throttle::default(),
            pages: lookup::Pages::new(seed),
            sessions: sts::Sessions::new(seed),
            calls: Vec::new(),
            sts_calls: Vec::new(),
        }));
        let (server, port) = Server::on_free_port(&service);
        Self { service, port, server: Some(server) }
    }

    /// The endpoint of CloudTrail and of STS.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A caller of an account (12 digits) in a Region.
    pub fn caller(&self, account: &str, region: &str) -> AwsCaller {
        AwsCaller::new(&self.endpoint(), account, region)
    }

    /// Starts an outage: connections break and new ones are refused. Records and calls are kept.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Ends the outage, on the same port.
    ///
    /// # Panics
    /// When another process took the port meanwhile.
    pub fn start_again(&mut self) {
        self.server = None;
        self.server = Some(Server::on_port(&self.service, self.port).expect("the port is still free after the outage"));
    }

    // Records.

    /// Adds a record, which is delivered according to [`FakeCloudTrail::set_delivery`] (by default: once, at once).
    pub fn push(&self, record: impl Into<Record>) {
        let mut service = self.lock();
        let Service { seed, delivery, trail, .. } = &mut *service;
        let record = record.into();
        // Three draws for every record, whatever they decide: see `Seed::chance`.
        let (late, delay, repeated) = (seed.chance(delivery.late), seed.fraction(), seed.chance(delivery.repeated));
        let delay = if late { delivery.late_by.mul_f64(delay) } else { Duration::ZERO };
        if repeated {
            // The copy has a delay of its own, up to twice as long.
            let again = Instant::now() + delay + delivery.late_by.mul_f64(seed.fraction());
            trail.add(record.clone(), Some(again));
        }
        trail.add(record, Some(Instant::now() + delay));
    }

    /// Adds many records.
    pub fn push_all<R: Into<Record>>(&self, records: impl IntoIterator<Item = R>) {
        records.into_iter().for_each(|record| self.push(record));
    }

    /// Adds a record that appears only after `delay`, at the position of its time.
    pub fn push_late(&self, record: impl Into<Record>, delay: Duration) {
        self.lock().trail.add(record.into(), Some(Instant::now() + delay));
    }

    /// Adds a record that appears only when [`FakeCloudTrail::release`] is called for its event.
    pub fn hold(&self, record: impl Into<Record>) {
        self.lock().trail.add(record.into(), None);
    }

    /// Shows every held record of an event, and returns how many there were.
    pub fn release(&self, event_id: &str) -> usize {
        self.lock().trail.release(event_id)
    }

    /// Chances of late and repeated delivery for the records pushed from now on.
    pub fn set_delivery(&self, delivery: Delivery) {
        self.lock().delivery = delivery;
    }

    /// The ids of all events pushed so far, shown or not.
    pub fn event_ids(&self) -> BTreeSet<String> {
        self.lock().trail.event_ids()
    }

    // Faults.

    /// The rate of requests per account and Region above which the service throttles; AWS allows 2. `None`, the
    /// default, never throttles.
    pub fn limit_requests(&self, per_second: Option<f64>) {
        self.lock().throttle.set_rate(per_second);
    }

    /// How long a NextToken is valid. `None`, the default, means for ever.
    pub fn expire_tokens_after(&self, age: Option<Duration>) {
        self.lock().pages.expire_after(age);
    }

    /// The chance (0 to 1) that a valid NextToken is refused; drawn from the seed.
    pub fn refuse_tokens(&self, chance: f64) {
        self.lock().pages.refuse_tokens(chance);
    }

    /// The chance (0 to 1) that a page holds no events but the token of the next page; drawn from the seed.
    pub fn set_empty_pages(&self, chance: f64) {
        self.lock().pages.set_empty(chance);
    }

    /// Chances of random faults, drawn from the seed for each request.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().rules.set_faults(faults);
    }

    /// Refuses every call of an account, in one Region or (`None`) in all.
    pub fn refuse(&self, account: &str, region: Option<&str>, refusal: Refusal) {
        self.lock().rules.refuse(account, region, Some(refusal));
    }

    /// Ends a [`FakeCloudTrail::refuse`] of the same account and Region.
    pub fn accept(&self, account: &str, region: Option<&str>) {
        self.lock().rules.refuse(account, region, None);
    }

    /// Makes every answer to an account take this long, in one Region or (`None`) in all; zero ends it.
    pub fn stall(&self, account: &str, region: Option<&str>, delay: Duration) {
        self.lock().rules.stall(account, region, delay);
    }

    /// Makes AssumeRole require this external ID.
    pub fn require_external_id(&self, role_arn: &str, external_id: &str) {
        self.lock().sessions.require_external_id(role_arn, external_id);
    }

    /// Expires all keys that AssumeRole has returned for roles of an account: requests get ExpiredTokenException.
    pub fn expire_sessions(&self, account: &str) {
        self.lock().sessions.expire(account);
    }

    // What happened.

    /// Every LookupEvents call so far, in the order of arrival.
    pub fn calls(&self) -> Vec<LookupCall> {
        self.lock().calls.clone()
    }

    /// The number of LookupEvents calls for an account and Region, including refused ones.
    pub fn call_count(&self, account: &str, region: &str) -> usize {
        self.lock().calls.iter().filter(|call| call.account == account && call.region == region).count()
    }

    /// The actions of all STS calls so far, in the order of arrival.
    pub fn sts_calls(&self) -> Vec<String> {
        self.lock().sts_calls.clone()
    }

    /// Forgets all calls, for a test in several steps.
    pub fn clear_calls(&self) {
        let mut service = self.lock();
        service.calls.clear();
        service.sts_calls.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Service> {
        lock(&self.service)
    }
}

fn lock(service: &Mutex<Service>) -> MutexGuard<'_, Service> {
    // A panic in a request is a bug in the fake, and the caller sees a broken connection.
    service.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The parts of a request that the answer depends on.
#[derive(Debug)]
struct Request {
    target: Option<String>,
    authorization: Option<String>,
    body: String,
}

/// The answer, and how long to hold it back.
#[derive(Debug)]
struct Reply {
    status: u16,
    content_type: &'static str,
    body: String,
    delay: Duration,
}

impl Service {
    fn answer(&mut self, request: &Request) -> Reply {
        match &request.target {
            Some(target) if target.ends_with("CloudTrail_20131101.LookupEvents") => self.lookup_events(request),
            Some(target) => aws_error::AwsError::unknown_operation(target).as_json(),
            None => self.sts(request),
        }
    }

    fn lookup_events(&mut self, request: &Request) -> Reply {
        let mut delay = Duration::ZERO;
        let query = lookup::Query::parse(&request.body);
        let caller = signature::Scope::of(request.authorization.as_deref());
        let region = caller.as_ref().map(|scope| scope.region.clone()).unwrap_or_default();
        let account = caller.and_then(|scope| self.sessions.caller(&scope.access_key_id));
        let account_id = account.as_ref().map(|caller| caller.account.clone()).unwrap_or_default();
        let answer = account.and_then(|caller| {
            let luck = self.rules.draw(&mut self.seed, &caller.account, &region);
            delay = luck.delay;
            self.throttle.take(&caller.account, &region)?;
            if let Some(refusal) = luck.refusal {
                return Err(refusal.error(&caller.arn));
            }
            let query = query.as_ref().map_err(Clone::clone)?;
            self.pages.answer(&self.trail, &caller.account, &region, query)
        });
        self.calls.push(LookupCall {
            at: Utc::now(),
            account: account_id,
            region,
            start: query.as_ref().ok().and_then(|query| query.start),
            end: query.as_ref().ok().and_then(|query| query.end),
            attribute: query.as_ref().ok().and_then(|query| query.attribute.clone()),
            first_page: query.as_ref().is_ok_and(|query| query.next_token.is_none()),
            outcome: match &answer {
                Ok(page) => Outcome::Answered { events: page.events, more: page.more },
                Err(error) => Outcome::Refused { code: error.code.clone() },
            },
        });
        let reply = answer.map_or_else(
            |error| error.as_json(),
            |page| Reply { status: 200, content_type: aws_error::JSON, body: page.body, delay: Duration::ZERO },
        );
        Reply { delay, ..reply }
    }

    fn sts(&mut self, request: &Request) -> Reply {
        self.sts_calls.push(sts::action(&request.body));
        let answer = signature::Scope::of(request.authorization.as_deref())
            .and_then(|scope| self.sessions.answer(&scope.access_key_id, &request.body));
        match answer {
            Ok(body) => Reply { status: 200, content_type: aws_error::XML, body, delay: Duration::ZERO },
            Err(error) => error.as_xml(),
        }
    }
}
