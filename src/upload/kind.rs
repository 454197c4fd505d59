//! What was pushed, by its manifest.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::digest::Digest;

/// What an upload put into the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An image: a manifest with the configuration of a container.
    Image,
    /// A list of manifests, usually one for each platform.
    Index,
    /// A signature, such as one by cosign or Notation.
    Signature,
    /// A statement about an image, such as its provenance.
    Attestation,
    /// A software bill of materials.
    Sbom,
    /// A Helm chart.
    HelmChart,
    /// Anything else that a registry can hold.
    Artifact,
    /// Not known from the record: its manifest was cut, is missing or cannot be read.
    Unknown,
}

/// What a manifest says about itself. Only the fields that its kind follows from are read, so that one of 4 MiB is cheap. The tag
/// does not matter, although cosign's tags name a kind: an image stays an image if its tag is `sha256-….sig`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Manifest<'a> {
    #[serde(borrow, default, rename = "mediaType")]
    media_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    config: Option<Config<'a>>,
    #[serde(borrow, default)]
    manifests: Option<Vec<Child<'a>>>,
    #[serde(default, rename = "fsLayers")]
    fs_layers: Option<IgnoredAny>,
    #[serde(borrow, default, rename = "artifactType")]
    artifact_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    layers: Option<Vec<Layer<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Layer<'a> {
    #[serde(borrow, default, rename = "mediaType")]
    media_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    annotations: Option<Annotations<'a>>,
}

/// The annotation that BuildKit and cosign use for the type of a statement.
#[derive(Debug, Deserialize)]
struct Annotations<'a> {
    #[serde(borrow, default, rename = "in-toto.io/predicate-type", alias = "predicateType")]
    predicate_type: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Config<'a> {
    #[serde(borrow, default, rename = "mediaType")]
    media_type: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Child<'a> {
    #[serde(borrow, default)]
    digest: Option<Cow<'a, str>>,
}

/// The media types of the OCI image specification ("OCI Image Media Types") and of Docker's distribution.
mod media_type {
    pub(super) const INDEXES: [&str; 2] =
        ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];
    pub(super) const MANIFESTS: [&str; 2] =
        ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];
    /// Docker's first schema knew images only, and has no configuration to look at.
    pub(super) const SCHEMA_1: [&str; 2] = [
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ];
    pub(super) const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
    pub(super) const IMAGE_CONFIGS: [&str; 2] =
        ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
}

impl<'a> Manifest<'a> {
    /// Reads a manifest; None if it cannot be read.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        // serde reads a struct from an array as well.
        if !text.trim_start().starts_with('{') {
            return None;
        }
        serde_json::from_str(text).ok()
    }

    /// The kind of upload, by the media type that the request gave, else the manifest's own, else its shape.
    pub(super) fn kind(&self, requested_media_type: Option<&str>) -> Kind {
        let media_type = requested_media_type.or(self.media_type.as_deref()).unwrap_or_default();
        if media_type::INDEXES.contains(&media_type) {
            Kind::Index
        } else if media_type::SCHEMA_1.contains(&media_type) {
            Kind::Image
        } else if media_type == media_type::OCI_ARTIFACT {
            self.artifact_type.as_deref().and_then(kind_of_type).unwrap_or(Kind::Artifact)
        } else if media_type::MANIFESTS.contains(&media_type) {
            self.kind_by_config()
        } else if self.manifests.is_some() {
            Kind::Index
        } else if self.fs_layers.is_some() {
            Kind::Image
        } else {
            self.kind_by_config()
        }
    }

    /// An image has the configuration of a container; other artifacts use the image manifest with a configuration or an
    /// `artifactType` of their own (OCI image specification, "Guidelines for Artifact Usage"). Signatures and attestations may
    /// also have the configuration of a container, and are recognized by their layers: by all of them, so that a runnable image
    /// with one such layer stays an image.
    fn kind_by_config(&self) -> Kind {
        let config = self.config.as_ref().and_then(|config| config.media_type.as_deref()).unwrap_or_default();
        let artifact_type = self.artifact_type.as_deref().unwrap_or_default();
        let by_layers = self.kind_by_layers();
        if media_type::IMAGE_CONFIGS.contains(&config) {
            return by_layers.unwrap_or(Kind::Image);
        }
        if config.is_empty() && artifact_type.is_empty() {
            return Kind::Unknown;
        }
        by_layers.or(kind_of_type(artifact_type)).or(kind_of_type(config)).unwrap_or(Kind::Artifact)
    }

    /// The kind that all layers agree on.
    fn kind_by_layers(&self) -> Option<Kind> {
        let mut kinds = self.layers.iter().flatten().map(Layer::kind);
        let first = kinds.next()??;
        kinds.all(|kind| kind == Some(first)).then_some(first)
    }

    /// The manifests that an index lists. Entries without a valid digest are left out.
    pub(super) fn children(&self) -> Vec<Digest> {
        let listed = self.manifests.iter().flatten();
        listed.filter_map(|child| Digest::parse(child.digest.as_deref()?)).collect()
    }
}

impl Layer<'_> {
    fn kind(&self) -> Option<Kind> {
        let kind = kind_of_type(self.media_type.as_deref()?)?;
        let predicate = self.annotations.as_ref().and_then(|annotations| annotations.predicate_type.as_deref());
        let is_sbom = |predicate: &str| {
            predicate.starts_with("https://spdx.dev/") || predicate.starts_with("https://cyclonedx.org/")
        };
        Some(if kind == Kind::Attestation && predicate.is_some_and(is_sbom) { Kind::Sbom } else { kind })
    }
}

/// The kind that a media type stands for, from the documentation of cosign, Notation, in-toto, SPDX, CycloneDX, Syft and Helm.
fn kind_of_type(media_type: &str) -> Option<Kind> {
    const BY_PREFIX: [(&str, Kind); 14] = [
        ("application/vnd.dev.cosign.simplesigning.", Kind::Signature),
        ("application/vnd.dev.cosign.artifact.sig.", Kind::Signature),
        ("application/vnd.cncf.notary.signature", Kind::Signature),
        ("application/vnd.cncf.notary.v2.signature", Kind::Signature),
        ("application/vnd.dev.sigstore.bundle", Kind::Signature),
        ("application/vnd.in-toto", Kind::Attestation),
        ("application/vnd.dsse.envelope.", Kind::Attestation),
        ("application/vnd.dev.cosign.artifact.sbom.", Kind::Sbom),
        ("application/spdx", Kind::Sbom),
        ("text/spdx", Kind::Sbom),
        ("application/vnd.cyclonedx", Kind::Sbom),
        ("application/vnd.syft", Kind::Sbom),
        ("application/vnd.cncf.helm.", Kind::HelmChart),
        ("application/vnd.helm.", Kind::HelmChart),
    ];
    BY_PREFIX.iter().find(|(prefix, _)| media_type.starts_with(prefix)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

    fn kind(requested: Option<&str>, manifest: &str) -> Kind {
        Manifest::parse(manifest).unwrap_or_default().kind(requested)
    }

    #[test]
    fn the_kind_follows_media_type_then_shape() {
        let oci_config = r#"{"config":{"mediaType":"application/vnd.oci.image.config.v1+json"}}"#;
        let docker_config = r#"{"config":{"mediaType":"application/vnd.docker.container.image.v1+json"}}"#;
        let helm_config = r#"{"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"}}"#;
        let empty_config = r#"{"config":{"mediaType":"application/vnd.oci.empty.v1+json"}}"#;
        let own_index = r#"{"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json"}"#;
        for (requested, manifest, expected) in [
            (Some(OCI_MANIFEST), oci_config, Kind::Image),
            (Some(DOCKER_MANIFEST), docker_config, Kind::Image),
            (None, oci_config, Kind::Image),
            (Some(OCI_MANIFEST), helm_config, Kind::HelmChart),
            (Some(OCI_MANIFEST), empty_config, Kind::Artifact),
            (None, helm_config, Kind::HelmChart),
            (Some(OCI_MANIFEST), "{}", Kind::Unknown),
            (Some(OCI_MANIFEST), "", Kind::Unknown),
            (Some(OCI_INDEX), r#"{"manifests":[]}"#, Kind::Index),
            (Some(OCI_INDEX), "", Kind::Index),
            (None, own_index, Kind::Index),
            (None, r#"{"manifests":[]}"#, Kind::Index),
            (Some("application/x-other"), r#"{"manifests":[]}"#, Kind::Index),
            (Some(OCI_MANIFEST), r#"{"manifests":[]}"#, Kind::Unknown),
            (Some("application/vnd.docker.distribution.manifest.v1+prettyjws"), "{}", Kind::Image),
            (None, r#"{"schemaVersion":1,"fsLayers":[{"blobSum":"x"}]}"#, Kind::Image),
            (Some("application/vnd.oci.artifact.manifest.v1+json"), "{}", Kind::Artifact),
            (None, "not JSON", Kind::Unknown),
            (None, "[]", Kind::Unknown),
            (None, "null", Kind::Unknown),
            (None, r#"{"mediaType":5}"#, Kind::Unknown),
        ] {
            assert_eq!(kind(requested, manifest), expected, "{requested:?} {manifest}");
        }
    }

    /// An OCI manifest with the configuration of a container and layers of these types.
    fn layers(types: &[&str]) -> String {
        let layers: Vec<_> = types.iter().map(|media_type| serde_json::json!({"mediaType": media_type})).collect();
        let config = serde_json::json!({"mediaType": "application/vnd.oci.image.config.v1+json"});
        serde_json::json!({"mediaType": OCI_MANIFEST, "config": config, "layers": layers}).to_string()
    }

    #[test]
    fn signatures_attestations_and_boms_are_recognized_by_all_of_their_layers() {
        let layer = "application/vnd.oci.image.layer.v1.tar+gzip";
        let in_toto = "application/vnd.in-toto+json";
        for (types, expected) in [
            (&[layer][..], Kind::Image),
            (&[], Kind::Image),
            (&["application/vnd.dev.cosign.simplesigning.v1+json"], Kind::Signature),
            (&[in_toto, in_toto], Kind::Attestation),
            (&["application/vnd.dsse.envelope.v1+json"], Kind::Attestation),
            (&["text/spdx+json"], Kind::Sbom),
            // A layer cannot make a runnable image look harmless.
            (&[layer, in_toto], Kind::Image),
            (&[in_toto, layer], Kind::Image),
        ] {
            assert_eq!(kind(None, &layers(types)), expected, "{types:?}");
        }
        let predicate = |predicate: &str| {
            format!(
                r#"{{"config":{{"mediaType":"application/vnd.oci.image.config.v1+json"}},"layers":[
                   {{"mediaType":"{in_toto}","annotations":{{"in-toto.io/predicate-type":"{predicate}"}}}}]}}"#
            )
        };
        assert_eq!(kind(Some(OCI_MANIFEST), &predicate("https://spdx.dev/Document")), Kind::Sbom);
        assert_eq!(kind(Some(OCI_MANIFEST), &predicate("https://slsa.dev/provenance/v1")), Kind::Attestation);
    }

    #[test]
    fn artifacts_are_recognized_by_their_type() {
        let artifact = |artifact_type: &str| {
            format!(
                r#"{{"artifactType":"{artifact_type}","config":{{"mediaType":"application/vnd.oci.empty.v1+json"}}}}"#
            )
        };
        for (artifact_type, expected) in [
            ("application/vnd.cncf.notary.signature", Kind::Signature),
            ("application/vnd.dev.sigstore.bundle.v0.3+json", Kind::Signature),
            ("application/spdx+json", Kind::Sbom),
            ("application/vnd.cyclonedx+json", Kind::Sbom),
            ("application/vnd.example.model", Kind::Artifact),
        ] {
            assert_eq!(kind(Some(OCI_MANIFEST), &artifact(artifact_type)), expected, "{artifact_type}");
        }
        // The pusher chooses the type; the configuration is what runs.
        let disguised = r#"{"artifactType":"application/spdx+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json"}}"#;
        assert_eq!(kind(Some(OCI_MANIFEST), disguised), Kind::Image);
    }

    #[test]
    fn what_is_not_a_digest_is_no_child() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let manifest = format!(r#"{{"manifests":[{{"digest":"{digest}"}},{{"digest":"junk"}},{{}}]}}"#);
        let children = Manifest::parse(&manifest).map(|manifest| manifest.children());
        assert_eq!(children, Some(vec![Digest::parse(&digest).expect("a digest")]));
    }

    #[test]
    fn a_manifest_nested_beyond_any_limit_is_still_known() {
        let deep = format!(r#"{{"x":{}{},"manifests":[]}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(kind(None, &deep), Kind::Index);
    }
}
