//! Explanations in sentences, with everything that the table cuts.

use super::explanation::Explanation;
use crate::cli::output::plain;

/// `OffHours by production: arn:… pushed prod/api:v1 at Sat …; business hours are …  [finding …, event …]`.
pub fn sentences(explanations: &[Explanation<'_>]) -> String {
    explanations.iter().map(|explanation| sentence(explanation) + "\n").collect()
}

fn sentence(explanation: &Explanation<'_>) -> String {
    let Explanation { verdict, policy, message, event_id, finding, .. } = explanation;
    let finding = finding.map(|finding| format!("finding {finding}, ")).unwrap_or_default();
    let event_id = event_id.unwrap_or("unknown");
    plain(&format!("{verdict} by {policy}: {message} [{finding}event {event_id}]"))
}
