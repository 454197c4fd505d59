//! A document with any number of records, in any of their envelopes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offhours::upload::Contents;

fuzz_target!(|document: &[u8]| {
    let contents = Contents::of(document);
    assert_eq!(contents.read(), contents.uploads.len() as u64 + contents.not_uploads + contents.failed);
    assert!(contents.broken.len() as u64 <= contents.failed);
    assert!(contents.broken.iter().all(|broken| (1..=contents.read()).contains(&broken.record)));
    if let Some(unread) = &contents.unread {
        assert!(unread.read <= document.len());
    }
    // The fast path for verified files must find the same uploads. It is for the documents of a trail: one JSON object, in which
    // no record failed.
    let is_of_a_trail = contents.failed == 0 && contents.unread.is_none();
    if is_of_a_trail && serde_json::from_slice::<serde_json::Value>(document).is_ok() {
        let verified = Contents::of_verified(document, |_| {});
        assert_eq!(verified.uploads, contents.uploads);
    }
    // The records of two documents are those of both, in this order.
    if contents.failed == 0 && contents.unread.is_none() {
        let twice =
            Contents::of(&[document, b"\n", document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document)].concat());
        assert_eq!(twice.read(), 2 * contents.read());
        assert_eq!(twice.uploads, [contents.uploads.clone(), contents.uploads].concat());
    }
});
