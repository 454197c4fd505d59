//! What the markers of one record say about it.

use super::marker::Marker;

/// The markers of one record.
#[derive(Default)]
pub(super) struct RecordMarkers {
    /// How often it names its event.
    names: u32,
    /// Whether it may be an upload, or does not name its event as CloudTrail does.
    may_be_upload: bool,
    /// Whether it has objects after commas. They are in its lists, or they follow the record.
    has_objects: bool,
}

impl RecordMarkers {
    pub(super) fn add(&mut self, marker: Marker) {
        match marker {
            Marker::Names => self.names += 1,
            Marker::OtherName | Marker::PutImage | Marker::EscapedLetter => self.may_be_upload = true,
            Marker::OtherObject => self.has_objects = true,
            Marker::NextRecord => {}
        }
    }

    /// Whether the record must be parsed, because it may be an upload or may lack the name of its event.
    pub(super) fn is_candidate(&self) -> bool {
        self.names != 1 || self.may_be_upload
    }

    /// Whether the record may be followed by an object that is not a part of it.
    pub(super) fn has_objects(&self) -> bool {
        self.has_objects
    }
}
