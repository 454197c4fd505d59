//! A table of explanations.

use anstyle::{AnsiColor, Style};

use super::explanation::Explanation;
use crate::cli::output::{aligned, header, plain, styled};
use crate::detect::{identity, short_principal};
use crate::upload::Upload;

/// Makes findings stand out.
const OFF_HOURS: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));

/// The most characters of an image or a principal. The sentences show all of them.
const WIDEST: usize = 36;

/// A row for each record. `with_policy` adds a column for the policy.
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
    // A call that is not a push has no team, and so no local time.
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

/// Long names are cut in the middle, so that a single one does not push the reasons of all rows off the screen. The beginning of
/// a repository and the end of a tag say most.
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
