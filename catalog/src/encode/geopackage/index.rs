//! The R-tree over the extents (`SQLite`'s module `rtree`, annex F.3 of OGC 12-128r19): packed level by level, so
//! neighbours in the table are neighbours in the tree.

use std::io::Result;

use super::{
    super::sqlite::{Pages, Table, Thing, Value, record, shares},
    layout::{Layer, quoted, table},
    triggers::triggers,
};

/// Entries of a node at most, and the bytes of every node: the module's own numbers for pages of 4096 bytes.
const ENTRIES: usize = 51;
const NODE: usize = 4 + ENTRIES * 24;

/// West, east, south and north as the module keeps them, and the number of a feature or node.
type Entry = ([f32; 4], i64);

/// The extents of features, by rising numbers.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<Entry>);

impl Index {
    /// Adds a feature. The extent grows to numbers of single precision.
    pub(super) fn push(&mut self, id: i64, [west, south, east, north]: [f64; 4]) {
        self.0.push(([down(west), up(east), down(south), up(north)], id));
    }

    /// Writes the tree: its three tables, the virtual one over them, and the triggers that keep it.
    ///
    /// # Errors
    /// If the disk is full.
    pub(super) fn finish(self, pages: &mut Pages, layer: &Layer<'_>) -> Result<Vec<Thing>> {
        let name = layer.tree();
        let [nodes, rows, parents] = write(pages, self.0)?;
        let own = |suffix: &str| format!("{name}_{suffix}");
        let made = |suffix: &str, columns: &str| format!("CREATE TABLE {}({columns})", quoted(&own(suffix)));
        let virtual_table = format!("CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy)", quoted(&name));
        let mut things = vec![
            table(&name, 0, virtual_table),
            table(&own("rowid"), rows, made("rowid", "rowid INTEGER PRIMARY KEY,nodeno")),
            table(&own("node"), nodes, made("node", "nodeno INTEGER PRIMARY KEY,data")),
            table(&own("parent"), parents, made("parent", "nodeno INTEGER PRIMARY KEY,parentnode")),
        ];
        things.extend(triggers(layer));
        Ok(things)
    }
}

/// The greatest number of single precision that is not above; the next ones.
fn down(number: f64) -> f32 {
    let near = single(number);
    if f64::from(near) > number { near.next_down() } else { near }
}

fn up(number: f64) -> f32 {
    let near = single(number);
    if f64::from(near) < number { near.next_up() } else { near }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
fn single(number: f64) -> f32 {
    number as f32
}

/// Of two extents: west, east, south, north.
fn union([west, east, south, north]: [f32; 4], other: [f32; 4]) -> [f32; 4] {
    let [least_east, most_east, least_north, most_north] = other;
    [west.min(least_east), east.max(most_east), south.min(least_north), north.max(most_north)]
}

/// Writes the tables of nodes, of features by node, and of nodes by node above; their roots.
fn write(pages: &mut Pages, features: Vec<Entry>) -> Result<[u32; 3]> {
    let levels = levels(features);
    let (mut nodes, mut rows, mut parents) = (Table::new(), Table::new(), Table::new());
    // From the root, which is number 1, down: the children of a level are numbered after it.
    let mut first = 1;
    for (height, entries) in levels.iter().enumerate().rev() {
        let below = first + i64::try_from(entries.len().div_ceil(ENTRIES).max(1)).unwrap_or(i64::MAX);
        let mut child = below;
        let none: &[Entry] = &[];
        let shares = shares(entries, ENTRIES).chain(entries.is_empty().then_some(none));
        for (number, share) in (first..).zip(shares) {
            let depth = if height + 1 == levels.len() { height } else { 0 };
            let numbered = |at: usize, id: i64| if height == 0 { id } else { child + i64::try_from(at).unwrap_or(0) };
            let entries: Vec<Entry> =
                share.iter().enumerate().map(|(at, (extent, id))| (*extent, numbered(at, *id))).collect();
            nodes.push(pages, number, &record(&[Value::Null, Value::Blob(&encoded(depth, &entries))]))?;
            let up = record(&[Value::Null, Value::Integer(number)]);
            let into = if height == 0 { &mut rows } else { &mut parents };
            entries.iter().try_for_each(|(_, id)| into.push(pages, *id, &up))?;
            child += i64::try_from(share.len()).unwrap_or(0);
        }
        first = below;
    }
    Ok([nodes.finish(pages)?, rows.finish(pages)?, parents.finish(pages)?])
}

/// The entries of each level, from the features up to those of the root.
fn levels(features: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut levels = vec![features];
    while let Some(last) = levels.last().filter(|last| last.len() > ENTRIES) {
        let node = |share: &[Entry]| share.iter().map(|(extent, _)| *extent).reduce(union).map(|extent| (extent, 0));
        let above = shares(last, ENTRIES).filter_map(node).collect();
        levels.push(above);
    }
    levels
}

/// A node: the height of the tree in the root, the number of entries, and the entries.
fn encoded(depth: usize, entries: &[Entry]) -> Vec<u8> {
    let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes();
    let mut out = Vec::with_capacity(NODE);
    out.extend(short(depth));
    out.extend(short(entries.len()));
    for (extent, id) in entries {
        out.extend(id.to_be_bytes());
        out.extend(extent.iter().flat_map(|bound| bound.to_be_bytes()));
    }
    out.resize(NODE, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_never_shrinks() {
        for number in [6_651_411.19, -0.1, 0.1, 16_777_217.0, 0.0, 262_143.999_999] {
            assert!(f64::from(down(number)) <= number && f64::from(up(number)) >= number, "{number}");
            assert!(up(number) <= down(number).next_up(), "{number}");
        }
    }

    #[test]
    fn levels_end_with_what_one_node_holds() {
        let feature = |id: u16| ([f32::from(id), f32::from(id) + 1.0, 0.0, 1.0], i64::from(id));
        let sizes = |count: u16| levels((0..count).map(feature).collect()).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), [0]);
        assert_eq!(sizes(51), [51]);
        assert_eq!(sizes(52), [52, 2]);
        assert_eq!(sizes(10_000), [10_000, 197, 4]);
    }
}
