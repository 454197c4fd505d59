//! Windows of business hours, of a policy or a team.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A window of local time on certain weekdays. `start` is inclusive, `end` is exclusive.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.start != self.end").message("start and end are the same, so the window is empty; for a whole day, use start \"00:00\" and end \"24:00\""))]
pub struct BusinessHours {
    /// Weekdays on which the window starts: Mon, Tue, Wed, Thu, Fri, Sat or Sun.
    #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
    pub days: Vec<Day>,

    /// Local time at which the window starts, inclusive: HH:MM in quotes, from 00:00 to 23:59.
    #[schemars(length(max = 16))] // room for 08:00:00 and 8:00 AM, which the rule answers with what to write
    #[x_kube(validation = Rule::new("self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]$')").message("must be a time of day HH:MM from 00:00 to 23:59, such as \"08:00\""))]
    pub start: String,

    /// Local time at which the window ends, exclusive: HH:MM in quotes, from 00:00 to 24:00. At or before `start`, it
    /// is on the next day; the window still belongs to the day on which it starts.
    #[schemars(length(max = 16))]
    #[x_kube(validation = Rule::new("self.matches('^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$')").message("must be a time of day HH:MM from 00:00 to 24:00, such as \"20:00\""))]
    pub end: String,
}

/// A weekday.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // The weekdays need no explanation.
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}
