//! The steps of a history. A step that does not apply does nothing, so that any part of a history is a history.

use super::random::Random;

pub const POLICIES: usize = 3;
pub const SOURCES: usize = 2;
pub const REGIONS: usize = 2;
pub const ACCOUNTS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Poll,
    Background,
}

#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Time passes, in seconds.
    Wait(i64),
    /// An upload; CloudTrail delivers it `delay` seconds later, and perhaps again.
    Push {
        account: usize,
        region: usize,
        class: u8,
        delay: i64,
        again: Option<i64>,
        /// Whether it has no tag, so that some policies wait for what else is pushed.
        is_by_digest: bool,
    },
    /// An upload into a repository of the other account: both get a copy.
    PushAcross {
        caller: usize,
        region: usize,
        class: u8,
        delay: i64,
        owner_delay: i64,
    },
    /// A record is corrected; the correction is delivered `delay` seconds later.
    Correct {
        back: usize,
        delay: i64,
    },
    /// The controller does the next thing in a lane of a stream.
    Work {
        source: usize,
        region: usize,
        lane: Lane,
    },
    /// The controller does everything that is due now.
    WorkAll,
    /// The controller observes a policy or a source.
    ObservePolicy(usize),
    ObserveSource(usize),
    /// The controller writes a status.
    RecordPolicy(usize),
    RecordSource(usize),
    /// Somebody edits a policy.
    Edit {
        policy: usize,
        off: u8,
        lookback: i64,
    },
    Suspend {
        policy: usize,
        suspend: bool,
    },
    Break {
        policy: usize,
        broken: bool,
    },
    UseSources {
        policy: usize,
        sources: u8,
    },
    /// A calendar of a policy is deleted or created again.
    Calendar {
        policy: usize,
        there: bool,
    },
    /// Somebody deletes a policy and creates one with the same name.
    Recreate(usize),
    /// Somebody edits a source.
    Regions {
        source: usize,
        regions: u8,
    },
    Sweeps {
        source: usize,
        deep: bool,
    },
    /// The role of a source answers for another account.
    SwitchAccount {
        source: usize,
        account: usize,
    },
    RecreateSource(usize),
    /// AWS begins to reject requests to an account and Region, or ceases to.
    Deny {
        account: usize,
        region: usize,
        deny: bool,
    },
    /// AWS begins to reject the role of a source, or ceases to.
    DenyRole {
        source: usize,
        deny: bool,
    },
    /// The API server begins to reject the findings of a policy, or ceases to.
    Refuse {
        policy: usize,
        refuse: bool,
    },
    /// The API server begins to reject all statuses, or ceases to.
    RefuseStatus(bool),
    /// The API server accepts statuses, but its answers are lost.
    LoseAnswers(bool),
    /// How many records of a stream the next process can remember.
    Memory(usize),
    /// Somebody changes a label of a policy.
    Touch(usize),
    /// Somebody deletes a finding.
    DeleteFinding {
        policy: usize,
        number: usize,
    },
    /// The process is killed, or will be after so many writes.
    Kill,
    KillAfterWrites(u32),
    Start,
    /// The clock of the process is wrong by this much, in seconds.
    Clock(i64),
}

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The failures that a history has, so that most histories have few at once.
struct Trouble {
    wrong_clock: bool,
    long_pause: bool,
    other_accounts: bool,
    edited_sources: bool,
}

/// A history from a seed.
pub fn history(seed: u64, length: usize) -> Vec<Step> {
    let mut random = Random::new(seed);
    let trouble = Trouble {
        wrong_clock: random.below(10) == 0,
        long_pause: random.below(20) == 0,
        other_accounts: random.below(8) == 0,
        edited_sources: random.below(3) != 0,
    };
    let has_little_memory = random.below(10) == 0;
    let steps = (0..length).map(|_| step(&mut random, &trouble)).collect();
    if has_little_memory { [vec![Step::Memory(3), Step::Kill, Step::Start], steps].concat() } else { steps }
}

fn step(random: &mut Random, trouble: &Trouble) -> Step {
    let policy = random.below(POLICIES as u64) as usize;
    let source = random.below(SOURCES as u64) as usize;
    let region = random.below(REGIONS as u64) as usize;
    let account = random.below(ACCOUNTS as u64) as usize;
    let class = random.below(4) as u8;
    let yes = random.below(2) == 0;
    let delay = random.pick(&[0, 0, 0, 30, 20 * 60, 2 * HOUR, 20 * HOUR, 3 * DAY, 6 * DAY]);
    match random.below(200) {
        0..=29 => Step::Wait(random.pick(&[1, 1, 5, 60, 60, 600])),
        30..=33 => Step::Wait(random.pick(&[HOUR, 5 * HOUR, DAY, 4 * DAY])),
        34 if trouble.long_pause => Step::Wait(100 * DAY),
        34..=59 => {
            let again = yes.then(|| random.pick(&[0, 60, 3 * HOUR, 2 * DAY]));
            Step::Push { account, region, class, delay, again, is_by_digest: random.below(4) == 0 }
        }
        60..=64 => {
            let owner_delay = random.pick(&[0, 0, 60, 2 * HOUR]);
            Step::PushAcross { caller: account, region, class, delay, owner_delay }
        }
        65..=66 => Step::Correct { back: random.below(8) as usize, delay: random.pick(&[0, 60, DAY]) },
        67..=119 => {
            let lane = if yes { Lane::Poll } else { Lane::Background };
            Step::Work { source, region, lane }
        }
        120..=126 => Step::WorkAll,
        127..=137 => Step::ObservePolicy(policy),
        138..=142 => Step::ObserveSource(source),
        143..=149 => Step::RecordPolicy(policy),
        150..=156 => Step::RecordSource(source),
        157..=161 => {
            Step::Edit { policy, off: random.below(16) as u8, lookback: random.pick(&[0, 60, HOUR, DAY, 10 * DAY]) }
        }
        162..=164 => Step::Suspend { policy, suspend: yes },
        165..=166 => Step::Break { policy, broken: yes },
        167..=168 => Step::UseSources { policy, sources: random.below(4) as u8 },
        169..=171 => Step::Calendar { policy, there: yes },
        172 => Step::Recreate(policy),
        173..=177 if !trouble.edited_sources => Step::WorkAll,
        173..=175 => Step::Regions { source, regions: 1 + random.below(3) as u8 },
        176 => Step::Sweeps { source, deep: yes },
        177 if trouble.other_accounts => Step::SwitchAccount { source, account },
        177 => Step::RecreateSource(source),
        178..=181 => Step::Deny { account, region, deny: yes },
        182..=183 => Step::DenyRole { source, deny: yes },
        184..=187 => Step::Refuse { policy, refuse: yes },
        188 => Step::RefuseStatus(yes),
        189 if yes => Step::LoseAnswers(region == 0),
        189 => Step::DeleteFinding { policy, number: random.below(5) as usize },
        190..=191 => Step::Kill,
        192..=193 => Step::KillAfterWrites(random.below(4) as u32),
        194..=196 => Step::Start,
        197 => Step::Touch(policy),
        _ if trouble.wrong_clock => Step::Clock(random.pick(&[0, 0, HOUR, -HOUR])),
        _ => Step::Start,
    }
}
