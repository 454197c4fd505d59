//! Tests of the decoder as a whole. What real records there are is in `tests/fixtures/cloudtrail`; the rest is built here
//! and called synthetic.

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
