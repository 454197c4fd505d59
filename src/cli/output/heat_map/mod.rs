//! `offhours scan --heatmap`: when people push, beside the hours of the policy.

mod numbers;
mod panel;
mod scale;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;

pub use panel::panels;
pub use svg::svg;
pub use terminal::text;
