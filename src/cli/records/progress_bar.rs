//! The progress of a long reading.

use std::io::IsTerminal as _;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that takes less long shows no progress.
const PATIENCE: Duration = Duration::from_millis(500);

/// A progress bar on standard error, if that is a terminal and the work takes long. It is hidden if the length is 0, which stands
/// for unknown, as with standard input.
pub fn progress_bar(length: u64, template: &str) -> ProgressBar {
    if length == 0 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::hidden().with_style(style);
    bar.set_length(length);
    let shown = bar.clone();
    thread::spawn(move || {
        thread::sleep(PATIENCE);
        if !shown.is_finished() {
            shown.set_draw_target(ProgressDrawTarget::stderr());
        }
    });
    bar
}
