//! Input all files on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;

use super::document::{DocumentReader, Parse};
use super::input::Input;
use super::listing::{Files, Listed};

impl Files {
    /// Reads all files on this many threads, and calls `progress` after each with its size in bytes, as stored.
    pub fn read(&self, parse: Parse, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Input {
        let mut files: Vec<&Listed> = self.documents.iter().collect();
        // The largest first, so that no thread ends long after the others.
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        let next = AtomicUsize::new(0);
        // Each thread keeps its buffers. With rayon's parallel iterators, every file would get new ones.
        let read = || {
            let (mut reader, mut reading) = (DocumentReader::new(parse), Input::default());
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                reader.read(file, &mut reading);
                progress(file.size);
            }
            reading
        };
        let readings = match ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => pool.broadcast(|_| read()),
            // If no thread can be started, this one reads all files.
            Err(_) => vec![read()],
        };
        let mut reading = readings.into_iter().fold(Input::default(), Input::and);
        reading.counts.skipped_files = self.skipped;
        reading.counts.failed_files += self.errors.len() as u64;
        reading.errors.extend(self.errors.iter().cloned());
        reading.finish();
        reading
    }
}
