//! Heat maps as a self-contained picture. The same maps always give the same bytes.

use super::numbers::short;
use super::panel::{Panel, folded};
use super::scale::Scale;
use crate::cli::output::counted;
use crate::detect::{Cell, HeatMap, WEEKDAYS};

/// Half a pixel for each minute.
const CELL_WIDTH: usize = 30;
const CELL_HEIGHT: usize = 26;
const MARGIN: usize = 20;
const LABELS: usize = 40;
const SUMS: usize = 48;
const LINE: usize = 18;
/// The distance of the baseline of text from the top of its cell.
const BASELINE: usize = 17;
const GAP: usize = 28;
const GRID: usize = 24 * CELL_WIDTH;
const WIDTH: usize = MARGIN + LABELS + GRID + SUMS + MARGIN;
const LEFT: usize = MARGIN + LABELS;
/// The number of characters that fit on a line, in the widest of the usual fonts.
const CHARACTERS: usize = 112;
const TITLE_CHARACTERS: usize = 88;

/// In both colour schemes, the numbers in the cells have a contrast of at least 4.5 to 1. They have an edge in the colour of the
/// cell, so that an outline through the middle of an hour does not strike them out. The outline has an edge in the colour of the
/// background, so that it is visible on cells of any colour.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;font-size:12px;fill:#1f2328}
.title{font-size:15px;font-weight:600}.count{font-size:10px;text-anchor:middle}.hour{text-anchor:middle}.sum{text-anchor:end}
.count{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}.count,.business,.edge{pointer-events:none}
.paper{fill:#fff}.l0{fill:#eef1f4}.l1{fill:#fee9a8}.l2{fill:#fdb863}.l3{fill:#f4793b}.l4{fill:#a50f15}.on1{stroke:#fee9a8}.on2{stroke:#fdb863}.on3{stroke:#f4793b}.on4{stroke:#a50f15;fill:#fff}
.business,.edge{fill:none;stroke:#0550ae;stroke-width:2;stroke-linecap:square}.edge{stroke:#fff;stroke-width:5}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}
.l0{fill:#1c2128}.l1{fill:#4a2a12}.l2{fill:#8a4a12}.l3{fill:#d9822b}.l4{fill:#ffd27a}
.on1{stroke:#4a2a12}.on2{stroke:#8a4a12}.on3{stroke:#d9822b}.on4{stroke:#ffd27a}.on3,.on4{fill:#1f2328}
.business{stroke:#79c0ff}.edge{stroke:#0d1117}}";

const NOTES: &str = "Number of pushes in each local hour. Pushes out of scope are not counted. Holidays are not drawn: a push on a \
    holiday is off hours, even inside the outline.";

/// All heat maps, one below the other, and a legend.
pub fn picture(panels: &[Panel<'_>]) -> String {
    let scale = Scale::of(panels);
    let mut drawing = String::new();
    let mut y = MARGIN;
    for panel in panels {
        y = draw(panel, &scale, y, &mut drawing) + GAP;
    }
    let height = legend(&scale, y, &mut drawing) + MARGIN;
    let description: Vec<String> =
        panels.iter().map(|panel| format!("{}. {}. {}.", panel.title, panel.hours, panel.totals())).collect();
    let description = escaped(&description.join(" "));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-labelledby=\"offhours-title offhours-description\">\n\
         <title id=\"offhours-title\">Pushes to Amazon ECR by local weekday and hour</title>\n\
         <desc id=\"offhours-description\">{description}</desc>\n\
         <style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n{drawing}</svg>\n"
    )
}

/// Draws a heat map from `y` downwards, and returns where it ends.
fn draw(panel: &Panel<'_>, scale: &Scale, mut y: usize, picture: &mut String) -> usize {
    for line in folded(&panel.title, TITLE_CHARACTERS) {
        y += LINE;
        words("title", MARGIN, y, &line, picture);
    }
    for line in folded(&panel.hours, CHARACTERS).into_iter().chain(folded(&panel.totals(), CHARACTERS)) {
        y += LINE;
        words("line", MARGIN, y, &line, picture);
    }
    y += LINE + 6;
    for hour in 0..24 {
        words("hour", LEFT + hour * CELL_WIDTH + CELL_WIDTH / 2, y, &format!("{hour:02}"), picture);
    }
    words("sum", WIDTH - MARGIN, y, "sum", picture);
    y += 6;
    let mut numbers = String::new();
    for (number, (weekday, row)) in WEEKDAYS.iter().zip(&panel.map.cells).enumerate() {
        let top = y + number * CELL_HEIGHT;
        words("line", MARGIN, top + BASELINE, &weekday.to_string(), picture);
        for (hour, cell) in row.iter().enumerate() {
            let (x, level) = (LEFT + hour * CELL_WIDTH, scale.level(cell.uploads()));
            let tooltip = format!("<title>{weekday} {hour:02}:00-{:02}:00: {}</title>", hour + 1, counts(cell));
            square(level, x, top, &tooltip, picture);
            if level > 0 {
                let class = format!("count on{level}");
                words(&class, x + CELL_WIDTH / 2, top + BASELINE, &short(cell.uploads()), &mut numbers);
            }
        }
        words("sum", WIDTH - MARGIN, top + BASELINE, &short(row.iter().map(Cell::uploads).sum()), picture);
    }
    let outline = outline(&panel.map, y);
    if !outline.is_empty() {
        for class in ["edge", "business"] {
            picture.push_str(&format!("<path class=\"{class}\" d=\"{outline}\"/>\n"));
        }
    }
    picture.push_str(&numbers);
    y + 7 * CELL_HEIGHT
}

fn square(level: usize, x: usize, y: usize, content: &str, picture: &mut String) {
    let (width, height) = (CELL_WIDTH - 1, CELL_HEIGHT - 1);
    picture.push_str(&format!(
        "<rect class=\"l{level}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">{content}</rect>\n"
    ));
}

fn counts(cell: &Cell) -> String {
    let Cell { in_business_hours, allowed, off_hours, .. } = cell;
    match cell.uploads() {
        0 => "no pushes".to_owned(),
        pushes => format!(
            "{}: {in_business_hours} in business hours, {allowed} allowed, {off_hours} off hours",
            counted(pushes, "push")
        ),
    }
}

/// The border of the business hours, to the minute.
fn outline(map: &HeatMap<'_>, top: usize) -> String {
    const DAY: usize = 24 * 60;
    let is_covered = |day: Option<usize>, minute: Option<usize>| {
        let row = day.and_then(|day| map.cells.get(day));
        let (Some(row), Some(minute)) = (row, minute) else { return false };
        row.get(minute / 60).is_some_and(|cell| cell.business.contains((minute % 60) as u16))
    };
    let x = |minute: usize| LEFT as f64 + (minute * CELL_WIDTH) as f64 / 60.0 - 0.5;
    let y = |row: usize| (top + row * CELL_HEIGHT) as f64 - 0.5;
    let mut path = String::new();
    for day in 0..7 {
        for minute in 0..=DAY {
            if is_covered(Some(day), minute.checked_sub(1)) != is_covered(Some(day), Some(minute)) {
                path.push_str(&format!("M{} {}V{}", x(minute), y(day), y(day + 1)));
            }
        }
    }
    for row in 0..=7_usize {
        let is_border = |minute: usize| {
            minute < DAY && is_covered(row.checked_sub(1), Some(minute)) != is_covered(Some(row), Some(minute))
        };
        let mut start = None;
        for minute in 0..=DAY {
            match (start, is_border(minute)) {
                (None, true) => start = Some(minute),
                (Some(from), false) => {
                    path.push_str(&format!("M{} {}H{}", x(from), y(row), x(minute)));
                    start = None;
                }
                _ => {}
            }
        }
    }
    path
}

fn legend(scale: &Scale, y: usize, picture: &mut String) -> usize {
    let mut x = MARGIN;
    words("line", x, y + BASELINE, "Pushes", picture);
    x += 56;
    for (level, counts) in std::iter::once((0, "none".to_owned())).chain(scale.levels()) {
        square(level, x, y, "", picture);
        words("line", x + CELL_WIDTH + 6, y + BASELINE, &counts, picture);
        x += CELL_WIDTH + 6 + counts.len() * 8 + 16;
    }
    let (width, height) = (CELL_WIDTH - 1, CELL_HEIGHT - 4);
    picture.push_str(&format!(
        "<rect class=\"business\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{height}\"/>\n",
        y + 1
    ));
    words("line", x + CELL_WIDTH + 8, y + BASELINE, "business hours", picture);
    let mut y = y + CELL_HEIGHT + 6;
    for line in folded(NOTES, CHARACTERS) {
        y += LINE;
        words("line", MARGIN, y, &line, picture);
    }
    y
}

fn words(class: &str, x: usize, y: usize, text: &str, picture: &mut String) {
    picture.push_str(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>\n", escaped(text)));
}

/// Text escaped for XML. Characters that XML 1.0 does not allow even when escaped are replaced.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => result.push('\u{fffd}'),
            control if control.is_control() => result.push('\u{fffd}'),
            other => result.push(other),
        }
    }
    result
}
