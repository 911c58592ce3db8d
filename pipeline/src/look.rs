//! A look at a file that nobody has declared yet.

use std::path::Path;

use crate::{
    Result,
    gate::masked_name,
    reader::{self, Look},
};

/// Looks at a file of separated text: how it is written, what its columns seem to hold, and whether national identity
/// numbers stand in them. Blocking, in bounded memory.
///
/// # Errors
/// Those of reading separated text; other formats are told by name.
pub fn look(name: &str, path: &Path) -> Result<Look> {
    reader::look(name, path, |text| masked_name(text).is_some())
}
