//! The stored examples of the field, cell by cell. Sources and licences are in the README beside them.

use std::collections::BTreeMap;

use super::{
    audit::{Interval, intervals},
    cube::{Cell, Cube, Dimension, TOTAL},
    protect::{Entry, System},
    reduce::Known,
    rounding::round,
    rules::{Contributions, CountRules, Reason, SumRules, Zeros, count_reason, sum_reason},
};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/disclosure/", $name))
    };
}

type Row = BTreeMap<String, String>;
/// By cell: its codes, as the examples write them.
type Codes = Vec<String>;

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines().map(|line| line.split(';').map(|cell| cell.trim_matches('"').to_owned()));
    let head: Vec<String> = lines.next().unwrap().collect();
    lines.map(|line| head.iter().cloned().zip(line).collect()).collect()
}

fn dwellings() -> Vec<Row> {
    rows(fixture!("boliger-syntetisk-mikrodata.csv"))
}

fn countries(year: Option<&str>) -> Vec<Row> {
    let mut all = rows(fixture!("ssb-example1.in_example1_all.csv"));
    all.retain(|row| year.is_none_or(|year| row["year"] == year));
    all
}

/// A cube over all columns, each with the wider levels that are named; weights by inner cell.
fn cube_of(data: &[Row], columns: &[&[&str]], weight: impl Fn(&Row) -> i128) -> (Cube, Vec<i128>) {
    let dimensions: Vec<Dimension> = columns
        .iter()
        .map(|levels| {
            let narrow: BTreeMap<&str, &Row> = data.iter().map(|row| (row[levels[0]].as_str(), row)).collect();
            let wider = levels[1..]
                .iter()
                .map(|level| ((*level).to_owned(), narrow.values().map(|row| row[*level].clone()).collect()));
            let wider = wider.collect();
            Dimension::new(levels[0], narrow.keys().map(|code| (*code).to_owned()).collect(), wider)
        })
        .collect();
    let cube = Cube::new(dimensions, &[vec![0; columns.len()]]).unwrap();
    let mut values = vec![0; cube.inner];
    for row in data {
        values[inner_of(&cube, columns, row)] += weight(row);
    }
    (cube, values)
}

fn inner_of(cube: &Cube, columns: &[&[&str]], row: &Row) -> usize {
    let codes =
        cube.dimensions.iter().zip(columns).map(|(dimension, levels)| {
            dimension.levels[0].codes.iter().position(|code| *code == row[levels[0]]).unwrap()
        });
    cube.inner_at(&codes.collect::<Vec<_>>())
}

fn codes_of(cube: &Cube, at: usize) -> Codes {
    let code = |dimension| cube.label(&cube.cells[at], dimension).1;
    let written = |code: &str| if code == TOTAL { "Total".to_owned() } else { code.to_owned() };
    (0..cube.dimensions.len()).map(|dimension| written(code(dimension))).collect()
}

/// A table of counts, protected; with the intervals of its hidden cells.
struct Protected {
    cube: Cube,
    counts: Vec<i128>,
    primary: Vec<bool>,
    hidden: Vec<bool>,
}

fn zeros_known(cube: &Cube, counts: &[i128], rules: CountRules) -> Vec<bool> {
    let mut known = vec![false; cube.inner];
    for cell in cube.cells.iter().filter(|cell| rules.zeros == Zeros::Publish && cell.total(counts) == 0) {
        cell.inner.iter().for_each(|inner| known[*inner as usize] = true);
    }
    known
}

fn open(cell: &[u32], known: &[bool]) -> Vec<u32> {
    cell.iter().copied().filter(|inner| !known[*inner as usize]).collect()
}

fn protect(cube: Cube, counts: Vec<i128>, rules: CountRules) -> Protected {
    let known = zeros_known(&cube, &counts, rules);
    let entry = |cell: &Cell| {
        let value = cell.total(&counts);
        let sensitive = count_reason(value, rules).is_some();
        Entry { unknowns: open(&cell.inner, &known), value, sensitive, single: value == 1, width: 1 }
    };
    let cells: Vec<Entry> = cube.cells.iter().map(entry).collect();
    let primary = cells.iter().map(|cell| cell.sensitive).collect();
    let system = System { truth: counts.clone(), cells, ..System::default() };
    Protected { hidden: system.protect(false, &|| false).unwrap().hidden, primary, cube, counts }
}

impl Protected {
    fn hide(cube: Cube, counts: Vec<i128>, hidden: Vec<bool>) -> Self {
        Self { primary: Vec::new(), cube, counts, hidden }
    }

    fn intervals(&self) -> Vec<(Codes, Interval)> {
        let total = |at: usize| self.cube.cells[at].total(&self.counts);
        let all = 0..self.cube.cells.len();
        let known: Vec<Known> = all
            .clone()
            .filter(|at| !self.hidden[*at])
            .map(|at| Known { unknowns: self.cube.cells[at].inner.clone(), value: total(at) })
            .collect();
        let hidden: Vec<usize> = all.filter(|at| self.hidden[*at]).collect();
        let sums: Vec<Vec<u32>> = hidden.iter().map(|at| self.cube.cells[*at].inner.clone()).collect();
        let found = intervals(&self.counts, &known, &sums, &|| false).unwrap();
        hidden.into_iter().map(|at| codes_of(&self.cube, at)).zip(found).collect()
    }
}

fn flags(text: &str, columns: &[&str], flag: &str) -> BTreeMap<Codes, bool> {
    rows(text)
        .into_iter()
        .map(|row| {
            (columns.iter().map(|column| row[*column].clone()).collect(), row[flag].eq_ignore_ascii_case("true"))
        })
        .collect()
}

fn flags_of(cube: &Cube, flags: &[bool]) -> BTreeMap<Codes, bool> {
    (0..cube.cells.len()).map(|at| (codes_of(cube, at), flags[at])).collect()
}

fn housing() -> (Cube, Vec<i128>) {
    cube_of(&dwellings(), &[&["grunnkrets", "delomrade"], &["boligtype"]], |_| 1)
}

fn example(year: Option<&str>, columns: &[&[&str]]) -> (Cube, Vec<i128>) {
    cube_of(&countries(year), columns, |row| row["freq"].parse().unwrap())
}

#[test]
fn intervals_equal_those_of_integer_programming() {
    let cases = [
        (fixture!("h1_freq_max4_protectzeros.csv"), fixture!("h1_freq_max4_protectzeros.intervals.csv")),
        (fixture!("h2_freq_max4_zeros_published.csv"), fixture!("h2_freq_max4_zeros_published.intervals.csv")),
        (fixture!("h4_freq_max2_zeros_published.csv"), fixture!("h4_freq_max2_zeros_published.intervals.csv")),
    ];
    for (table, expected) in cases {
        let (cube, counts) = housing();
        let hidden = flags(table, &["grunnkrets", "boligtype"], "suppressed");
        let hidden = (0..cube.cells.len()).map(|at| hidden[&codes_of(&cube, at)]).collect();
        let found: BTreeMap<Codes, Interval> = Protected::hide(cube, counts, hidden).intervals().into_iter().collect();
        let expected = rows(expected);
        assert_eq!(found.len(), expected.len());
        for row in expected {
            let interval = found[&vec![row["grunnkrets"].clone(), row["boligtype"].clone()]];
            assert!(interval.is_proven(), "{row:?} {interval:?}");
            let ends = (interval.least.to_string(), interval.greatest.unwrap().to_string());
            assert_eq!(ends, (row["attacker_min"].clone(), row["attacker_max"].clone()), "{row:?}");
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "figures for docs/evidence.md")]
fn counts_are_protected_as_in_the_examples() {
    let (area, age) = (["grunnkrets", "boligtype"], ["age", "geo"]);
    let (geo, year): (&[&[&str]], _) = (&[&["age"], &["geo", "eu"]], Some("2014"));
    let all: &[&[&str]] = &[&["age"], &["geo"], &["year"]];
    // Threshold, zeros, and how many cells the program of the statistics office hides.
    let cases = [
        (housing(), fixture!("h1_freq_max4_protectzeros.csv"), &area[..], 5, Zeros::Protect, 20),
        (housing(), fixture!("h2_freq_max4_zeros_published.csv"), &area, 5, Zeros::Publish, 17),
        (housing(), fixture!("h4_freq_max2_zeros_published.csv"), &area, 3, Zeros::Publish, 16),
        (
            example(year, &[&["age"], &["geo"]]),
            fixture!("ssb-example1.f1_age_geo_max1.csv"),
            &age,
            2,
            Zeros::Protect,
            4,
        ),
        (example(year, geo), fixture!("ssb-example1.f2_age_geo_eu_max2.csv"), &age, 3, Zeros::Protect, 8),
        (example(year, geo), fixture!("ssb-example1.f4_max4_zeros_ok.csv"), &age, 5, Zeros::Publish, 11),
        (example(Some("2015"), geo), fixture!("ssb-example1.f7_b_max2.csv"), &age, 3, Zeros::Protect, 10),
        (
            example(None, all),
            fixture!("ssb-example1.f8_all_max3_zeros_ok.csv"),
            &["age", "geo", "year"],
            4,
            Zeros::Publish,
            22,
        ),
    ];
    for ((cube, counts), expected, columns, threshold, zeros, most) in cases {
        let table = protect(cube, counts, CountRules { threshold, zeros });
        let primary = flags(expected, columns, "primary");
        let found = flags_of(&table.cube, &table.primary);
        let primary: BTreeMap<&Codes, bool> = found.keys().map(|codes| (codes, primary[codes])).collect();
        assert_eq!(found.iter().map(|(codes, flag)| (codes, *flag)).collect::<BTreeMap<_, _>>(), primary);
        let hidden = table.hidden.iter().filter(|hidden| **hidden).count();
        assert!(hidden <= most + 3, "{hidden} cells are hidden, {most} by the program of the statistics office");
        println!("threshold {threshold}, {zeros:?}: {hidden} cells hidden, {most} by the other program");
        for (codes, interval) in table.intervals() {
            assert!(!interval.is_exact() && interval.width().is_none_or(|width| width > 0), "{codes:?} {interval:?}");
        }
    }
}

#[test]
fn hiding_only_what_is_small_gives_it_away() {
    for (threshold, zeros, exact) in [(5, Zeros::Protect, 5), (5, Zeros::Publish, 10), (3, Zeros::Publish, 5)] {
        let (cube, counts) = housing();
        let mut table = protect(cube, counts, CountRules { threshold, zeros });
        table.hidden.clone_from(&table.primary);
        let found = table.intervals().iter().filter(|(_, interval)| interval.is_exact()).count();
        assert_eq!(found, exact, "threshold {threshold}");
    }
}

/// By cell: who contributes how much; contributors that are exempt are left out.
fn contributions(cube: &Cube, columns: &[&[&str]], exempt: &str) -> Vec<Contributions> {
    let mut by_cell: Vec<BTreeMap<String, i128>> = vec![BTreeMap::new(); cube.cells.len()];
    for row in dwellings().iter().filter(|row| row["eier"] != exempt) {
        let inner = u32::try_from(inner_of(cube, columns, row)).unwrap();
        for (cell, sums) in cube.cells.iter().zip(&mut by_cell).filter(|(cell, _)| cell.inner.contains(&inner)) {
            assert!(cell.inner.is_sorted());
            *sums.entry(row["eier"].clone()).or_default() += row["manedsleie"].parse::<i128>().unwrap();
        }
    }
    let cell = |sums: BTreeMap<String, i128>| {
        let mut all = Contributions::default();
        for value in sums.into_values() {
            all.add(value);
        }
        all
    };
    by_cell.into_iter().map(cell).collect()
}

fn rent(row: &Row) -> i128 {
    row["manedsleie"].parse().unwrap()
}

fn sums_are_protected(area: &[&str], expected: &str, exempt: &str, rules: &SumRules) {
    let columns: [&[&str]; 2] = [area, &["disposisjonsform"]];
    let (cube, sums) = cube_of(&dwellings(), &columns, rent);
    let all = contributions(&cube, &columns, exempt);
    let primary: Vec<bool> = all.iter().map(|cell| sum_reason(cell, rules).is_some()).collect();
    let expected = flags(expected, &[area[0], "disposisjonsform"], "primary");
    for (codes, found) in flags_of(&cube, &primary) {
        assert_eq!(found, expected[&codes], "{codes:?}");
    }
    let entry = |(at, cell): (usize, &Contributions)| Entry {
        unknowns: cube.cells[at].inner.clone(),
        value: cube.cells[at].total(&sums),
        sensitive: primary[at],
        single: cell.contributors == 1,
        width: 1,
    };
    let cells: Vec<Entry> = all.iter().enumerate().map(entry).collect();
    let system = System { truth: sums.clone(), cells, ..System::default() };
    let hidden = system.protect(false, &|| false).unwrap().hidden;
    let table = Protected::hide(cube, sums, hidden);
    for (codes, interval) in table.intervals() {
        assert!(interval.is_proven() && !interval.is_exact(), "{codes:?} {interval:?}");
    }
}

#[test]
fn sums_are_protected_against_contributors() {
    let dominance = SumRules { least_contributors: 0, dominance: vec![(1, 80), (2, 95)], p_percent: None };
    sums_are_protected(&["delomrade"], fixture!("h5_dominance_1_80_2_95.csv"), "", &dominance);
    let few = SumRules { least_contributors: 3, ..SumRules::default() };
    sums_are_protected(&["grunnkrets"], fixture!("h7_fewcontrib3.csv"), "000000000", &few);
}

#[test]
fn each_rule_for_sums_is_broken_by_the_same_cells() {
    let columns: [&[&str]; 2] = [&["delomrade"], &["disposisjonsform"]];
    let (cube, _) = cube_of(&dwellings(), &columns, rent);
    let all = contributions(&cube, &columns, "");
    let pair = |pair| SumRules { dominance: vec![pair], ..SumRules::default() };
    for row in rows(fixture!("dominance-ppercent.expected.csv")) {
        let codes = vec![row["delomrade"].clone(), row["disposisjonsform"].clone()];
        let cell = &all[(0..cube.cells.len()).find(|at| codes_of(&cube, *at) == codes).unwrap()];
        assert_eq!(cell.contributors.to_string(), row["n_contributors"]);
        assert_eq!(cell.total.to_string(), row["total"]);
        assert_eq!(cell.top[0].to_string(), row["x1"]);
        assert_eq!(cell.top.get(1).unwrap_or(&0).to_string(), row["x2"]);
        let broken = |flag: &str| row[flag] == "True";
        assert_eq!(sum_reason(cell, &pair((1, 80))).is_some(), broken("violates_1_80"), "{codes:?}");
        assert_eq!(sum_reason(cell, &pair((2, 95))) == Some(Reason::Dominance), broken("violates_2_95"), "{codes:?}");
        let percent = SumRules { p_percent: Some(10), ..SumRules::default() };
        assert_eq!(sum_reason(cell, &percent).is_some(), broken("violates_p10"), "{codes:?}");
    }
}

#[test]
fn rounding_to_a_base_leaves_no_small_number() {
    // The example leaves out cells without a dwelling.
    let expected: BTreeMap<Codes, i128> = rows(fixture!("h8_plsround_base3.csv"))
        .into_iter()
        .map(|row| (vec![row["grunnkrets"].clone(), row["boligtype"].clone()], row["original"].parse().unwrap()))
        .collect();
    for (base, most) in [(3, 1), (5, 3)] {
        let (cube, counts) = housing();
        let cells: Vec<Vec<u32>> = cube.cells.iter().map(|cell| cell.inner.clone()).collect();
        let rounded = round(&counts, &cells, base);
        let mut worst = 0;
        for (at, cell) in cube.cells.iter().enumerate() {
            let (before, after) = (cell.total(&counts), cell.total(&rounded));
            assert_eq!(before, expected.get(&codes_of(&cube, at)).copied().unwrap_or(0));
            assert!(!(1..base).contains(&after), "{:?}: {after}", codes_of(&cube, at));
            worst = worst.max((before - after).abs());
        }
        assert!(worst <= most, "base {base}: {worst}");
    }
}
