//! The order and the rate of requests, on a paused clock.

use futures::FutureExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;

/// Requests that wait in their own tasks, and the order in which they had their turns.
struct Queue {
    limit: Arc<RateLimit>,
    turns: mpsc::UnboundedReceiver<(&'static str, Duration)>,
    taken: mpsc::UnboundedSender<(&'static str, Duration)>,
    start: Instant,
}

impl Queue {
    /// A queue at one request a second, of which the first was just made.
    async fn at_one_a_second() -> Self {
        let limit = Arc::new(RateLimit::new(1.0));
        limit.turn(Urgency::Sweep).await;
        let (taken, turns) = mpsc::unbounded_channel();
        Self { limit, turns, taken, start: Instant::now() }
    }

    /// Adds a waiting request.
    async fn wait(&self, urgency: Urgency, name: &'static str) -> JoinHandle<()> {
        let (limit, taken, start) = (Arc::clone(&self.limit), self.taken.clone(), self.start);
        let before = self.limit.lock().waiting.len();
        let task = tokio::spawn(async move {
            limit.turn(urgency).await;
            taken.send((name, start.elapsed())).unwrap();
        });
        while self.limit.lock().waiting.len() == before {
            tokio::task::yield_now().await;
        }
        task
    }

    /// The next request that has its turn, and the seconds after which it has it.
    async fn next(&mut self) -> (&'static str, u64) {
        let (name, after) = self.turns.recv().await.unwrap();
        assert_eq!(after.subsec_millis(), 0, "{name} after {after:?}");
        (name, after.as_secs())
    }
}

#[tokio::test(start_paused = true)]
async fn requests_keep_to_the_rate() {
    let limit = RateLimit::new(2.0);
    let start = Instant::now();
    for _ in 0..5 {
        limit.turn(Urgency::Poll).await;
    }
    assert_eq!(start.elapsed().as_millis(), 2000);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_answer_halves_the_rate_and_successes_bring_it_back() {
    let limit = RateLimit::new(1.0);
    limit.throttled();
    assert_eq!(limit.lock().per_second, 0.5);
    for _ in 0..5 {
        limit.succeeded();
    }
    assert!((limit.lock().per_second - 1.0).abs() < 1e-9);
    limit.succeeded();
    assert_eq!(limit.lock().per_second, 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_answer_delays_the_request_that_waits_already() {
    let mut queue = Queue::at_one_a_second().await;
    queue.wait(Urgency::Poll, "poll").await;
    queue.limit.throttled();
    assert_eq!(queue.next().await, ("poll", 2));
}

#[tokio::test(start_paused = true)]
async fn an_account_and_region_has_one_rate_for_all_sources() {
    let limits = RateLimits::new(1.0);
    let start = Instant::now();
    limits.of("111122223333", "eu-central-1").turn(Urgency::Poll).await;
    limits.of("111122223333", "us-east-1").turn(Urgency::Poll).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    limits.of("111122223333", "eu-central-1").turn(Urgency::Poll).await;
    assert_eq!(start.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_arrives_while_ten_sweeps_wait_is_next() {
    let mut queue = Queue::at_one_a_second().await;
    for _ in 0..10 {
        queue.wait(Urgency::Sweep, "sweep").await;
    }
    assert_eq!(queue.next().await, ("sweep", 1));
    queue.wait(Urgency::CatchUp, "catch-up").await;
    queue.wait(Urgency::Poll, "poll").await;
    assert_eq!(queue.next().await, ("poll", 2));
    assert_eq!(queue.next().await, ("catch-up", 3));
    for second in 4..13 {
        assert_eq!(queue.next().await, ("sweep", second));
    }
}

#[tokio::test(start_paused = true)]
async fn requests_of_one_urgency_go_in_the_order_of_their_arrival() {
    let mut queue = Queue::at_one_a_second().await;
    for name in ["first", "second", "third"] {
        queue.wait(Urgency::Sweep, name).await;
    }
    for (name, second) in [("first", 1), ("second", 2), ("third", 3)] {
        assert_eq!(queue.next().await, (name, second));
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_gives_up_neither_takes_a_turn_nor_blocks_or_hurries_others() {
    let mut queue = Queue::at_one_a_second().await;
    // One that is first and sleeps, one in the middle and one at the end.
    let first = queue.wait(Urgency::Poll, "first").await;
    queue.wait(Urgency::CatchUp, "second").await;
    let middle = queue.wait(Urgency::CatchUp, "middle").await;
    queue.wait(Urgency::Sweep, "fourth").await;
    let last = queue.wait(Urgency::Sweep, "last").await;
    for task in [first, middle, last] {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!(queue.next().await, ("second", 1));
    assert_eq!(queue.next().await, ("fourth", 2));
    assert!(queue.limit.lock().waiting.is_empty());
    assert_eq!(queue.limit.turn(Urgency::Poll).now_or_never(), None, "the rate holds");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_gives_up_when_it_was_notified_notifies_the_next() {
    let mut queue = Queue::at_one_a_second().await;
    let first = queue.wait(Urgency::Poll, "first").await;
    let second = queue.wait(Urgency::Poll, "second").await;
    queue.wait(Urgency::Poll, "third").await;
    // Both are dropped before the second can run.
    first.abort();
    second.abort();
    assert_eq!(queue.next().await, ("third", 1));
}

#[tokio::test(start_paused = true)]
async fn polls_that_need_the_whole_rate_leave_a_third_to_catch_up_and_a_tenth_to_sweeps() {
    let limit = Arc::new(RateLimit::new(1.0));
    let turns = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = tokio::task::JoinSet::new();
    // Two of each: when one has its turn, another waits already.
    for urgency in [Urgency::Poll, Urgency::CatchUp, Urgency::Sweep].into_iter().flat_map(|urgency| [urgency; 2]) {
        let (limit, turns) = (Arc::clone(&limit), Arc::clone(&turns));
        tasks.spawn(async move {
            loop {
                limit.turn(urgency).await;
                turns.lock().unwrap().push(urgency);
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(99)).await;
    let turns = turns.lock().unwrap();
    let count = |urgency| turns.iter().filter(|turn| **turn == urgency).count();
    assert!(turns.len() >= 99, "{}", turns.len());
    assert!((9..=11).contains(&count(Urgency::Sweep)), "{}", count(Urgency::Sweep));
    assert!((28..=34).contains(&count(Urgency::CatchUp)), "{}", count(Urgency::CatchUp));
}
