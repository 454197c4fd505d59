//! Why the product says something else than a search. What no function here can name is a failure of a test.

use std::collections::BTreeMap;

/// A documented difference; the numbers are those of docs/from-splunk.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// D5: the Security Lake search groups by fields that only the released version 2 of the source has.
    ReleasedSchemaOnly,
    /// D7: what is null reads `0`.
    Zero,
    /// D8: a record without one of the fields of the group is dropped.
    DroppedRecord,
    /// D11: a push to ECR Public is not looked for.
    EcrPublic,
    /// D11, the other half: a call of another service is taken for a push.
    OtherService,
    /// D12: further records of one event are counted again.
    CountedAgain,
}

/// How often each difference was met.
pub type Differences = BTreeMap<Defect, usize>;
