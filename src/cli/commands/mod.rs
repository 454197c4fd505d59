//! The commands. Each has a folder, or a file if it is short, with its flags, its steps, its errors and its output.

mod controller;
mod crds;
mod diff;
mod explain;
mod heatmap;
mod holidays;
mod learn;
mod scan;

pub use controller::{ControllerArguments, controller};
pub use crds::{CrdsArguments, print_crds};
pub use diff::{DiffArguments, diff};
pub use explain::{ExplainArguments, explain};
pub use heatmap::{HeatmapArguments, heatmap};
pub use holidays::{HolidaysArguments, holidays};
pub use learn::{LearnArguments, learn};
pub use scan::{ScanArguments, scan};
