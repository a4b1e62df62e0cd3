//! Tables of categories, and what is pooled in them.

use std::collections::{BTreeMap, BTreeSet};

/// The label of the bin of rows without a value.
pub const MISSING: &str = "missing";
/// The label of the bin that rare categories are pooled in.
pub const OTHER: &str = "other";

/// Counts by category.
pub type Counts = BTreeMap<String, u64>;

/// Two sides' counts, category by category, in the order of the labels; pooled ones last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Label, reference count, current count.
    pub rows: Vec<(String, u64, u64)>,
    /// Categories that the reference does not have, by name.
    pub unseen: Vec<String>,
    /// How many categories are pooled in [`OTHER`]; 0 when there is no such row.
    pub pooled: usize,
}

/// Joins the counts. Past `categories_max` the categories that are rarest in the reference (equal ones: last by name) are pooled;
/// unseen ones are the rarest of all, and are named all the same.
pub fn table(reference: &Counts, current: &Counts, categories_max: usize) -> Table {
    let all: BTreeSet<&String> = reference.keys().chain(current.keys()).collect();
    let count = |side: &Counts, label: &str| side.get(label).copied().unwrap_or(0);
    let unseen = current
        .keys()
        .filter(|label| !reference.contains_key(*label))
        .cloned()
        .collect();
    let mut ranked: Vec<&String> = all.iter().copied().collect();
    ranked.sort_by_key(|label| std::cmp::Reverse((count(reference, label), count(current, label))));
    let kept: BTreeSet<&String> = ranked.iter().copied().take(categories_max.max(1)).collect();
    let mut rows: Vec<_> = kept
        .iter()
        .map(|label| {
            (
                (*label).clone(),
                count(reference, label),
                count(current, label),
            )
        })
        .collect();
    let pooled: Vec<&&String> = ranked
        .iter()
        .filter(|label| !kept.contains(**label))
        .collect();
    if !pooled.is_empty() {
        let sum = |side: &Counts| pooled.iter().map(|label| count(side, label)).sum();
        rows.push((OTHER.into(), sum(reference), sum(current)));
    }
    Table {
        rows,
        unseen,
        pooled: pooled.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> Counts {
        pairs
            .iter()
            .map(|(label, count)| (label.to_string(), *count))
            .collect()
    }

    #[test]
    fn both_sides_are_joined_and_the_unseen_named() {
        let found = table(
            &counts(&[("A", 3), ("B", 1)]),
            &counts(&[("A", 2), ("C", 5)]),
            10,
        );
        assert_eq!(
            found.rows,
            [("A".into(), 3, 2), ("B".into(), 1, 0), ("C".into(), 0, 5)]
        );
        assert_eq!(found.unseen, ["C"]);
        assert_eq!(found.pooled, 0);
    }

    #[test]
    fn the_rarest_of_the_reference_are_pooled() {
        let found = table(
            &counts(&[("A", 3), ("B", 1), ("C", 2)]),
            &counts(&[("B", 9), ("Z", 4)]),
            2,
        );
        assert_eq!(
            found.rows,
            [
                ("A".into(), 3, 0),
                ("C".into(), 2, 0),
                (OTHER.into(), 1, 13)
            ]
        );
        assert_eq!(found.pooled, 2);
        assert_eq!(found.unseen, ["Z"]);
    }
}
