//! `holidays` of a policy or a team.

use chrono::NaiveDate;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The label of the ConfigMaps that hold calendars. The controller sees no others: whoever writes a policy must not get it
/// to quote a ConfigMap that they can't read themselves, and a cluster has many that are large.
pub const CALENDAR_LABEL: &str = "offhours.dev/calendar=true";

/// Days on which business hours do not apply. A holiday cancels the windows that start on that local date.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holidays {
    /// Countries whose public holidays count, as ISO 3166 codes such as DE, JP or US. Only days that are holidays in the
    /// whole country; list those of a region in `dates` or `calendars`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 16)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(c, c.matches('^[A-Z]{2}(-[A-Z0-9]{1,3})?$'))").message("each country must be an ISO 3166 code in capitals, such as DE or US"))]
    pub countries: Vec<String>,

    /// Days, each with a name that findings show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["date"]))]
    pub dates: Vec<HolidayDate>,

    /// iCalendar feeds (RFC 5545) in ConfigMaps of the policy's namespace that have the label offhours.dev/calendar=true: no
    /// others are looked at. An all-day event is a holiday on each of its days; an event with times closes exactly that time.
    /// An edit takes effect at once. What cannot be read is told in Ready with its line; the rest counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["configMap", "key"]))]
    pub calendars: Vec<CalendarReference>,

    /// Days that are worked all the same, whatever the other fields say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "set"))]
    pub except: Vec<NaiveDate>,
}

/// A day that is a holiday.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidayDate {
    /// The local date, YYYY-MM-DD.
    pub date: NaiveDate,
    /// What the day is called.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
}

/// An iCalendar feed in a ConfigMap of the policy's namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarReference {
    /// The name of the ConfigMap.
    #[schemars(length(min = 1, max = 253))]
    pub config_map: String,
    /// The key of the feed in the ConfigMap, such as company.ics.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}
