//! Records that were read and not delivered yet.

use std::collections::{HashMap, HashSet};

use crate::upload::{Addendum, Decoded, OtherPutImage, RecordError, RecordId, Upload, decode, relate};

/// Decoded records, each event once. A batch is filled page by page, and emptied with [`Batch::take`] when it has enough.
/// It remembers nothing of what was taken: its size is bounded by what is in hand, and an event that is read again later is
/// in hand again.
#[derive(Debug, Default)]
pub struct Batch {
    /// The number of records that are not uploads.
    pub not_uploads: usize,
    /// Those of them that record a call named PutImage.
    pub other_put_images: Vec<OtherPutImage>,
    /// Records that could not be decoded, each with the id that LookupEvents gave.
    pub broken: Vec<(String, RecordError)>,
    uploads: Vec<Upload>,
    /// Where each upload is.
    places: HashMap<RecordId, usize>,
    /// LookupEvents' ids of all other records.
    others: HashSet<String>,
}

impl Batch {
    /// Adds a record: `event_id` is its id in LookupEvents, `text` the record itself.
    pub fn add(&mut self, event_id: &str, text: &str) {
        match decode(text) {
            Ok(Decoded::Upload(upload)) => self.add_upload(*upload),
            Ok(Decoded::NotAnUpload) => {
                if self.others.insert(event_id.to_owned()) {
                    self.not_uploads += 1;
                    self.other_put_images.extend(OtherPutImage::of(text));
                }
            }
            Err(error) => {
                if self.others.insert(event_id.to_owned()) {
                    self.broken.push((event_id.to_owned(), error));
                }
            }
        }
    }

    /// Adds an upload. Of several records of one event, a correction replaces the others, whichever came first: among
    /// records that are read together, the latest form is judged.
    fn add_upload(&mut self, upload: Upload) {
        match self.places.get(&upload.id).and_then(|place| self.uploads.get_mut(*place)) {
            Some(known) if replaces(&upload, known) => *known = upload,
            Some(_) => {}
            None => {
                self.places.insert(upload.id.clone(), self.uploads.len());
                self.uploads.push(upload);
            }
        }
    }

    /// The number of uploads in hand.
    pub fn len(&self) -> usize {
        self.uploads.len()
    }

    /// Whether no upload is in hand.
    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty()
    }

    /// The number of records of any kind in hand, which is what takes memory.
    pub fn records(&self) -> usize {
        self.uploads.len() + self.others.len()
    }

    /// The uploads, in the order of their times after [`Batch::relate`], before that as they were read.
    pub fn uploads(&self) -> &[Upload] {
        &self.uploads
    }

    /// The uploads alone, in the same order.
    pub fn into_uploads(self) -> Vec<Upload> {
        self.uploads
    }

    /// Takes everything out of the batch.
    #[must_use]
    pub fn take(&mut self) -> Batch {
        std::mem::take(self)
    }

    /// Sorts the uploads by their times, so that the order of pages and repeats changes nothing, and relates those in hand
    /// to each other.
    pub fn relate(&mut self) {
        self.uploads.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        relate(&mut self.uploads);
        self.index();
    }

    fn index(&mut self) {
        self.places = self.uploads.iter().enumerate().map(|(place, upload)| (upload.id.clone(), place)).collect();
    }
}

/// Whether a record replaces another record of the same event. The latest of several corrections does. Of two corrections
/// with the same time it is not known which is later; comparing their ids only makes the choice independent of their order.
fn replaces(new: &Upload, known: &Upload) -> bool {
    match (is_correction(new), is_correction(known)) {
        (true, true) => (new.time, &new.event_id) > (known.time, &known.event_id),
        (new, known) => new && !known,
    }
}

fn is_correction(upload: &Upload) -> bool {
    match upload.addendum {
        Some(Addendum::UpdatedData) => true,
        Some(Addendum::DeliveryDelay | Addendum::ServiceOutage | Addendum::Other(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn put_image(id: &str, second: u32) -> Value {
        json!({
            "eventVersion": "1.08",
            "userIdentity": {"type": "AWSAccount", "accountId": "111122223333"},
            "eventTime": format!("2026-11-20T12:00:{second:02}Z"),
            "eventSource": "ecr.amazonaws.com",
            "eventName": "PutImage",
            "awsRegion": "eu-central-1",
            "requestParameters": {"registryId": "111122223333", "repositoryName": "prod/api", "imageTag": id},
            "eventID": id,
            "eventType": "AwsApiCall",
            "recipientAccountId": "111122223333",
        })
    }

    fn correction(id: &str, of: &str, second: u32) -> Value {
        let mut record = put_image(id, second);
        record["addendum"] = json!({"reason": "UPDATED_DATA", "originalEventID": of});
        record
    }

    fn batch(records: &[&Value]) -> Batch {
        let mut batch = Batch::default();
        for record in records {
            batch.add(record["eventID"].as_str().unwrap(), &record.to_string());
        }
        batch
    }

    fn event_ids(batch: &Batch) -> Vec<&str> {
        batch.uploads().iter().map(|upload| upload.event_id.as_str()).collect()
    }

    #[test]
    fn a_record_that_is_read_again_counts_once() {
        let (upload, mut other, mut broken) = (put_image("a", 1), put_image("b", 2), put_image("c", 3));
        other["eventSource"] = json!("example.amazonaws.com");
        broken["eventTime"] = json!("noon");
        let batch = batch(&[&upload, &other, &broken, &upload, &other, &broken]);
        assert_eq!((batch.len(), batch.not_uploads, batch.broken.len(), batch.records()), (1, 1, 1, 3));
        assert_eq!(batch.other_put_images.len(), 1);
    }

    #[test]
    fn a_correction_stands_for_its_event_in_whichever_order_they_are_read() {
        let (original, first, second) = (put_image("a", 1), correction("b", "a", 1), correction("c", "a", 1));
        for records in [[&original, &first], [&first, &original]] {
            assert_eq!(event_ids(&batch(&records)), ["b"]);
        }
        for records in [[&first, &second, &original], [&second, &original, &first], [&original, &second, &first]] {
            assert_eq!(event_ids(&batch(&records)), ["c"]);
        }
    }

    #[test]
    fn a_correction_finds_its_event_after_they_were_put_in_order() {
        let mut batch = batch(&[&put_image("late", 9), &put_image("early", 1)]);
        batch.relate();
        let correction = correction("corrected", "early", 1);
        batch.add("corrected", &correction.to_string());
        assert_eq!(event_ids(&batch), ["corrected", "late"]);
    }

    #[test]
    fn what_was_taken_is_forgotten() {
        let mut batch = batch(&[&put_image("a", 1), &put_image("b", 2)]);
        assert_eq!(batch.take().len(), 2);
        assert_eq!((batch.len(), batch.records(), batch.is_empty()), (0, 0, true));
        batch.add("b", &put_image("b", 2).to_string());
        assert_eq!(event_ids(&batch), ["b"]);
    }
}
