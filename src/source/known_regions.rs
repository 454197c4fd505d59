//! The AWS Regions that this version knows, so that a misspelled one is noticed.

use std::fmt;

/// Every Region of every partition, from the partition data of the AWS SDK (`partitions.json` in `aws-sdk-cloudtrail` 1.130,
/// which AWS generates). AWS adds a few each year, so a Region that is not here is unusual and not wrong.
const KNOWN_REGIONS: [&str; 46] = [
    // aws
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    // aws-cn
    "cn-north-1",
    "cn-northwest-1",
    // aws-us-gov
    "us-gov-east-1",
    "us-gov-west-1",
    // aws-eusc
    "eusc-de-east-1",
    // aws-iso, aws-iso-b, aws-iso-e, aws-iso-f
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
];

/// The most edits by which a misspelling differs from its Region.
const MOST_EDITS: usize = 2;

/// A Region that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRegion {
    name: String,
    nearest: Option<&'static str>,
}

impl UnknownRegion {
    /// The Regions among these that are not known.
    pub fn among(regions: &[String]) -> impl Iterator<Item = Self> {
        regions.iter().filter(|name| !KNOWN_REGIONS.contains(&name.as_str())).map(|name| Self::new(name))
    }

    fn new(name: &str) -> Self {
        let edits = |known: &str| strsim::osa_distance(name, known);
        // Of several at the same distance, the one that begins alike: Regions differ at the end.
        let likeness = |known: &str| strsim::jaro_winkler(name, known);
        let near = KNOWN_REGIONS.iter().copied().filter(|known| edits(known) <= MOST_EDITS);
        let nearest = near.min_by(|a, b| edits(a).cmp(&edits(b)).then(likeness(b).total_cmp(&likeness(a))));
        Self { name: name.to_owned(), nearest }
    }
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not an AWS Region known to this version", self.name)?;
        self.nearest.map_or(Ok(()), |nearest| write!(f, "; did you mean {nearest}?"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(regions: &[&str]) -> Vec<String> {
        let regions: Vec<String> = regions.iter().map(ToString::to_string).collect();
        UnknownRegion::among(&regions).map(|unknown| unknown.to_string()).collect()
    }

    #[test]
    fn a_misspelled_region_is_reported_with_the_nearest_one() {
        for (name, nearest) in [
            ("us-est-1", "us-east-1"),
            ("us-esat-1", "us-east-1"),
            ("eu-centrl-1", "eu-central-1"),
            ("eu-frankfurt-1", ""),
            ("cn-north-2", "cn-north-1"),
            ("us-gov-wst-1", "us-gov-west-1"),
            ("ap-southest-2", "ap-southeast-2"),
        ] {
            let question = if nearest.is_empty() { String::new() } else { format!("; did you mean {nearest}?") };
            assert_eq!(warnings(&[name]), [format!("{name} is not an AWS Region known to this version{question}")]);
        }
    }

    #[test]
    fn the_regions_of_all_partitions_are_known() {
        let known = ["eu-central-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-isof-south-1"];
        assert_eq!(warnings(&known), [""; 0]);
        assert_eq!(warnings(&["eu-central-1", "us-est-1"]).len(), 1);
    }
}
