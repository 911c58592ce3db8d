//! Least and greatest values of sums of unknowns that are not negative, under equations: the simplex method on a dense
//! tableau that is kept from one question to the next.
//!
//! The numbers are binary fractions. Nobody has to trust them: what the audit relies on are the corners found, and those
//! it holds against the equations in whole numbers.

/// Differences below this are rounding.
const NOISE: f64 = 1e-9;
/// Steps without progress after which the rule changes to one that cannot go round in circles (Bland's).
const STUCK: usize = 40;
/// Most steps for one question.
const MOST_STEPS: usize = 20_000;

/// How a question ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// The greatest value.
    Greatest(f64),
    /// There is no greatest value.
    Unbounded,
    /// The steps were used up.
    GaveUp,
}

/// Equations in a form from which their solutions can be walked through.
#[derive(Debug, Clone)]
pub(super) struct Tableau {
    unknowns: usize,
    /// One row for each equation: coefficients, then the right side.
    rows: Vec<Vec<f64>>,
    /// The unknown that each row stands for.
    basis: Vec<usize>,
}

impl Tableau {
    /// Equations: sums of unknowns, each once, and their values, not negative. `None` if no solution was found.
    pub(super) fn new(unknowns: usize, equations: &[(Vec<usize>, f64)]) -> Option<Self> {
        let rows = equations.iter().map(|(sum, value)| {
            let mut row = vec![0.0; unknowns + 1];
            for unknown in sum {
                row.get_mut(*unknown).into_iter().for_each(|place| *place = 1.0);
            }
            row.last_mut().into_iter().for_each(|place| *place = *value);
            row
        });
        let rows: Vec<Vec<f64>> = rows.collect();
        // An unknown of its own for each equation, which has to go; its column is never needed.
        let basis = (0..rows.len()).map(|at| unknowns + at).collect();
        let mut tableau = Self { unknowns, rows, basis };
        let mut gain = vec![0.0; unknowns + 1];
        for row in &tableau.rows {
            gain.iter_mut().zip(row).for_each(|(gain, value)| *gain += value);
        }
        let size = gain.last().copied().unwrap_or(0.0).max(1.0);
        tableau.climb(&mut gain);
        let left = gain.last().copied().unwrap_or(0.0);
        (left.abs() <= 1e-7 * size).then(|| tableau.without_helpers())
    }

    /// Takes the helping unknowns out of the basis, with the rows that say nothing new.
    fn without_helpers(mut self) -> Self {
        let mut at = 0;
        while let Some(owner) = self.basis.get(at).copied() {
            if owner < self.unknowns {
                at += 1;
                continue;
            }
            let row = self.rows.get(at).map(Vec::as_slice).unwrap_or_default();
            let found = row.iter().take(self.unknowns).position(|value| value.abs() > 1e-7);
            if let Some(enters) = found {
                self.pivot(at, enters, &mut []);
                at += 1;
            } else {
                self.rows.swap_remove(at);
                self.basis.swap_remove(at);
            }
        }
        self
    }

    /// The greatest value of a sum of unknowns with weights.
    pub(super) fn greatest(&mut self, sum: &[(usize, f64)]) -> Answer {
        let mut weight = vec![0.0; self.unknowns];
        for (unknown, by) in sum {
            weight.get_mut(*unknown).into_iter().for_each(|place| *place += by);
        }
        let mut gain: Vec<f64> = weight.iter().copied().chain([0.0]).collect();
        for (row, owner) in self.rows.iter().zip(&self.basis) {
            let factor = weight.get(*owner).copied().unwrap_or(0.0);
            if factor != 0.0 {
                gain.iter_mut().zip(row).for_each(|(gain, value)| *gain -= factor * value);
            }
        }
        match self.climb(&mut gain) {
            Climb::Top => Answer::Greatest(-gain.last().copied().unwrap_or(0.0)),
            Climb::Endless => Answer::Unbounded,
            Climb::GaveUp => Answer::GaveUp,
        }
    }

    /// The corner that the tableau stands at, by unknown.
    pub(super) fn corner(&self) -> Vec<f64> {
        let mut corner = vec![0.0; self.unknowns];
        for (row, owner) in self.rows.iter().zip(&self.basis) {
            if let (Some(place), Some(value)) = (corner.get_mut(*owner), row.last()) {
                *place = *value;
            }
        }
        corner
    }

    /// Goes from corner to corner as long as there is something to gain.
    fn climb(&mut self, gain: &mut [f64]) -> Climb {
        let mut stuck = 0;
        for _ in 0..MOST_STEPS {
            let gains = gain.iter().take(self.unknowns).enumerate().filter(|(_, gain)| **gain > NOISE);
            let enters = if stuck < STUCK {
                gains.max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(at, _)| at)
            } else {
                gains.map(|(at, _)| at).next()
            };
            let Some(enters) = enters else { return Climb::Top };
            let Some((leaves, step)) = self.leaving(enters) else { return Climb::Endless };
            stuck = if step > NOISE { 0 } else { stuck + 1 };
            self.pivot(leaves, enters, gain);
        }
        Climb::GaveUp
    }

    /// The row that limits how far an unknown can grow, and how far that is.
    fn leaving(&self, enters: usize) -> Option<(usize, f64)> {
        let mut best: Option<(usize, f64, usize)> = None;
        for (at, (row, owner)) in self.rows.iter().zip(&self.basis).enumerate() {
            let (Some(by), Some(value)) = (row.get(enters), row.last()) else { continue };
            if *by <= NOISE {
                continue;
            }
            let step = value.max(0.0) / by;
            let better =
                best.is_none_or(|(_, least, of)| step < least - NOISE || (step <= least + NOISE && *owner < of));
            if better {
                best = Some((at, step, *owner));
            }
        }
        best.map(|(at, step, _)| (at, step))
    }

    /// Lets an unknown stand for a row in place of the one that does.
    fn pivot(&mut self, at: usize, enters: usize, gain: &mut [f64]) {
        let Some(mut row) = self.rows.get_mut(at).map(std::mem::take) else { return };
        let by = row.get(enters).copied().unwrap_or(1.0);
        for value in &mut row {
            *value = clean(*value / by);
        }
        for other in self.rows.iter_mut().filter(|other| !other.is_empty()) {
            subtract(other, &row, enters);
        }
        if !gain.is_empty() {
            subtract(gain, &row, enters);
        }
        if let (Some(place), Some(owner)) = (self.rows.get_mut(at), self.basis.get_mut(at)) {
            *place = row;
            *owner = enters;
        }
    }
}

/// How climbing ended.
enum Climb {
    Top,
    Endless,
    GaveUp,
}

fn subtract(from: &mut [f64], row: &[f64], enters: usize) {
    let factor = from.get(enters).copied().unwrap_or(0.0);
    if factor != 0.0 {
        from.iter_mut().zip(row).for_each(|(value, by)| {
            if *by != 0.0 {
                *value = clean(*value - factor * by);
            }
        });
    }
}

/// The whole number where a value is as good as one: tables give few others.
fn clean(value: f64) -> f64 {
    let whole = value.round();
    if (value - whole).abs() < NOISE { whole } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_table_has_its_bounds() {
        // a + b = 7, c + d = 5, a + c = 4, b + d = 8.
        let equations = [(vec![0, 1], 7.0), (vec![2, 3], 5.0), (vec![0, 2], 4.0), (vec![1, 3], 8.0)];
        let mut tableau = Tableau::new(4, &equations).unwrap();
        assert_eq!(tableau.greatest(&[(0, 1.0)]), Answer::Greatest(4.0));
        assert_eq!(tableau.greatest(&[(0, -1.0)]), Answer::Greatest(0.0));
        assert_eq!(tableau.greatest(&[(3, -1.0)]), Answer::Greatest(-1.0));
        assert_eq!(tableau.greatest(&[(0, 1.0), (3, 1.0)]), Answer::Greatest(9.0));
        assert_eq!(tableau.corner(), [4.0, 3.0, 0.0, 5.0]);
    }

    #[test]
    fn what_has_no_bound_and_what_cannot_be() {
        let mut tableau = Tableau::new(3, &[(vec![0, 1], 7.0)]).unwrap();
        assert_eq!(tableau.greatest(&[(2, 1.0)]), Answer::Unbounded);
        assert_eq!(tableau.greatest(&[(2, -1.0)]), Answer::Greatest(0.0));
        assert!(Tableau::new(1, &[(vec![0], 7.0), (vec![0], 8.0)]).is_none());
        assert!(Tableau::new(1, &[(vec![0], 7.0), (vec![0], 7.0)]).is_some());
    }
}
