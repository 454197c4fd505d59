//! One heat map with the text around it.

use crate::cli::output::{counted, plain};
use crate::cli::policies::PolicyFile;
use crate::detect::{HeatMap, heat_maps};
use crate::upload::Upload;

/// The most characters of a name in a heading. Names in files may have any length; those in a cluster are shorter.
const LONGEST_NAME: usize = 80;

/// A heat map of a policy. All text is without control characters.
#[derive(Debug)]
pub struct Panel<'p> {
    /// The policy and the teams whose hours are drawn.
    pub title: String,
    /// The time zone and the business hours.
    pub hours: String,
    /// The numbers of uploads.
    pub map: HeatMap<'p>,
}

impl Panel<'_> {
    /// The number of uploads for each verdict of the policy.
    pub fn totals(&self) -> String {
        totals(&self.map)
    }
}

/// The heat maps of all policies, in their order.
pub fn panels<'p>(policies: &'p [PolicyFile], uploads: &[Upload]) -> Vec<Panel<'p>> {
    let of_policy = |file: &'p PolicyFile| {
        let maps = heat_maps(&file.policy, uploads);
        maps.into_iter().map(move |map| Panel { title: title(file, &map), hours: hours(&map), map })
    };
    policies.iter().flat_map(of_policy).collect()
}

/// `Policy security/production, team tokyo`.
fn title(file: &PolicyFile, map: &HeatMap<'_>) -> String {
    let namespace = file.namespace.as_ref().map(|namespace| format!("{}/", name(namespace))).unwrap_or_default();
    let teams = match (map.hours.team(), map.also.as_slice()) {
        (Some(team), _) => format!(", team {}", name(team)),
        (None, []) => String::new(),
        (None, [team]) => format!(" with team {}", name(team)),
        (None, teams) => format!(" with teams {}", teams.iter().map(|team| name(team)).collect::<Vec<_>>().join(", ")),
    };
    format!("Policy {namespace}{}{teams}", name(file.policy.name()))
}

fn name(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// `Mon-Fri 08:00-20:00 in Europe/Berlin`.
fn hours(map: &HeatMap<'_>) -> String {
    let schedule = map.hours.schedule();
    let zone = schedule.zone().name();
    if schedule.windows().is_empty() {
        format!("No business hours; local time in {zone}")
    } else {
        format!("Business hours {schedule}; local time in {zone}")
    }
}

fn totals(map: &HeatMap<'_>) -> String {
    let total = map.total();
    format!(
        "{} in scope: {} in business hours, {} allowed, {} off hours",
        counted(total.uploads(), "push"),
        total.in_business_hours,
        total.allowed,
        total.off_hours
    )
}

/// Lines of at most `width` characters, broken at spaces; a longer word is broken too.
pub(super) fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let used = lines.last().map_or(0, |line| line.chars().count());
            let space = usize::from(used > 0);
            if used + space + word.len() <= width {
                if let Some(line) = lines.last_mut() {
                    line.extend(std::iter::repeat_n(' ', space).chain(word));
                }
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            let rest = word.split_off(width);
            lines.pop();
            lines.extend([word.into_iter().collect(), String::new()]);
            word = rest;
        }
    }
    lines
}
