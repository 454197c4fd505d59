//! The kinds of uploads.

use crate::api::UploadKind;
use crate::upload::{Kind, Relation, Upload};

/// The kind of an upload, as the API names it. The purpose of a manifest, such as a signature, takes
/// precedence over being the child of an index.
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

/// Whether a manifest of this kind becomes an `IndexChild` once it is known that an index lists it, by the rules of
/// [`upload_kind`].
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
