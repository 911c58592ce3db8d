//! Defaults of settings that sources on the network share.

pub(crate) fn five() -> u8 {
    5
}

pub(crate) fn thousand() -> u32 {
    1000
}

pub(crate) fn ten_thousand() -> u32 {
    10_000
}

pub(crate) fn two_minutes() -> u32 {
    120
}

pub(crate) fn ten_minutes() -> u32 {
    600
}

pub(crate) fn hour() -> u32 {
    3600
}

pub(crate) fn two_gib() -> u64 {
    2 << 30
}
