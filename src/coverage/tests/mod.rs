//! Tests of the ledger: a [model] of everything around it, and single situations.

mod checkpoints;
mod cost;
mod edits;
mod model;
mod nonsense;
mod outages;
mod regions;
mod scene;
mod sources;
