//! Arithmetic with probabilities.

/// The logarithm of the sum of numbers that are given as logarithms, without overflow or underflow.
pub(super) fn ln_sum(ln: &[f64]) -> f64 {
    let highest = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if highest.is_finite() { highest + ln.iter().map(|x| (x - highest).exp()).sum::<f64>().ln() } else { highest }
}

/// The index of the highest number: the first of several that are equal.
pub(super) fn highest(numbers: &[f64]) -> usize {
    let mut best = 0;
    for (index, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = index;
        }
    }
    best
}
