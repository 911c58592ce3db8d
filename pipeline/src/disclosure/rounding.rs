//! Rounding of small counts to a base, so that sums stay consistent: every published number is the sum of the same rounded
//! inner cells.
//!
//! After Ø. Langsrud and J. Heldal, "An Algorithm for Small Count Rounding of Tabular Data", Privacy in Statistical
//! Databases 2018: only inner cells that a small published number is made of are rounded, to zero or the base, so that the
//! differences of the published sums are small.

/// Inner cells up to which each step looks at all of them; beyond it they are taken in turn.
const GREEDY: usize = 2_000;
/// Most times that all decisions are looked at anew.
const SWEEPS: usize = 20;

/// The inner counts, rounded. `cells` are the published cells as sums of inner ones; none is from 1 to `base` - 1 then.
pub(crate) fn round(counts: &[i128], cells: &[Vec<u32>], base: i128) -> Vec<i128> {
    let mut chosen = vec![false; counts.len()];
    let mut rounded = counts.to_vec();
    loop {
        let small = cells.iter().filter(|cell| (1..base).contains(&total(&rounded, cell)));
        let mut more = false;
        for inner in small.flatten() {
            let at = *inner as usize;
            if let (Some(place), Some(count)) = (chosen.get_mut(at), counts.get(at)) {
                more |= !*place && (1..base).contains(count);
                *place |= (1..base).contains(count);
            }
        }
        if !more {
            return rounded;
        }
        rounded = Choice::new(counts, cells, &chosen, base).run();
    }
}

fn total(counts: &[i128], cell: &[u32]) -> i128 {
    cell.iter().filter_map(|inner| counts.get(*inner as usize)).sum()
}

/// Which of the chosen inner cells are rounded up.
struct Choice<'a> {
    counts: &'a [i128],
    base: i128,
    chosen: Vec<usize>,
    /// By inner cell: the published cells that it is in.
    within: Vec<Vec<usize>>,
    /// By published cell: how much the rounded number differs.
    off: Vec<i128>,
    up: Vec<bool>,
}

impl<'a> Choice<'a> {
    fn new(counts: &'a [i128], cells: &[Vec<u32>], chosen: &[bool], base: i128) -> Self {
        let mut within = vec![Vec::new(); counts.len()];
        for (number, cell) in cells.iter().enumerate() {
            for inner in cell {
                within.get_mut(*inner as usize).into_iter().for_each(|within: &mut Vec<usize>| within.push(number));
            }
        }
        let chosen: Vec<usize> = (0..counts.len()).filter(|at| chosen.get(*at).copied().unwrap_or(false)).collect();
        let mut choice =
            Self { counts, base, chosen, within, off: vec![0; cells.len()], up: vec![false; counts.len()] };
        for at in choice.chosen.clone() {
            choice.shift(at, -counts.get(at).copied().unwrap_or(0));
        }
        choice
    }

    fn run(mut self) -> Vec<i128> {
        if self.chosen.len() <= GREEDY {
            while let Some(at) = self.best() {
                self.flip(at);
            }
        }
        for _ in 0..SWEEPS {
            let mut still = true;
            for at in self.chosen.clone() {
                if self.gain(at) > 0 {
                    self.flip(at);
                    still = false;
                }
            }
            if still {
                break;
            }
        }
        let mut rounded = self.counts.to_vec();
        for at in &self.chosen {
            let up = self.up.get(*at).copied().unwrap_or(false);
            rounded.get_mut(*at).into_iter().for_each(|place| *place = if up { self.base } else { 0 });
        }
        rounded
    }

    /// The inner cell whose change makes the squares of the differences smallest.
    fn best(&self) -> Option<usize> {
        let gains = self.chosen.iter().map(|at| (self.gain(*at), *at)).filter(|(gain, _)| *gain > 0);
        gains.max_by_key(|(gain, at)| (*gain, std::cmp::Reverse(*at))).map(|(_, at)| at)
    }

    /// By how much a change makes the sum of the squares of all differences smaller.
    fn gain(&self, at: usize) -> i128 {
        let by = self.step(at);
        let cells = self.within.get(at).into_iter().flatten().filter_map(|cell| self.off.get(*cell));
        cells.map(|off| off * off - (off + by) * (off + by)).sum()
    }

    fn step(&self, at: usize) -> i128 {
        if self.up.get(at).copied().unwrap_or(false) { -self.base } else { self.base }
    }

    fn flip(&mut self, at: usize) {
        self.shift(at, self.step(at));
        self.up.get_mut(at).into_iter().for_each(|up| *up = !*up);
    }

    fn shift(&mut self, at: usize, by: i128) {
        for cell in self.within.get(at).into_iter().flatten() {
            self.off.get_mut(*cell).into_iter().for_each(|off| *off += by);
        }
    }
}
