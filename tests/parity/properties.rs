//! Parity on generated records.

use proptest::prelude::*;

use crate::cloudtrail_parity::compare_both;
use crate::corpus::{self, Recipe, SHAPES, WEEKS};
use crate::identities;

fn recipe() -> impl Strategy<Value = Recipe> {
    let hours = WEEKS * 7 * 24;
    let second = prop_oneof![Just(0_u32), Just(3599), 0..3600_u32];
    (0..hours, second, any::<u16>(), 0..8_usize, 0..8_usize, 0..8_usize, prop::sample::select(SHAPES.to_vec()))
        .prop_map(|(hour, second, identity, client, repository, region, shape)| Recipe {
            seconds: hour * 3600 + second,
            identity: identity.into(),
            client,
            repository,
            region,
            shape,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_set_of_records_in_any_order_gives_the_same_rows(
        recipes in prop::collection::vec(recipe(), 1..40),
        order in any::<u64>(),
    ) {
        let mut identities = identities::published();
        identities.extend(identities::whole());
        let mut records = corpus::records(&recipes, &identities);
        let length = records.len();
        records.rotate_left(usize::try_from(order % length as u64).unwrap());
        compare_both(&records);
    }
}
