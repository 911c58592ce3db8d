use std::time::Instant;

use proptest::prelude::*;

use super::super::cube::{Cube, Dimension};
use super::*;

/// Areas in wider ones by kinds, with all margins.
fn cube(areas: usize, wider: usize, kinds: usize) -> Cube {
    let names = |count: usize| (0..count).map(|at| format!("{at:04}")).collect::<Vec<_>>();
    let parents = (0..areas).map(|at| format!("{:04}", at * wider / areas)).collect();
    let area = Dimension::new("omrade", names(areas), vec![("delomrade".to_owned(), parents)]);
    Cube::new(vec![area, Dimension::new("type", names(kinds), Vec::new())], &[vec![0, 0]]).unwrap()
}

/// Counts below five are hidden, zeros too if they are protected.
fn system(cube: &Cube, counts: &[i128], protect_zeros: bool) -> System {
    let zero = |inner: &[u32]| !protect_zeros && inner.iter().all(|at| counts[*at as usize] == 0);
    let cells = cube.cells.iter().map(|cell| {
        let value = cell.total(counts);
        let sensitive = value < 5 && (value > 0 || protect_zeros);
        let known = |at: &u32| cube.cells.iter().any(|cell| cell.inner.contains(at) && zero(&cell.inner));
        let unknowns =
            if zero(&cell.inner) { Vec::new() } else { cell.inner.iter().copied().filter(|at| !known(at)).collect() };
        Entry { unknowns, value, sensitive, single: value == 1, width: 1 }
    });
    System { truth: counts.to_vec(), cells: cells.collect(), ..System::default() }
}

fn holds(system: &System, protected: &Protected) {
    for (at, interval) in protected.intervals.iter().enumerate() {
        assert!(interval.is_none_or(|interval| !system.is_open(at, &interval)), "{at}: {interval:?}");
        assert!(protected.hidden[at] || !system.cells[at].sensitive || system.cells[at].unknowns.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a table holds, nothing that is hidden can be worked out, unless everything is zero.
    #[test]
    fn protected_tables_give_nothing_away(
        counts in prop::collection::vec(prop_oneof![3 => 0_i128..6, 1 => 6_i128..40], 24),
        protect_zeros in any::<bool>(),
    ) {
        let cube = cube(6, 2, 4);
        prop_assume!(counts.iter().sum::<i128>() > 12);
        let system = system(&cube, &counts, protect_zeros);
        holds(&system, &system.protect(false, &|| false).unwrap());
    }
}

/// As many cells as a middle-sized town has: 120 areas, 20 wider ones, six kinds, 3 673 dwellings.
#[test]
#[expect(clippy::print_stdout, reason = "figures for docs/evidence.md")]
fn a_town_is_protected() {
    let cube = cube(120, 20, 6);
    let mut counts = vec![0; cube.inner];
    let mut state = 12_345_u64;
    let mut below = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % most
    };
    for _ in 0..3_673 {
        let (area, kind) = (below(120).max(below(120)), below(6).min(below(6)).min(below(6)));
        counts[cube.inner_at(&[area, kind])] += 1;
    }
    assert_eq!(cube.cells.len(), 987);
    for protect_zeros in [false, true] {
        let system = system(&cube, &counts, protect_zeros);
        let start = Instant::now();
        let protected = system.protect(false, &|| false).unwrap();
        let hidden = protected.hidden.iter().filter(|hidden| **hidden).count();
        println!("987 cells, {hidden} hidden: protected and audited in {:?}", start.elapsed());
        holds(&system, &protected);
    }
}
