//! What was pushed, in one word.

use crate::api::UploadKind;
use crate::upload::{Kind, Relation, Upload};

/// The kind of an upload, as the API names it. What it is for, such as a signature, says more than how it came.
pub(super) fn upload_kind(upload: &Upload) -> UploadKind {
    match (upload.kind, upload.relation) {
        (_, Relation::Retag) => UploadKind::Retag,
        (Kind::Signature, _) => UploadKind::Signature,
        (Kind::Attestation, _) => UploadKind::Attestation,
        (Kind::Sbom, _) => UploadKind::Sbom,
        (Kind::HelmChart, _) => UploadKind::HelmChart,
        (_, Relation::IndexChild) => UploadKind::IndexChild,
        (Kind::Image, _) => UploadKind::Image,
        (Kind::Index, _) => UploadKind::Index,
        (Kind::Artifact, _) => UploadKind::Artifact,
        (Kind::Unknown, _) => UploadKind::Unknown,
    }
}

/// Whether a manifest of this kind is an `IndexChild` once it is known that an index lists it: [`upload_kind`] as far as it
/// depends on the relation.
pub(super) fn may_be_index_child(kind: UploadKind) -> bool {
    match kind {
        UploadKind::Image | UploadKind::Index | UploadKind::Artifact | UploadKind::Unknown => true,
        UploadKind::IndexChild
        | UploadKind::Retag
        | UploadKind::Signature
        | UploadKind::Attestation
        | UploadKind::Sbom
        | UploadKind::HelmChart => false,
    }
}
