//! Tables as sums: dimensions with their levels, and every published cell as the inner cells that it is the sum of.

use std::collections::BTreeMap;

/// The code that stands for everything: the total of SDMX.
pub(crate) const TOTAL: &str = "_T";
/// Most inner cells: combinations of the narrowest codes of all dimensions.
pub(crate) const MOST_INNER: usize = 1 << 20;
/// Most published cells.
const MOST_CELLS: usize = 20_000;
/// Most pairs of a published cell and an inner cell of it.
pub(crate) const MOST_PARTS: usize = 8 << 20;

/// One way to divide a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Level {
    /// Its name: the column that holds its codes.
    pub(crate) name: String,
    /// The codes.
    pub(crate) codes: Vec<String>,
    /// By code of the narrowest level: the code of this one.
    pub(crate) of: Vec<usize>,
}

/// What cells are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dimension {
    /// The levels, the narrowest first, the total last.
    pub(crate) levels: Vec<Level>,
}

impl Dimension {
    /// A dimension of narrow codes; `wider` are further levels with the code that each narrow one belongs to.
    pub(crate) fn new(name: &str, codes: Vec<String>, wider: Vec<(String, Vec<String>)>) -> Self {
        let count = codes.len();
        let mut levels = vec![Level { name: name.to_owned(), codes, of: (0..count).collect() }];
        for (name, parents) in wider {
            let mut codes: Vec<String> = parents.clone();
            codes.sort_unstable();
            codes.dedup();
            let of = parents.iter().map(|parent| codes.binary_search(parent).unwrap_or(0)).collect();
            levels.push(Level { name, codes, of });
        }
        levels.push(Level { name: TOTAL.to_owned(), codes: vec![TOTAL.to_owned()], of: vec![0; count] });
        Self { levels }
    }

    fn narrow(&self) -> usize {
        self.levels.first().map_or(0, |level| level.codes.len())
    }
}

/// One published cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// By dimension: the level.
    pub(crate) levels: Vec<usize>,
    /// By dimension: the code within its level.
    pub(crate) codes: Vec<usize>,
    /// The inner cells that it is the sum of.
    pub(crate) inner: Vec<u32>,
}

impl Cell {
    /// Its value, by those of the inner cells.
    pub(crate) fn total(&self, values: &[i128]) -> i128 {
        self.inner.iter().filter_map(|inner| values.get(*inner as usize)).sum()
    }
}

/// The tables of a dataset as one system of sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cube {
    /// The dimensions.
    pub(crate) dimensions: Vec<Dimension>,
    /// The published cells, each once.
    pub(crate) cells: Vec<Cell>,
    /// The number of inner cells.
    pub(crate) inner: usize,
}

/// The tables are larger than what can be protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Cube {
    /// The cells of some tables; a table is the narrowest level of each dimension: it has that level and all wider ones.
    pub(crate) fn new(dimensions: Vec<Dimension>, tables: &[Vec<usize>]) -> Result<Self, TooLarge> {
        let size = |product: usize, dimension: &Dimension| product.checked_mul(dimension.narrow());
        let inner = dimensions.iter().try_fold(1, size).filter(|inner| *inner <= MOST_INNER).ok_or(TooLarge)?;
        let shapes = shapes(&dimensions, tables);
        if shapes.len().saturating_mul(inner) > MOST_PARTS {
            return Err(TooLarge);
        }
        let mut cube = Self { dimensions, cells: Vec::new(), inner };
        for levels in shapes {
            let mut cells: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
            for (number, narrow) in (0_u32..).zip(0..inner) {
                let codes = cube.codes_at(&cube.place(narrow), &levels);
                cells.entry(codes).or_default().push(number);
            }
            let cell = |(codes, inner)| Cell { levels: levels.clone(), codes, inner };
            cube.cells.extend(cells.into_iter().map(cell));
            if cube.cells.len() > MOST_CELLS {
                return Err(TooLarge);
            }
        }
        Ok(cube)
    }

    /// By dimension: the narrowest code of an inner cell.
    pub(crate) fn place(&self, inner: usize) -> Vec<usize> {
        let (mut left, mut place) = (inner, Vec::with_capacity(self.dimensions.len()));
        for dimension in self.dimensions.iter().rev() {
            let count = dimension.narrow().max(1);
            place.push(left % count);
            left /= count;
        }
        place.reverse();
        place
    }

    /// The inner cell of narrow codes, one for each dimension.
    pub(crate) fn inner_at(&self, place: &[usize]) -> usize {
        self.dimensions.iter().zip(place).fold(0, |at, (dimension, code)| at * dimension.narrow() + code)
    }

    fn codes_at(&self, place: &[usize], levels: &[usize]) -> Vec<usize> {
        let code = |((dimension, level), narrow): ((&Dimension, &usize), &usize)| {
            dimension.levels.get(*level).and_then(|level| level.of.get(*narrow)).copied().unwrap_or(0)
        };
        self.dimensions.iter().zip(levels).zip(place).map(code).collect()
    }

    /// The level and the code of a cell in one dimension.
    pub(crate) fn label(&self, cell: &Cell, dimension: usize) -> (&str, &str) {
        let level = cell.levels.get(dimension).and_then(|at| self.dimensions.get(dimension)?.levels.get(*at));
        let code = cell.codes.get(dimension).and_then(|code| level?.codes.get(*code));
        (level.map_or("", |level| level.name.as_str()), code.map_or("", String::as_str))
    }

    /// The levels of a cell in words: `grunnkrets x boligtype`, or the total.
    pub(crate) fn shape_name(&self, cell: &Cell) -> String {
        let names = (0..self.dimensions.len()).map(|at| self.label(cell, at).0).filter(|name| *name != TOTAL);
        let names: Vec<&str> = names.collect();
        if names.is_empty() { "total".to_owned() } else { names.join(" x ") }
    }
}

/// The combinations of levels of all tables, each once, the narrowest first.
fn shapes(dimensions: &[Dimension], tables: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut all = std::collections::BTreeSet::new();
    for table in tables {
        let mut shapes: Vec<Vec<usize>> = vec![Vec::new()];
        for (dimension, narrowest) in dimensions.iter().zip(table) {
            let levels = *narrowest..dimension.levels.len();
            shapes = shapes
                .iter()
                .flat_map(|shape| levels.clone().map(|level| shape.iter().copied().chain([level]).collect()))
                .collect();
        }
        all.extend(shapes);
    }
    all.into_iter().collect()
}
