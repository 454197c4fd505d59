//! A difference in paragraphs, for people.

use anstyle::{AnsiColor, Style};

use super::difference::{Change, Difference, FindingDifference, Side, UploadDifference};
use crate::cli::output::{counted, plain};

/// The number of uploads that are shown of each finding.
const SHOWN: usize = 5;

/// A paragraph for each finding: the uploads that it gains and loses, and the verdicts of both policies on them. `whole` shows all
/// uploads.
pub fn paragraphs(difference: &Difference, whole: bool) -> String {
    difference.differences.iter().map(|finding| paragraph(finding, whole)).collect::<Vec<_>>().join("\n")
}

fn paragraph(finding: &FindingDifference, whole: bool) -> String {
    let FindingDifference { date, repository, principal, name, .. } = finding;
    let who = principal.session.as_ref().unwrap_or(&principal.arn);
    let unchanged = match finding.pushes_that_stay {
        0 => String::new(),
        number => format!(", {} unchanged", counted(number, "push")),
    };
    let heading = format!("{date} {repository} by {who} (finding {name}{unchanged})");
    let (sign, style) = sign(finding.change);
    let mut text = format!("{style}{sign} {:?}{style:#} {}\n", finding.change, plain(&heading));
    let shown = if whole { finding.pushes.len() } else { SHOWN };
    let (shown, hidden) = finding.pushes.split_at(shown.min(finding.pushes.len()));
    for alike in shown.chunk_by(is_judged_alike) {
        for upload in alike {
            let (sign, style) = self::sign(upload.change);
            text.push_str(&format!("  {style}{sign}{style:#} {}\n", plain(&image_and_time(upload))));
        }
        if let Some(UploadDifference { before, after, .. }) = alike.first() {
            let before = before.as_ref().map_or_else(|| "no policy".to_owned(), verdict);
            text.push_str(&format!("      before: {}\n", plain(&before)));
            text.push_str(&format!("      after:  {}\n", plain(&verdict(after))));
        }
    }
    if !hidden.is_empty() {
        text.push_str(&format!("    and {} more; use -o wide to show all\n", hidden.len()));
    }
    text
}

fn verdict(side: &Side) -> String {
    format!("{}, {}", side.verdict, side.message)
}

/// `v1.2 at Fri 2026-11-20 19:12:07 +01:00`, in local time by the changed policy.
fn image_and_time(upload: &UploadDifference) -> String {
    let image = upload.tag.as_deref().or(upload.digest.as_deref()).unwrap_or("(no tag)");
    format!("{image} at {} ({})", upload.after.local_time.format("%a %Y-%m-%d %H:%M:%S %:z"), upload.event_id)
}

fn is_judged_alike(a: &UploadDifference, b: &UploadDifference) -> bool {
    let verdicts =
        |upload: &UploadDifference| (upload.change, upload.before.as_ref().map(verdict), verdict(&upload.after));
    verdicts(a) == verdicts(b)
}

/// Red for more findings, green for fewer.
fn sign(change: Change) -> (char, Style) {
    let (sign, color) = match change {
        Change::Added => ('+', AnsiColor::Red),
        Change::Removed => ('-', AnsiColor::Green),
        Change::Changed => ('~', AnsiColor::Yellow),
    };
    (sign, Style::new().fg_color(Some(color.into())))
}
