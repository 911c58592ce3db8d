//! The packed R-tree: sixteen children to a node, level by level from the root to the leaves.

use std::io::{Result, Write};

use crate::crs::union;

/// Children of a node.
pub(super) const NODE: u16 = 16;

/// The tree over features in the order of the file.
#[derive(Debug)]
pub(super) struct Tree {
    /// Each level from the leaves up to the root: extents, and offsets in the features or numbers of first children.
    levels: Vec<Vec<([f64; 4], u64)>>,
}

impl Tree {
    /// A tree over extents and offsets of at least one feature.
    pub(super) fn new(leaves: Vec<([f64; 4], u64)>) -> Self {
        let mut levels = vec![leaves];
        loop {
            let below = levels.last().map_or(&[][..], Vec::as_slice);
            let above: Vec<([f64; 4], u64)> = below
                .chunks(usize::from(NODE))
                .enumerate()
                .filter_map(|(node, children)| {
                    let extent = children.iter().map(|(extent, _)| *extent).reduce(union)?;
                    Some((extent, node as u64 * u64::from(NODE)))
                })
                .collect();
            let is_root = above.len() <= 1;
            levels.push(above);
            if is_root {
                return Self { levels };
            }
        }
    }

    /// Writes the nodes: four bounds and an offset each; that of an inner node is the number of its first child in the
    /// whole tree.
    pub(super) fn write(&self, out: &mut dyn Write) -> Result<()> {
        let mut before = 0;
        for (height, level) in self.levels.iter().enumerate().rev() {
            before += level.len() as u64;
            for (extent, offset) in level {
                extent.iter().try_for_each(|bound| out.write_all(&bound.to_le_bytes()))?;
                let offset = if height == 0 { *offset } else { before + offset };
                out.write_all(&offset.to_le_bytes())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes as they are written.
    fn nodes(count: u32) -> Vec<([f64; 4], u64)> {
        let leaf = |at: u32| ([f64::from(at), 0.0, f64::from(at) + 0.5, 1.0], u64::from(at) * 100);
        let mut bytes = Vec::new();
        Tree::new((0..count).map(leaf).collect()).write(&mut bytes).unwrap();
        let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap());
        let node = |bytes: &[u8]| {
            let bounds = [0, 8, 16, 24].map(|at| number(&bytes[at..at + 8]));
            (bounds, u64::from_le_bytes(bytes[32..].try_into().unwrap()))
        };
        bytes.chunks(40).map(node).collect()
    }

    /// Features whose extent holds a point, found from the root down; levels end where readers count that they do.
    fn search(nodes: &[([f64; 4], u64)], leaves: usize, x: f64) -> Vec<u64> {
        let mut sizes = vec![leaves];
        while sizes.last() != Some(&1) || sizes.len() == 1 {
            sizes.push(sizes.last().unwrap().div_ceil(16));
        }
        let mut ends: Vec<usize> = Vec::new();
        sizes.iter().rev().for_each(|size| ends.push(ends.last().copied().unwrap_or(0) + size));
        assert_eq!(ends.last(), Some(&nodes.len()));
        let (first_leaf, mut queue, mut found) = (nodes.len() - leaves, vec![0_usize], Vec::new());
        while let Some(at) = queue.pop() {
            let ([west, _, east, _], offset) = nodes[at];
            if x < west || x > east {
                continue;
            }
            if at >= first_leaf {
                found.push(offset);
                continue;
            }
            let first = usize::try_from(offset).unwrap();
            let end = *ends.iter().find(|end| **end > first).unwrap();
            queue.extend(first..end.min(first + 16));
        }
        found
    }

    #[test]
    fn every_feature_is_found_from_the_root() {
        for (count, all) in [(1, 2), (16, 17), (17, 20), (256, 273), (300, 322)] {
            let nodes = nodes(count);
            assert_eq!(nodes.len(), all, "{count}");
            assert_eq!(Some(nodes[0].0), Some([0.0, 0.0, f64::from(count - 1) + 0.5, 1.0]));
            for feature in [0, count / 2, count - 1] {
                let found = search(&nodes, usize::try_from(count).unwrap(), f64::from(feature) + 0.25);
                assert_eq!(found, [u64::from(feature) * 100], "{count} {feature}");
            }
        }
    }
}
