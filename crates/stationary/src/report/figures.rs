//! Numbers as tables print them.

/// Digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three significant figures, or all digits before the point.
pub(super) fn three(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => return "0".into(),
        small if small < 0.9995 => 3,
        ones if ones < 9.995 => 2,
        tens if tens < 99.95 => 1,
        _ => return grouped(value.round() as u64),
    };
    format!("{value:.decimals$}")
}

/// A share in whole percent; one that is above zero and rounds to it is a dot.
pub(super) fn percent(part: f64, whole: f64) -> String {
    let percent = if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    if percent > 0.0 && percent < 0.5 { "·".into() } else { format!("{percent:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact_where_they_can_be() {
        let shown = [0.0, 0.0314, 0.9996, 1.0, 9.996, 12.34, 99.96, 1234.5].map(three);
        assert_eq!(shown, ["0", "0.031", "1.00", "1.00", "10.0", "12.3", "100", "1,235"]);
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [(0.0, 1.0), (0.001, 1.0), (1.0, 3.0), (1.0, 0.0)].map(|(a, b)| percent(a, b)),
            ["0", "·", "33", "0"]
        );
    }
}
