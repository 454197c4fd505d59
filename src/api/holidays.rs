//! The holidays of a policy or a team.

use chrono::NaiveDate;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The label of the ConfigMaps that hold calendars, as a label selector. The controller reads no others: a policy must
/// not make it quote a ConfigMap that the policy's author cannot read, and clusters have many large ones.
pub const CALENDAR_LABEL: &str = "offhours.dev/calendar=true";

/// Days without business hours. A holiday cancels the windows that start on that local date.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holidays {
    /// Countries, and parts of countries, whose public holidays apply, as ISO 3166 codes such as DE, DE-BY or IN-KA.
    /// Defaults to none. DE covers only the holidays of the whole country: for more, name the part. `offhours holidays`
    /// prints the codes and the days. Half days, bank holidays and optional holidays are not included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 32)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(c, c.matches('^[A-Z]{2}(-[A-Za-z0-9]+)*$'))").message("each country must be an ISO 3166 code in capitals: a country such as DE, or a part of one such as DE-BY"))]
    pub countries: Vec<String>,

    /// Single holidays, each with its local date and a name. Defaults to none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["date"]))]
    pub dates: Vec<HolidayDate>,

    /// iCalendar feeds (RFC 5545) in ConfigMaps in the policy's namespace. Defaults to none. Only ConfigMaps with the
    /// label offhours.dev/calendar=true are read. An all-day event is a holiday on each of its days; an event with
    /// times cancels business hours for exactly that time. Changes take effect at once. Lines that cannot be read are
    /// reported in the Ready condition; the rest of the feed applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["configMap", "key"]))]
    pub calendars: Vec<CalendarReference>,

    /// Working days, as YYYY-MM-DD, that override every holiday listed here. Defaults to none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "set"))]
    pub except: Vec<NaiveDate>,
}

/// A single holiday.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidayDate {
    /// The local date, YYYY-MM-DD.
    pub date: NaiveDate,
    /// Name of the holiday, shown in findings.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
}

/// An iCalendar feed in a ConfigMap in the policy's namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarReference {
    /// Name of the ConfigMap. It needs the label offhours.dev/calendar=true.
    #[schemars(length(min = 1, max = 253))]
    pub config_map: String,
    /// Key in the ConfigMap's data that holds the feed, such as company.ics.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptions_of_the_fields_name_the_label_that_the_controller_selects() {
        let definition = serde_json::to_string(&super::super::crds::policy_definition()).unwrap();
        let (key, _) = CALENDAR_LABEL.split_once('=').unwrap();
        let named: Vec<&str> = definition.match_indices(key).map(|(start, _)| &definition[start..]).collect();
        assert!(named.iter().all(|text| text.starts_with(CALENDAR_LABEL)), "another value than in {CALENDAR_LABEL}");
        // Of `calendars` and of `configMap`, each for the policy and for its teams.
        assert_eq!(named.len(), 4);
    }
}
