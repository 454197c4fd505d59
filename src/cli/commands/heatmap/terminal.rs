//! Heat maps for a terminal of 80 columns. They are as readable without colours, which are not printed outside of a terminal.

use anstyle::{Ansi256Color, Style};

use super::numbers::short;
use super::panel::{Panel, folded};
use super::scale::{LEVELS, Scale};
use crate::detect::{Cell, Minutes, WEEKDAYS};

const WIDTH: usize = 80;
const HEADER: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// The character for each level. In colour, it is drawn on its own colour, which makes it a block.
const SHADES: [char; LEVELS + 1] = ['·', '░', '▒', '▓', '█'];
/// The background of each level from 1, and the foreground that is legible on it: black or white.
const COLORS: [(u8, u8); LEVELS] = [(223, 16), (214, 16), (202, 16), (124, 231)];

/// All heat maps, one below the other, and a legend.
pub fn text(panels: &[Panel<'_>]) -> String {
    let scale = Scale::of(panels);
    let mut text = String::new();
    for panel in panels {
        draw(panel, &scale, &mut text);
        text.push('\n');
    }
    text.push_str(&legend(&scale));
    text
}

fn draw(panel: &Panel<'_>, scale: &Scale, text: &mut String) {
    for line in folded(&panel.title, WIDTH) {
        text.push_str(&format!("{HEADER}{line}{HEADER:#}\n"));
    }
    for line in folded(&panel.hours, WIDTH).into_iter().chain(folded(&panel.totals(), WIDTH)) {
        text.push_str(&line);
        text.push('\n');
    }
    let hours: String = (0..24).map(|hour| format!("{hour:>2} ")).collect();
    text.push_str(&format!("{HEADER}   {hours} {:>4}{HEADER:#}\n", "sum"));
    for (weekday, row) in WEEKDAYS.iter().zip(&panel.map.cells) {
        let cells: String = row.iter().map(|cell| block(cell, scale)).collect();
        let sum = short(row.iter().map(Cell::uploads).sum());
        text.push_str(&format!("{HEADER}{weekday}{HEADER:#}{cells} {sum:>4}\n"));
    }
}

/// Three columns: the shade, in brackets during business hours.
fn block(cell: &Cell, scale: &Scale) -> String {
    let (left, right) = brackets(cell.business);
    styled(scale.level(cell.uploads()), left, right)
}

fn brackets(business: Minutes) -> (char, char) {
    if business.is_whole() {
        ('[', ']')
    } else if business.is_empty() {
        (' ', ' ')
    } else {
        ('(', ')')
    }
}

fn styled(level: usize, left: char, right: char) -> String {
    let shade = SHADES[level];
    let Some((background, foreground)) = level.checked_sub(1).map(|index| COLORS[index]) else {
        return format!("{left}{FAINT}{shade}{FAINT:#}{right}");
    };
    let color = |foreground: u8| {
        let (foreground, background) = (Ansi256Color(foreground), Ansi256Color(background));
        Style::new().fg_color(Some(foreground.into())).bg_color(Some(background.into()))
    };
    let (bracket, block) = (color(foreground), color(background));
    format!("{bracket}{left}{block}{shade}{bracket}{right}{bracket:#}")
}

fn legend(scale: &Scale) -> String {
    let levels = std::iter::once((0, "none".to_owned())).chain(scale.levels());
    let levels: Vec<String> = levels.map(|(level, counts)| format!("{}{counts}", styled(level, ' ', ' '))).collect();
    let notes = "Pushes out of scope are not counted. Holidays are not drawn: a push on a holiday is off hours, even inside \
        brackets.";
    let mut text = format!("pushes{}\n[ ] business hours   ( ) partly business hours\n", levels.join("  "));
    for line in folded(notes, WIDTH) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}
