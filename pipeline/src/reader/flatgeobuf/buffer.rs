//! `FlatBuffers`: tables in bytes that strangers wrote. Every offset is checked where it is followed.

/// Bytes that are no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

type Result<T> = std::result::Result<T, Broken>;

/// A table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the places of its fields stand, and how many bytes they take.
    places: usize,
    length: usize,
}

/// A list of numbers or tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    bytes: &'a [u8],
    start: usize,
    /// How many there are.
    pub(super) count: usize,
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or(Broken)
}

fn offset(bytes: &[u8], at: usize) -> Result<usize> {
    let step = usize::try_from(u32::from_le_bytes(array(bytes, at)?)).map_err(|_| Broken)?;
    at.checked_add(step).ok_or(Broken)
}

impl<'a> Table<'a> {
    /// The root of a buffer.
    pub(super) fn root(bytes: &'a [u8]) -> Result<Self> {
        Self::at(bytes, offset(bytes, 0)?)
    }

    fn at(bytes: &'a [u8], at: usize) -> Result<Self> {
        let back = i64::from(i32::from_le_bytes(array(bytes, at)?));
        let place = i64::try_from(at).map_err(|_| Broken)? - back;
        let places = usize::try_from(place).map_err(|_| Broken)?;
        let length = usize::from(u16::from_le_bytes(array(bytes, places)?));
        let there = places.checked_add(length).is_some_and(|end| end <= bytes.len());
        if length < 4 || !there { Err(Broken) } else { Ok(Self { bytes, at, places, length }) }
    }

    /// Where a field's value stands, if it has one.
    fn place(&self, field: usize) -> Result<Option<usize>> {
        let entry = 4 + 2 * field;
        if entry + 2 > self.length {
            return Ok(None);
        }
        let step = usize::from(u16::from_le_bytes(array(self.bytes, self.places + entry)?));
        Ok((step != 0).then_some(self.at + step))
    }

    /// The bytes of a plain value.
    fn value<const N: usize>(&self, field: usize) -> Result<Option<[u8; N]>> {
        self.place(field)?.map(|at| array(self.bytes, at)).transpose()
    }

    /// A byte; zero where there is none.
    pub(super) fn byte(&self, field: usize) -> Result<u8> {
        Ok(self.value::<1>(field)?.map_or(0, |[byte]| byte))
    }

    /// A number of two bytes.
    pub(super) fn u16(&self, field: usize) -> Result<Option<u16>> {
        Ok(self.value(field)?.map(u16::from_le_bytes))
    }

    /// A number of four bytes; zero where there is none.
    pub(super) fn i32(&self, field: usize) -> Result<i32> {
        Ok(self.value(field)?.map_or(0, i32::from_le_bytes))
    }

    /// A number of eight bytes; zero where there is none.
    pub(super) fn u64(&self, field: usize) -> Result<u64> {
        Ok(self.value(field)?.map_or(0, u64::from_le_bytes))
    }

    /// A table within the table.
    pub(super) fn table(&self, field: usize) -> Result<Option<Self>> {
        self.place(field)?.map(|at| Self::at(self.bytes, offset(self.bytes, at)?)).transpose()
    }

    /// A list of values that take some bytes each; an empty one where there is none.
    pub(super) fn list(&self, field: usize, each: usize) -> Result<List<'a>> {
        let Some(at) = self.place(field)? else { return Ok(List { bytes: self.bytes, start: 0, count: 0 }) };
        let at = offset(self.bytes, at)?;
        let count = usize::try_from(u32::from_le_bytes(array(self.bytes, at)?)).map_err(|_| Broken)?;
        let start = at + 4;
        let end = count.checked_mul(each).and_then(|bytes| bytes.checked_add(start)).ok_or(Broken)?;
        if end > self.bytes.len() { Err(Broken) } else { Ok(List { bytes: self.bytes, start, count }) }
    }

    /// A text; `None` where there is none.
    pub(super) fn text(&self, field: usize) -> Result<Option<&'a str>> {
        let list = self.list(field, 1)?;
        let text = std::str::from_utf8(list.raw(1)?).map_err(|_| Broken)?;
        Ok((!text.is_empty()).then_some(text))
    }
}

impl<'a> List<'a> {
    /// All bytes of the list.
    pub(super) fn raw(&self, each: usize) -> Result<&'a [u8]> {
        self.bytes.get(self.start..self.start + self.count * each).ok_or(Broken)
    }

    /// The floating point numbers of the list.
    pub(super) fn numbers(&self) -> Result<impl Iterator<Item = f64> + use<'a>> {
        let (numbers, _) = self.raw(8)?.as_chunks::<8>();
        Ok(numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)))
    }

    /// The whole numbers of four bytes of the list.
    pub(super) fn wholes(&self) -> Result<impl Iterator<Item = u32> + use<'a>> {
        let (numbers, _) = self.raw(4)?.as_chunks::<4>();
        Ok(numbers.iter().map(|bytes| u32::from_le_bytes(*bytes)))
    }

    /// The tables of the list.
    pub(super) fn tables(&self) -> impl Iterator<Item = Result<Table<'a>>> + use<'a> {
        let (bytes, start) = (self.bytes, self.start);
        (0..self.count).map(move |at| Table::at(bytes, offset(bytes, start + 4 * at)?))
    }
}
