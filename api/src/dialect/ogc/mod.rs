//! `/ogc`: OGC API Features. Part 1 (core, `GeoJSON`, HTML, `OpenAPI` 3.0), Part 2 (coordinate reference systems), Part 3
//! (filtering with CQL2) and the schemas of Part 5, over every dataset that has a geometry; and OGC API Tiles Part 1 with
//! vector tiles of the same collections.

mod api;
mod ask;
mod check;
mod collection;
mod collections;
mod conformance;
mod crs;
mod cursor;
mod describe;
mod feature;
mod id;
mod items;
mod landing;
mod link;
mod matrix_sets;
mod parameters;
mod place;
mod queryables;
mod question;
mod tile;
mod tilesets;
mod tiling;
mod time;

pub(crate) use api::api;
pub use check::check_filter;
pub(crate) use collections::{collection, collections};
pub(crate) use conformance::conformance;
pub(crate) use feature::feature;
pub(crate) use items::items;
pub(crate) use landing::landing;
pub(crate) use matrix_sets::{matrix_set, matrix_sets};
pub(crate) use queryables::{queryables, schema};
pub(crate) use tile::tile;
pub(crate) use tilesets::{tileset, tilesets};
