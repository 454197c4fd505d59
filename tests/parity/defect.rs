//! The documented reasons why the product differs from a search. A difference without one fails a test.

use std::collections::BTreeMap;

/// A documented difference; the numbers are those of docs/from-splunk.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// D5: the Security Lake search groups by fields that only the released version 2 of the source has.
    ReleasedSchemaOnly,
    /// D7: null is printed as `0`.
    Zero,
    /// D8: a record without one of the fields of the group is dropped.
    DroppedRecord,
    /// D11: pushes to ECR Public are not found.
    EcrPublic,
    /// D11, the other half: a call of another service counts as a push.
    OtherService,
    /// D12: further records of one event are counted again.
    CountedAgain,
}

/// How often each difference occurred.
pub type Differences = BTreeMap<Defect, usize>;
