//! What the readers of geodata share: bytes, named fields, coordinate systems and geometries on their way into rows.

mod bytes;
mod epsg;
mod fields;
mod placing;
mod prj;
mod stroke;
#[cfg(test)]
pub(super) mod testing;

pub(super) use self::{
    bytes::Bytes,
    epsg::system_of_code,
    fields::{Fields, Take},
    placing::{Placing, System},
    prj::system as system_of_text,
    stroke::stroke,
};
