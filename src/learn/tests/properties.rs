//! Properties that hold for any pushes.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::super::{Options, Proposal, Push, propose, propose_teams};
use super::push;
use crate::api::{EcrUploadPolicySpec, Team};
use crate::detect::{Calendars, Policy};

const PRINCIPALS: [&str; 4] = ["", "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/*/b", "root"];

/// Pushes at any time in some weeks, mostly by day; a few at the ends of time.
fn any_times() -> impl Strategy<Value = Vec<i64>> {
    let by_day = (0..60_i64, 25_000..70_000_i64).prop_map(|(day, second)| 1_770_000_000 + day * 86_400 + second);
    let any = 1_770_000_000..1_780_000_000_i64;
    let ends = prop_oneof![Just(DateTime::<Utc>::MIN_UTC.timestamp()), Just(DateTime::<Utc>::MAX_UTC.timestamp())];
    prop::collection::vec(prop_oneof![60 => by_day, 10 => any, 1 => ends], 0..120)
}

fn any_pushes() -> impl Strategy<Value = Vec<Push<'static>>> {
    let push = |(principal, session, is_failed): (usize, bool, bool), time: i64| Push {
        session: session.then_some("session"),
        is_failed,
        ..push(PRINCIPALS[principal], DateTime::from_timestamp(time, 0).unwrap())
    };
    any_times().prop_flat_map(move |times| {
        let who = (0..PRINCIPALS.len(), any::<bool>(), prop::bool::weighted(0.1));
        prop::collection::vec(who, times.len())
            .prop_map(move |who| who.into_iter().zip(&times).map(|(who, time)| push(who, *time)).collect())
    })
}

/// Options with which few pushes are enough, so that most runs propose something.
fn options() -> Options {
    Options {
        min_observations: 3,
        min_days: 2,
        min_within_hour: 0.2,
        offices: vec![Tz::Asia__Kathmandu, Tz::Europe__Berlin],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_order_of_pushes_does_not_matter(pushes in any_pushes().prop_shuffle(), seed in any::<u64>()) {
        let mut other = pushes.clone();
        let turn = (seed as usize).checked_rem(other.len()).unwrap_or_default();
        other.rotate_left(turn);
        other.reverse();
        prop_assert_eq!(propose(&pushes, &options()), propose(&other, &options()));
    }

    #[test]
    fn every_principal_is_answered_and_the_policy_compiles(pushes in any_pushes()) {
        let proposals = propose(&pushes, &options());
        let mut principals: Vec<&str> = pushes.iter().map(|push| push.principal).collect();
        principals.sort_unstable();
        principals.dedup();
        let answered: Vec<&str> = proposals.iter().map(|proposal| proposal.principal.as_str()).collect();
        prop_assert_eq!(answered, principals);
        for place in proposals.iter().filter_map(|proposal| proposal.place.as_ref()) {
            let guess = &place.guess;
            prop_assert!(0.0 < guess.confidence && guess.confidence <= guess.within_hour + 1e-9);
            prop_assert!(guess.within_hour <= 1.0);
            prop_assert!(!place.hours.days().is_empty());
        }
        let proposed = propose_teams(&proposals);
        let placed = proposals.iter().filter(|proposal: &&Proposal| proposal.place.is_some()).count();
        let members: usize = proposed.teams.iter().map(|team| team.members.len()).sum();
        prop_assert_eq!(members + proposed.left_out.len(), placed);
        let teams: Vec<Team> = proposed.teams.iter().map(Team::from).collect();
        let spec = EcrUploadPolicySpec { teams, ..EcrUploadPolicySpec::default() };
        prop_assert!(Policy::compile("learned", &spec, &Calendars::default()).is_ok());
    }
}
