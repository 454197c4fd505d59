//! The minimum cost of reading the files: each is read and inflated, and nothing else. It is a process of its own
//! (`--inflate-only FOLDER THREADS`), so that it is measured like the others.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use libdeflater::Decompressor;

/// Inflates every file of the folder, the largest first, and returns the number of bytes.
pub fn inflate_all(folder: &Path, threads: usize) -> u64 {
    let entries = walkdir::WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let mut files: Vec<(u64, PathBuf)> =
        entries.map(|entry| (entry.metadata().map_or(0, |metadata| metadata.len()), entry.into_path())).collect();
    files.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    let next = AtomicUsize::new(0);
    let inflated = pool.broadcast(|_| {
        let (mut inflater, mut bytes) = (Inflater::new(), 0);
        while let Some((_, path)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes += inflater.inflate(path);
        }
        bytes
    });
    inflated.into_iter().sum()
}

struct Inflater {
    decompressor: Decompressor,
    stored: Vec<u8>,
    inflated: Vec<u8>,
}

impl Inflater {
    fn new() -> Self {
        Self { decompressor: Decompressor::new(), stored: Vec::new(), inflated: Vec::new() }
    }

    fn inflate(&mut self, path: &Path) -> u64 {
        use std::io::Read as _;
        self.stored.clear();
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut self.stored)).expect("a file of the trail");
        let size = u32::from_le_bytes(*self.stored.last_chunk().expect("the size at the end of gzip")) as usize;
        if self.inflated.len() < size {
            self.inflated.resize(size, 0);
        }
        self.decompressor.gzip_decompress(&self.stored, &mut self.inflated[..size]).expect("whole gzip") as u64
    }
}
