use proptest::prelude::*;

use super::*;

/// All tables of a total that agree with the equations.
fn tables(unknowns: usize, known: &[Known], total: i128) -> Vec<Vec<i128>> {
    let mut all = vec![Vec::new()];
    for _ in 0..unknowns {
        all = all
            .into_iter()
            .flat_map(|table: Vec<i128>| {
                (0..=total - table.iter().sum::<i128>())
                    .map(move |value| table.iter().copied().chain([value]).collect())
            })
            .collect();
    }
    let sum = |table: &[i128], sum: &[u32]| -> i128 { sum.iter().map(|at| table[*at as usize]).sum() };
    all.retain(|table| known.iter().all(|known| sum(table, &known.unknowns) == known.value));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The range that is found is the one that a look at every table gives.
    #[test]
    fn intervals_are_those_of_all_tables_that_agree(
        truth in prop::collection::vec(0_i128..3, 6),
        published in prop::collection::vec(prop::collection::btree_set(0_u32..6, 1..5), 1..6),
        hidden in prop::collection::vec(prop::collection::btree_set(0_u32..6, 1..4), 1..4),
    ) {
        let known: Vec<Known> = published
            .into_iter()
            .chain([(0..6).collect()])
            .map(|sum| Known {
                value: sum.iter().map(|at| truth[*at as usize]).sum(),
                unknowns: sum.into_iter().collect(),
            })
            .collect();
        let hidden: Vec<Vec<u32>> = hidden.into_iter().map(|sum| sum.into_iter().collect()).collect();
        let all = tables(6, &known, truth.iter().sum());
        let found = intervals(&truth, &known, &hidden, &|| false).unwrap();
        for (sum, interval) in hidden.iter().zip(found) {
            let values = all.iter().map(|table| sum.iter().map(|at| table[*at as usize]).sum::<i128>());
            let (least, greatest) = (values.clone().min().unwrap(), values.max().unwrap());
            let (proven_least, proven_greatest) = (interval.proven_least, interval.proven_greatest.unwrap());
            prop_assert!(proven_least == least && proven_greatest == greatest && interval.is_proven(), "{interval:?}");
        }
    }
}

#[test]
fn what_no_sum_holds_is_not_limited() {
    let known = [Known { unknowns: vec![0, 1], value: 7 }];
    let found = intervals(&[3, 4, 5], &known, &[vec![2], vec![0, 1], vec![0]], &|| false).unwrap();
    assert_eq!((found[0].least, found[0].greatest, found[0].width()), (0, None, None));
    assert!(found[1].is_exact());
    assert_eq!((found[2].least, found[2].greatest, found[2].width()), (0, Some(7), Some(7)));
}

#[test]
fn sums_that_are_not_true_are_refused() {
    let untrue = [Known { unknowns: vec![0], value: 4 }];
    assert_eq!(intervals(&[3], &untrue, &[vec![0]], &|| false), Err(Failure::Contradiction));
}

#[test]
fn an_audit_that_is_stopped_ends() {
    let known = [Known { unknowns: vec![0, 1], value: 7 }];
    assert_eq!(intervals(&[3, 4], &known, &[vec![0]], &|| true), Err(Failure::Stopped));
}
