//! `offhours heatmap`.

mod arguments;
mod command;
mod error;
mod numbers;
mod panel;
mod scale;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;

pub use arguments::HeatmapArguments;
pub use command::heatmap;
