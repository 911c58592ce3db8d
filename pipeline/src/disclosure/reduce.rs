//! What follows at once is taken out of an audit: unknowns that one equation gives, and unknowns that always come together.

use std::collections::HashMap;

/// A sum that everybody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The unknowns, in order, each once.
    pub(crate) unknowns: Vec<u32>,
    /// Their sum.
    pub(crate) value: i128,
}

/// What is left to be found out.
pub(super) struct Reduced {
    /// The true value of each unknown that is left.
    pub(super) truth: Vec<i128>,
    /// The equations that are left.
    pub(super) known: Vec<Known>,
    /// The unknowns of each hidden sum that are left.
    pub(super) hidden: Vec<Vec<u32>>,
    /// What is known of each hidden sum.
    pub(super) fixed: Vec<i128>,
}

/// Takes out what follows at once. `None` if the equations do not agree with the truth.
pub(super) fn reduce(truth: &[i128], known: &[Known], hidden: &[Vec<u32>]) -> Option<Reduced> {
    let value = |unknown: &u32| truth.get(*unknown as usize).copied().unwrap_or(0);
    if known.iter().any(|known| known.unknowns.iter().map(value).sum::<i128>() != known.value) {
        return None;
    }
    let (known, is_fixed) = settle(truth.len(), known, &value);
    let open = |sum: &[u32]| -> Vec<u32> {
        let open = sum.iter().copied().filter(|unknown| !is_fixed.get(*unknown as usize).copied().unwrap_or(false));
        open.collect()
    };
    let fixed = hidden.iter().map(|sum| {
        sum.iter().filter(|unknown| is_fixed.get(**unknown as usize).copied().unwrap_or(false)).map(value).sum()
    });
    let fixed = fixed.collect();
    let hidden: Vec<Vec<u32>> = hidden.iter().map(|sum| open(sum)).collect();
    Some(merge(truth, known, &hidden, fixed))
}

/// The equations without the unknowns that they give one after the other, and which those are.
fn settle(unknowns: usize, known: &[Known], value: &dyn Fn(&u32) -> i128) -> (Vec<Known>, Vec<bool>) {
    let mut fixed = vec![false; unknowns];
    let mut left: Vec<Known> = known.to_vec();
    loop {
        let mut news = false;
        for known in &mut left {
            known.unknowns.retain(|unknown| {
                let is_fixed = fixed.get(*unknown as usize).copied().unwrap_or(false);
                known.value -= if is_fixed { value(unknown) } else { 0 };
                !is_fixed
            });
            // Of unknowns that are not negative a sum of zero gives every one.
            if known.value == 0 || known.unknowns.len() == 1 {
                for unknown in &known.unknowns {
                    fixed.get_mut(*unknown as usize).into_iter().for_each(|place| *place = true);
                    news = true;
                }
            }
        }
        left.retain(|known| !known.unknowns.is_empty());
        if !news {
            return (left, fixed);
        }
    }
}

/// Makes one unknown of all that are in the same equations and the same hidden sums.
fn merge(truth: &[i128], known: Vec<Known>, hidden: &[Vec<u32>], fixed: Vec<i128>) -> Reduced {
    let mut places: Vec<Vec<u32>> = vec![Vec::new(); truth.len()];
    let sums = known.iter().map(|known| &known.unknowns).chain(hidden);
    for (number, sum) in (0_u32..).zip(sums) {
        for unknown in sum {
            places.get_mut(*unknown as usize).into_iter().for_each(|places| places.push(number));
        }
    }
    let mut groups: HashMap<Vec<u32>, u32> = HashMap::new();
    let (mut group_of, mut merged) = (vec![0_u32; truth.len()], Vec::new());
    for ((places, value), group) in places.into_iter().zip(truth).zip(&mut group_of) {
        if places.is_empty() {
            continue;
        }
        let next = u32::try_from(merged.len()).unwrap_or(u32::MAX);
        *group = *groups.entry(places).or_insert(next);
        match merged.get_mut(*group as usize) {
            Some(sum) => *sum += value,
            None => merged.push(*value),
        }
    }
    let grouped = |sum: &[u32]| {
        let mut groups: Vec<u32> = sum.iter().filter_map(|unknown| group_of.get(*unknown as usize).copied()).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    };
    let known = known.into_iter().map(|known| Known { unknowns: grouped(&known.unknowns), ..known }).collect();
    Reduced { truth: merged, known, hidden: hidden.iter().map(|sum| grouped(sum)).collect(), fixed }
}
