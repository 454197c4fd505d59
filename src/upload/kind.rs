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
    /// Anything else that a registry can hold, such as a Helm chart.
    Artifact,
    /// The record does not tell: its manifest was cut, is missing or cannot be read.
    Unknown,
}

/// What a manifest says of itself. Only the fields that tell its kind are read, so that one of 4 MiB is cheap.
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
    /// Reads a manifest; one that cannot be read says nothing.
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
            Kind::Artifact
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

    /// An image has the configuration of a container; other artifacts borrow the image manifest with a
    /// configuration of their own (OCI image specification, "Guidelines for Artifact Usage").
    fn kind_by_config(&self) -> Kind {
        match self.config.as_ref().and_then(|config| config.media_type.as_deref()) {
            None | Some("") => Kind::Unknown,
            Some(config) if media_type::IMAGE_CONFIGS.contains(&config) => Kind::Image,
            Some(_) => Kind::Artifact,
        }
    }

    /// The manifests that an index lists. What is not a digest is left out.
    pub(super) fn children(&self) -> Vec<Digest> {
        let listed = self.manifests.iter().flatten();
        listed.filter_map(|child| Digest::parse(child.digest.as_deref()?)).collect()
    }
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
            (Some(OCI_MANIFEST), helm_config, Kind::Artifact),
            (Some(OCI_MANIFEST), empty_config, Kind::Artifact),
            (None, helm_config, Kind::Artifact),
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
