//! Tests of the ledger: a [model] of everything around it, and single situations.

mod model;
