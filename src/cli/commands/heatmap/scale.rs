//! The strength of colour for each number of uploads.

use super::panel::Panel;

/// The number of strengths, not counting that for no uploads.
pub(super) const LEVELS: usize = 4;

/// One scale for everything that is drawn, so that a colour means the same in each heat map. Its steps are logarithmic: two
/// uploads at night must be visible beside hundreds in the daytime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scale {
    /// The most uploads of each level, ascending. There are fewer than [`LEVELS`] if there are fewer different numbers.
    bounds: Vec<u64>,
}

impl Scale {
    pub(super) fn of(panels: &[Panel<'_>]) -> Self {
        Self::up_to(panels.iter().map(|panel| panel.map.most_uploads()).max().unwrap_or_default())
    }

    fn up_to(most: u64) -> Self {
        let half = most.isqrt();
        let mut bounds: Vec<u64> = Vec::new();
        for bound in [half.isqrt(), half, half.saturating_mul(half.isqrt()).min(most), most] {
            let after_last = bounds.last().map_or(1, |last| last + 1);
            if after_last <= most {
                bounds.push(bound.max(after_last));
            }
        }
        Self { bounds }
    }

    /// The level of a number of uploads: 1 to [`LEVELS`], or 0 for none. The most uploads always have the highest level.
    pub(super) fn level(&self, pushes: u64) -> usize {
        if pushes == 0 {
            return 0;
        }
        let index = self.bounds.partition_point(|bound| *bound < pushes);
        (LEVELS + 1 - self.bounds.len() + index).min(LEVELS)
    }

    /// Each level with the numbers that it stands for, such as `4-10`.
    pub(super) fn levels(&self) -> impl Iterator<Item = (usize, String)> {
        let from = std::iter::once(1).chain(self.bounds.iter().map(|bound| bound + 1));
        from.zip(&self.bounds).map(|(from, to)| {
            let counts = if from == *to { to.to_string() } else { format!("{from}-{to}") };
            (self.level(*to), counts)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_cover_all_numbers_up_to_the_most() {
        for (most, expected) in [
            (0, &[][..]),
            (1, &[(4, "1")]),
            (3, &[(2, "1"), (3, "2"), (4, "3")]),
            (4, &[(1, "1"), (2, "2"), (3, "3"), (4, "4")]),
            (7, &[(1, "1"), (2, "2"), (3, "3"), (4, "4-7")]),
            (100, &[(1, "1-3"), (2, "4-10"), (3, "11-30"), (4, "31-100")]),
            (100_000, &[(1, "1-17"), (2, "18-316"), (3, "317-5372"), (4, "5373-100000")]),
        ] {
            let levels: Vec<_> = Scale::up_to(most).levels().collect();
            let levels: Vec<_> = levels.iter().map(|(level, counts)| (*level, counts.as_str())).collect();
            assert_eq!(levels, expected, "{most}");
        }
    }

    #[test]
    fn more_uploads_never_have_a_lower_level_and_an_upload_never_has_level_0() {
        for most in (0..200).chain([100_000, u64::MAX]) {
            let scale = Scale::up_to(most);
            let levels: Vec<usize> = (1..=most.min(200)).map(|pushes| scale.level(pushes)).collect();
            assert!(
                levels.is_sorted() && levels.iter().all(|level| (1..=LEVELS).contains(level)),
                "{most}: {levels:?}"
            );
            assert_eq!(scale.level(most), if most == 0 { 0 } else { LEVELS });
            assert_eq!(scale.level(0), 0);
        }
    }
}
