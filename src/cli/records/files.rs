//! Records in files.

use std::num::NonZero;
use std::thread;

use super::arguments::RecordArguments;
use super::progress_bar::progress_bar;
use crate::source::files::{Files, Input, Parse};

/// Reads the files, folders and standard input that the arguments name.
pub fn read_files(arguments: &RecordArguments) -> Input {
    let files = Files::list(&arguments.paths);
    let bar = progress_bar(files.bytes(), "{bar:40} {bytes} of {total_bytes}, {eta} left");
    let threads =
        arguments.threads.map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from);
    let parse = if arguments.parse_all { Parse::All } else { Parse::Candidates };
    let reading = files.read(parse, threads, &|bytes| bar.inc(bytes));
    bar.finish_and_clear();
    reading
}
