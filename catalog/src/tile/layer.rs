//! A tile as bytes: one layer, its attribute names and values each once (MVT 2.1 section 4.1).

use std::collections::HashMap;

use super::{
    feature::Layer,
    matrix::EXTENT,
    message::{self, read_varint, varint},
};

/// The version of the standard that layers follow.
const VERSION: u64 = 2;

/// Writes the features of a tile.
#[derive(Debug, Default)]
pub(super) struct Writer<'a> {
    features: Vec<u8>,
    /// The names that some feature has, by the number of the field.
    keys: Vec<u64>,
    values: HashMap<&'a [u8], u64>,
    ordered: Vec<&'a [u8]>,
}

impl<'a> Writer<'a> {
    /// Adds a feature: its attributes, and its geometry of each type as commands.
    pub(super) fn add(&mut self, tags: &'a [u8], geometries: &[(u8, &'a [u8])]) {
        let mut packed = Vec::new();
        for (field, value) in values(tags) {
            let known = self.keys.iter().position(|key| *key == field);
            let key = known.unwrap_or_else(|| {
                self.keys.push(field);
                self.keys.len() - 1
            });
            let next = self.ordered.len() as u64;
            let number = *self.values.entry(value).or_insert_with(|| {
                self.ordered.push(value);
                next
            });
            varint(key as u64, &mut packed);
            varint(number, &mut packed);
        }
        for (kind, commands) in geometries {
            let mut feature = Vec::new();
            message::bytes(2, &packed, &mut feature);
            message::number(3, u64::from(*kind), &mut feature);
            message::bytes(4, commands, &mut feature);
            message::bytes(2, &feature, &mut self.features);
        }
    }

    /// The tile; nothing where there is no feature.
    pub(super) fn finish(self, layer: &Layer) -> Vec<u8> {
        if self.features.is_empty() {
            return Vec::new();
        }
        let mut body = Vec::with_capacity(self.features.len() + 256);
        message::number(15, VERSION, &mut body);
        message::bytes(1, layer.name().as_bytes(), &mut body);
        body.extend(&self.features);
        for key in self.keys {
            let field = usize::try_from(key).ok().and_then(|key| layer.fields().get(key));
            message::bytes(3, field.map_or("", |field| field.name.as_str()).as_bytes(), &mut body);
        }
        for value in self.ordered {
            message::bytes(4, value, &mut body);
        }
        message::number(5, u64::from(EXTENT), &mut body);
        let mut tile = Vec::with_capacity(body.len() + 8);
        message::bytes(3, &body, &mut tile);
        tile
    }
}

/// The numbers of fields and the values in attributes as a [`Feature`](super::Feature) has them.
pub(super) fn values(mut tags: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        let field = read_varint(&mut tags)?;
        let length = usize::try_from(read_varint(&mut tags)?).ok()?;
        let (value, rest) = tags.split_at_checked(length)?;
        tags = rest;
        Some((field, value))
    })
}
