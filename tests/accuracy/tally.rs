//! How often proposals are right.

use chrono::{DateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use offhours::learn::{Proposal, Rhythm};

const SURE: f64 = 0.9;

#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub people: usize,
    /// Of the people, those who were taken for machines.
    pub machines: usize,
    /// Those with a zone; the rest counts these.
    pub placed: usize,
    pub right: usize,
    pub within_hour: usize,
    pub confidence: f64,
    /// Those with a confidence of at least [`SURE`], and of these the right ones.
    pub sure: usize,
    pub sure_right: usize,
}

impl Tally {
    /// Counts what was proposed for somebody in this zone.
    pub fn count(&mut self, proposal: Option<&Proposal>, zone: Tz) {
        self.people += 1;
        let Some(proposal) = proposal else { return };
        self.machines += usize::from(matches!(proposal.rhythm, Rhythm::AllHours | Rhythm::Timetable));
        let (Some(place), Some(last)) = (&proposal.place, proposal.last) else { return };
        let wrong_by = (place.guess.offset - offset(zone, last)).abs();
        let is_sure = place.guess.confidence >= SURE;
        self.placed += 1;
        self.right += usize::from(wrong_by == 0);
        self.within_hour += usize::from(wrong_by <= 3600);
        self.confidence += place.guess.confidence;
        self.sure += usize::from(is_sure);
        self.sure_right += usize::from(is_sure && wrong_by == 0);
    }

    pub fn sum<'t>(tallies: impl IntoIterator<Item = &'t Self>) -> Self {
        tallies.into_iter().fold(Self::default(), |sum, tally| Self {
            people: sum.people + tally.people,
            machines: sum.machines + tally.machines,
            placed: sum.placed + tally.placed,
            right: sum.right + tally.right,
            within_hour: sum.within_hour + tally.within_hour,
            confidence: sum.confidence + tally.confidence,
            sure: sum.sure + tally.sure,
            sure_right: sum.sure_right + tally.sure_right,
        })
    }

    /// A number as a share of those with a zone.
    pub fn share(&self, number: usize) -> f64 {
        number as f64 / self.placed as f64
    }

    /// The columns of the table behind the size.
    pub fn row(&self) -> String {
        let percent = |part: usize, whole: usize| match whole {
            0 => "-".to_owned(),
            _ => format!("{:.0} %", 100.0 * part as f64 / whole as f64),
        };
        [
            percent(self.placed, self.people),
            percent(self.right, self.placed),
            percent(self.within_hour, self.placed),
            percent(self.sure, self.placed),
            percent(self.sure_right, self.sure),
        ]
        .join(" | ")
    }
}

fn offset(zone: Tz, at: DateTime<Utc>) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}
