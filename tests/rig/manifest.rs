//! Image manifests: valid JSON of the real media types, with the real SHA-256 of their text as digest.

use serde_json::{Value, json};

use super::seed::sha256_hex;

pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

const PLATFORMS: [(&str, &str); 4] = [("linux", "amd64"), ("linux", "arm64"), ("linux", "s390x"), ("linux", "ppc64le")];

/// The text of a manifest, with its media type and digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub text: String,
    pub media_type: String,
    /// `sha256:…` of the text.
    pub digest: String,
}

impl Manifest {
    /// The manifest with this JSON.
    pub fn of(media_type: &str, content: &Value) -> Self {
        let text = content.to_string();
        let digest = format!("sha256:{}", sha256_hex(&text));
        Self { text, media_type: media_type.to_owned(), digest }
    }

    /// A container image; each seed gives another digest.
    pub fn image(seed: u64) -> Self {
        Self::image_with_layers(seed, 3)
    }

    /// A container image with this many layers: about 190 bytes each.
    pub fn image_with_layers(seed: u64, layers: usize) -> Self {
        let layers = (0..layers)
            .map(|layer| {
                blob("application/vnd.oci.image.layer.v1.tar+gzip", &format!("layer {seed} {layer}"), 2_811_478)
            })
            .collect::<Vec<_>>();
        let config = blob("application/vnd.oci.image.config.v1+json", &format!("config {seed}"), 1_472);
        Self::of(IMAGE, &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers}))
    }

    /// What buildx pushes with an image to describe how it was built.
    pub fn attestation(seed: u64) -> Self {
        let layer = json!({
            "mediaType": "application/vnd.in-toto+json",
            "digest": format!("sha256:{}", sha256_hex(&format!("in-toto {seed}"))),
            "size": 1_337,
            "annotations": {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"},
        });
        let config = blob("application/vnd.oci.image.config.v1+json", &format!("attestation {seed}"), 167);
        Self::of(IMAGE, &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]}))
    }

    /// An index of images, each for another platform.
    pub fn index(images: &[Manifest]) -> Self {
        Self::index_with_attestations(images, &[])
    }

    /// An index of images and their attestations.
    pub fn index_with_attestations(images: &[Manifest], attestations: &[Manifest]) -> Self {
        let platforms = images.iter().zip(PLATFORMS.iter().cycle()).map(|(image, (os, architecture))| {
            child(image, json!({"platform": {"os": os, "architecture": architecture}}))
        });
        let attested = attestations.iter().zip(images).map(|(attestation, image)| {
            let annotations = json!({
                "vnd.docker.reference.digest": image.digest,
                "vnd.docker.reference.type": "attestation-manifest",
            });
            let platform = json!({"os": "unknown", "architecture": "unknown"});
            child(attestation, json!({"platform": platform, "annotations": annotations}))
        });
        let manifests = platforms.chain(attested).collect::<Vec<_>>();
        Self::of(INDEX, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}))
    }
}

fn blob(media_type: &str, content: &str, size: u64) -> Value {
    json!({"mediaType": media_type, "size": size, "digest": format!("sha256:{}", sha256_hex(content))})
}

fn child(manifest: &Manifest, mut more: Value) -> Value {
    more["mediaType"] = json!(manifest.media_type);
    more["digest"] = json!(manifest.digest);
    more["size"] = json!(manifest.text.len());
    more
}
