//! From a focus node along a path to its values (SHACL Core, section 2.3.1).

use std::collections::HashSet;

use super::{
    facts::{Facts, Id},
    shapes::Path,
};

impl Facts<'_> {
    /// The values at the end of a path, each once.
    pub(super) fn reached(&self, path: &Path, focus: Id) -> Vec<Id> {
        let mut values = Vec::new();
        self.walk(path, (focus, false), &mut values);
        if !matches!(path, Path::Predicate(_)) {
            let mut seen = HashSet::new();
            values.retain(|value| seen.insert(*value));
        }
        values
    }

    /// One path from one node, forward or back.
    fn walk(&self, path: &Path, (from, back): (Id, bool), values: &mut Vec<Id>) {
        match path {
            Path::Predicate(predicate) if back => values.extend(self.subjects(*predicate, from)),
            Path::Predicate(predicate) => values.extend(self.objects(from, *predicate)),
            Path::Inverse(inner) => self.walk(inner, (from, !back), values),
            Path::Alternative(paths) => {
                for path in paths {
                    self.walk(path, (from, back), values);
                }
            }
            Path::Sequence(paths) if back => values.extend(self.steps(paths.iter().rev(), (from, back))),
            Path::Sequence(paths) => values.extend(self.steps(paths.iter(), (from, back))),
            Path::ZeroOrOne(inner) => {
                values.push(from);
                self.walk(inner, (from, back), values);
            }
            Path::ZeroOrMore(inner) => values.extend(self.closure(inner, vec![from], back)),
            Path::OneOrMore(inner) => {
                let mut first = Vec::new();
                self.walk(inner, (from, back), &mut first);
                values.extend(self.closure(inner, first, back));
            }
        }
    }

    fn steps<'p>(&self, paths: impl Iterator<Item = &'p Path>, (from, back): (Id, bool)) -> Vec<Id> {
        let mut at = vec![from];
        for path in paths {
            let mut next = Vec::new();
            for node in &at {
                self.walk(path, (*node, back), &mut next);
            }
            next.sort_unstable();
            next.dedup();
            at = next;
        }
        at
    }

    fn closure(&self, step: &Path, start: Vec<Id>, back: bool) -> Vec<Id> {
        let mut seen: HashSet<Id> = start.iter().copied().collect();
        let (mut reached, mut at) = (start, 0);
        while let Some(node) = reached.get(at).copied() {
            let mut next = Vec::new();
            self.walk(step, (node, back), &mut next);
            reached.extend(next.into_iter().filter(|found| seen.insert(*found)));
            at += 1;
        }
        reached
    }
}
