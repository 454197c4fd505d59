//! What a change of policy adds and removes, for people.

use anstyle::{AnsiColor, Style};

use super::plain;
use crate::cli::difference::{Change, Difference, FindingDifference, PushDifference, Side};

/// How many pushes of a finding are shown where not all are.
const SHOWN: usize = 5;

/// A paragraph for each finding: its pushes that come or go, and what both policies say of them. `whole` leaves no push out.
pub fn text(difference: &Difference, whole: bool) -> String {
    difference.differences.iter().map(|finding| paragraph(finding, whole)).collect::<Vec<_>>().join("\n")
}

fn paragraph(finding: &FindingDifference, whole: bool) -> String {
    let FindingDifference { date, repository, principal, name, .. } = finding;
    let who = principal.session.as_ref().unwrap_or(&principal.arn);
    let stay = match finding.pushes_that_stay {
        0 => String::new(),
        1 => ", 1 push unchanged".to_owned(),
        stay => format!(", {stay} pushes unchanged"),
    };
    let heading = format!("{date} {repository} by {who} (finding {name}{stay})");
    let (sign, style) = sign(finding.change);
    let mut text = format!("{style}{sign} {:?}{style:#} {}\n", finding.change, plain(&heading));
    let shown = if whole { finding.pushes.len() } else { SHOWN };
    let (shown, hidden) = finding.pushes.split_at(shown.min(finding.pushes.len()));
    for alike in shown.chunk_by(is_judged_alike) {
        for push in alike {
            let (sign, style) = self::sign(push.change);
            text.push_str(&format!("  {style}{sign}{style:#} {}\n", plain(&image_and_time(push))));
        }
        if let Some(PushDifference { before, after, .. }) = alike.first() {
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

/// `v1.2 at Fri 2026-11-20 19:12:07 +01:00`, by the clock of the policy that is to be.
fn image_and_time(push: &PushDifference) -> String {
    let image = push.tag.as_deref().or(push.digest.as_deref()).unwrap_or("(no tag)");
    format!("{image} at {} ({})", push.after.local_time.format("%a %Y-%m-%d %H:%M:%S %:z"), push.event_id)
}

fn is_judged_alike(a: &PushDifference, b: &PushDifference) -> bool {
    let said = |push: &PushDifference| (push.change, push.before.as_ref().map(verdict), verdict(&push.after));
    said(a) == said(b)
}

/// More findings are red, fewer are green.
fn sign(change: Change) -> (char, Style) {
    let (sign, color) = match change {
        Change::Added => ('+', AnsiColor::Red),
        Change::Removed => ('-', AnsiColor::Green),
        Change::Changed => ('~', AnsiColor::Yellow),
    };
    (sign, Style::new().fg_color(Some(color.into())))
}
