//! Numbers out of bytes that strangers wrote: every step may find that there are too few.

/// What is left of some bytes.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Bytes<'a>(pub(in super::super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next bytes.
    pub(in super::super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    /// A byte.
    pub(in super::super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A number of two bytes, the lowest one first.
    pub(in super::super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// A number of four bytes, the lowest one first.
    pub(in super::super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A number of four bytes, the highest one first.
    pub(in super::super) fn u32_be(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A floating point number, the lowest byte first.
    pub(in super::super) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A count of things of which each needs some bytes; `None` where they cannot all be there.
    pub(in super::super) fn count(&mut self, each: usize) -> Option<usize> {
        let count = usize::try_from(self.u32()?).ok()?;
        (count.checked_mul(each)? <= self.0.len()).then_some(count)
    }
}
