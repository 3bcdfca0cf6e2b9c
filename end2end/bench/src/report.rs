//! Figures, and how they are printed.

use serde_json::{Value, json};

use crate::noise::Noise;

/// What a figure should reach.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// Not less than this.
    AtLeast(f64),
    /// Not more than this.
    AtMost(f64),
    /// Told for comparison only.
    None,
}

/// One measured thing, a value for each round.
#[derive(Clone, Debug)]
pub struct Figure {
    key: &'static str,
    name: &'static str,
    unit: &'static str,
    bound: Bound,
    rounds: Vec<f64>,
}

impl Figure {
    /// `key` names it in the JSON output, `name` in the table.
    #[must_use]
    pub fn new(
        key: &'static str,
        name: &'static str,
        unit: &'static str,
        bound: Bound,
        rounds: Vec<f64>,
    ) -> Self {
        Self { key, name, unit, bound, rounds }
    }

    /// Whether the median reaches the target; `None` without a target.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        let median = median(&self.rounds);
        match self.bound {
            Bound::AtLeast(least) => Some(median >= least),
            Bound::AtMost(most) => Some(median <= most),
            Bound::None => None,
        }
    }

    fn row(&self) -> String {
        let target = match self.bound {
            Bound::AtLeast(least) => format!("≥ {}", number(least)),
            Bound::AtMost(most) => format!("≤ {}", number(most)),
            Bound::None => "–".to_owned(),
        };
        let verdict = match self.met() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        let (low, high) = (lowest(&self.rounds), highest(&self.rounds));
        let spread =
            if low < high { format!("{}–{}", number(low), number(high)) } else { "–".to_owned() };
        format!(
            "| {} | {} | {target} | **{}** | {spread} | {} | {verdict} |",
            self.name,
            self.unit,
            number(median(&self.rounds)),
            self.rounds.len(),
        )
    }

    fn json(&self) -> Value {
        let target = match self.bound {
            Bound::AtLeast(least) => json!({ "atLeast": least }),
            Bound::AtMost(most) => json!({ "atMost": most }),
            Bound::None => Value::Null,
        };
        json!({
            "key": self.key, "name": self.name, "unit": self.unit, "target": target, "met": self.met(),
            "median": median(&self.rounds), "min": lowest(&self.rounds), "max": highest(&self.rounds),
            "rounds": self.rounds,
        })
    }
}

/// The table, as Markdown.
#[must_use]
pub fn markdown(figures: &[Figure], noise: &Noise) -> String {
    let mut text = String::from(
        "| figure | unit | target | median | min–max | rounds | reached |\n|---|---|---:|---:|---:|---:|---|\n",
    );
    for figure in figures {
        text.push_str(&figure.row());
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&noise.line());
    text
}

/// The same for programs.
#[must_use]
pub fn json(figures: &[Figure], noise: &Noise) -> Value {
    json!({ "figures": figures.iter().map(Figure::json).collect::<Vec<_>>(), "noise": noise.json() })
}

/// The middle value; 0 of nothing.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied().unwrap_or_default();
    match middle.checked_sub(1).and_then(|below| sorted.get(below)) {
        Some(lower) if sorted.len().is_multiple_of(2) => f64::midpoint(*lower, upper),
        _ => upper,
    }
}

/// The smallest value; 0 of nothing.
#[must_use]
pub fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().min_by(f64::total_cmp).unwrap_or_default()
}

/// The largest value; 0 of nothing.
#[must_use]
pub fn highest(values: &[f64]) -> f64 {
    values.iter().copied().max_by(f64::total_cmp).unwrap_or_default()
}

/// Three digits that matter, thousands apart.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let plain = format!("{value:.digits$}");
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), ""), |(whole, rest)| (whole, rest));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_middles() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn numbers_are_short_and_grouped() {
        for (value, text) in
            [(12_345.6, "12,346"), (999.9, "1,000"), (40.0, "40"), (38.27, "38.3"), (0.6374, "0.637")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_missed_target_is_marked() {
        let missed = Figure::new("x", "x", "ms", Bound::AtMost(1.0), vec![2.0]);
        assert!(missed.row().ends_with("| **no** |"));
        let reached = Figure::new("x", "x", "1/s", Bound::AtLeast(1.0), vec![2.0]);
        assert!(reached.row().ends_with("| yes |"));
    }
}
