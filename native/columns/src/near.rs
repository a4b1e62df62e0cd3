//! Names close to a mistyped one.

/// Up to three of `known` that a typing error away from `name` could have meant, best first.
///
/// Near means an edit distance (ignoring case) of at most a third of the longer name, or one name within the other.
pub fn near_names<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|other| {
            let candidate = other.to_lowercase();
            let distance = edit_distance(&wanted, &candidate);
            let longer = wanted.chars().count().max(candidate.chars().count());
            let within = wanted.len() >= 3
                && candidate.len() >= 3
                && (candidate.contains(&wanted) || wanted.contains(&candidate));
            (distance * 3 <= longer || within).then_some((distance, other))
        })
        .collect();
    found.sort();
    found
        .into_iter()
        .take(3)
        .map(|(_, other)| other.to_string())
        .collect()
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits_as_levenshtein_does() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("flaw", "lawn"), 2);
    }

    #[test]
    fn offers_the_nearest_first_and_nothing_far() {
        assert_eq!(
            near_names("learning_rat", ["learning_rate", "num_leaves"]),
            ["learning_rate"]
        );
        assert!(near_names("zzz", ["learning_rate", "num_leaves"]).is_empty());
    }
}
