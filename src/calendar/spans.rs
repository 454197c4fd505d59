//! Named spans of dates or times that do not overlap.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Half-open spans `[start, end)`, each with a name. They never overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spans<T> {
    /// The end and the name of each span, by its start.
    by_start: BTreeMap<T, (T, Arc<str>)>,
}

impl<T> Default for Spans<T> {
    fn default() -> Self {
        Self { by_start: BTreeMap::new() }
    }
}

impl<T: Copy + Ord> Spans<T> {
    /// Makes spans from some that may overlap, in any order. A time is named by the span that starts first, of several by
    /// the name that sorts first. Takes n log n steps, however they overlap.
    pub(super) fn new(mut spans: Vec<(T, T, Arc<str>)>) -> Self {
        spans.sort_by(|(start, end, name), (other_start, other_end, other_name)| {
            (start, name, other_end).cmp(&(other_start, other_name, end))
        });
        let mut by_start = BTreeMap::new();
        let mut covered_until: Option<T> = None;
        for (start, end, name) in spans {
            let from = covered_until.map_or(start, |until| until.max(start));
            if from < end {
                by_start.insert(from, (end, name));
                covered_until = Some(end);
            }
        }
        Self { by_start }
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (T, T, &Arc<str>)> {
        self.by_start.iter().map(|(&start, (end, name))| (start, *end, name))
    }

    /// The name of the span that covers `at`; None if none does.
    pub(super) fn name_at(&self, at: T) -> Option<&str> {
        let (_, (end, name)) = self.by_start.range(..=at).next_back()?;
        (at < *end).then_some(name)
    }

    /// The first start or end after `at`.
    pub(super) fn next_edge(&self, at: T) -> Option<T> {
        let end = self.by_start.range(..=at).next_back().map(|(_, &(end, _))| end).filter(|&end| end > at);
        end.or_else(|| self.next_start(at))
    }

    /// The first time at or after `at` that a span covers.
    pub(super) fn first_covered(&self, at: T) -> Option<T> {
        if self.name_at(at).is_some() { Some(at) } else { self.next_start(at) }
    }

    fn next_start(&self, after: T) -> Option<T> {
        let later = (std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded);
        self.by_start.range(later).next().map(|(&start, _)| start)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMES: i32 = 40;

    fn any_spans() -> impl Strategy<Value = Vec<(i32, i32)>> {
        prop::collection::vec((0..TIMES, 0..TIMES), 0..12)
    }

    /// The name at each time: that of the first span in the list that covers it.
    fn painted(spans: &[(i32, i32)]) -> Vec<Option<String>> {
        let covering = |at| spans.iter().position(|&(start, end)| start <= at && at < end);
        (0..TIMES).map(|at| covering(at).map(|index| format!("{index:02}"))).collect()
    }

    fn named(spans: &[(i32, i32)]) -> Vec<(i32, i32, Arc<str>)> {
        spans.iter().enumerate().map(|(index, &(start, end))| (start, end, Arc::from(format!("{index:02}")))).collect()
    }

    fn names(spans: &Spans<i32>) -> Vec<Option<String>> {
        (0..TIMES).map(|at| spans.name_at(at).map(str::to_owned)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn of_many_at_once_the_one_that_starts_first_names_a_time(mut plain in any_spans()) {
            plain.sort_by_key(|&(start, _)| start);
            let spans = Spans::new(named(&plain));
            prop_assert_eq!(names(&spans), painted(&plain));
            let mut last = i32::MIN;
            for (start, end, _) in spans.iter() {
                prop_assert!(last <= start && start < end);
                last = end;
            }
        }

        #[test]
        fn edges_and_covered_times_are_found(plain in any_spans(), at in 0..TIMES) {
            let spans = Spans::new(named(&plain));
            let names = names(&spans);
            let covered = (at..TIMES).find(|&t| names[t as usize].is_some());
            prop_assert_eq!(spans.first_covered(at), covered);
            let change = (at + 1..TIMES).find(|&t| names[t as usize].is_some() != names[t as usize - 1].is_some());
            match (spans.next_edge(at), change) {
                (Some(edge), Some(change)) => prop_assert!(at < edge && edge <= change),
                (edge, change) => prop_assert!(change.is_none() && edge.is_none_or(|edge| edge > at)),
            }
        }
    }
}
