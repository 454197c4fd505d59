//! Why each push is or is not a finding.

use anstyle::{AnsiColor, Style};

use super::columns::{aligned, header, styled};
use super::plain;
use crate::cli::CommandError;
use crate::cli::explain::Explanation;
use crate::detect::{identity, short_principal};
use crate::upload::Upload;

/// Findings stand out from all the rest.
const OFF_HOURS: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));

/// Characters of a push or a principal. The sentences have all of them.
const WIDEST: usize = 36;

/// A row for each record, with the policy where there are several.
pub fn table(explanations: &[Explanation<'_>], with_policy: bool) -> String {
    if explanations.is_empty() {
        return String::new();
    }
    let mut titles = vec!["VERDICT", "LOCAL TIME", "PUSH", "PRINCIPAL", "WHY"];
    if with_policy {
        titles.insert(0, "POLICY");
    }
    let mut rows = vec![header(&titles)];
    rows.extend(explanations.iter().map(|explanation| row(explanation, with_policy)));
    aligned(&rows)
}

fn row(explanation: &Explanation<'_>, with_policy: bool) -> Vec<String> {
    let Explanation { verdict, policy, upload, why, .. } = explanation;
    let style = if *verdict == "OffHours" { OFF_HOURS } else { Style::new() };
    // What is no upload has no team, and so no local time.
    let time = explanation.local_time.or(explanation.event_time.map(|time| time.fixed_offset()));
    let time = time.map(|time| time.format("%a %Y-%m-%d %H:%M:%S %:z").to_string());
    let text = |text: Option<String>| plain(text.as_deref().unwrap_or("-"));
    let mut row = vec![
        styled(style, verdict),
        text(time),
        shortened(&text(upload.map(image))),
        shortened(&text(upload.map(who))),
        plain(why),
    ];
    if with_policy {
        row.insert(0, plain(policy));
    }
    row
}

/// `prod/api:v1`, or the first part of the digest where there is no tag.
fn image(upload: &Upload) -> String {
    match (&upload.tag, &upload.digest) {
        (Some(tag), _) => format!("{}:{tag}", upload.repository),
        (None, Some(digest)) => {
            format!("{}@{}", upload.repository, digest.as_str().chars().take(19).collect::<String>())
        }
        (None, None) => upload.repository.clone(),
    }
}

/// One long name must not push the reasons of all rows off the screen. The beginning of a repository and the end of a tag say
/// most.
fn shortened(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= WIDEST {
        return text.to_owned();
    }
    let (half, end) = (WIDEST / 2, characters.len() - (WIDEST - WIDEST / 2 - 1));
    characters[..half].iter().chain(&['…']).chain(&characters[end..]).collect()
}

fn who(upload: &Upload) -> String {
    short_principal(&identity(&upload.principal), &upload.account)
}

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

/// An object for each record, each on a line.
pub fn json_lines(explanations: &[Explanation<'_>]) -> Result<String, CommandError> {
    let mut text = String::new();
    for explanation in explanations {
        text.push_str(&serde_json::to_string(explanation).map_err(CommandError::Json)?);
        text.push('\n');
    }
    Ok(text)
}
