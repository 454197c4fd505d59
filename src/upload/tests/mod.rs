//! Tests of the decoder as a whole. Real records are in `tests/fixtures/cloudtrail`; the others are made here, and called
//! synthetic.

mod corpus;
mod damaged;
mod envelopes;
mod identities;
mod ocsf;
mod properties;
mod records;
mod relations;
mod samples;
pub(super) mod shapes;
mod synthetic;
