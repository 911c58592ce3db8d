//! The `crs` member, as `GeoJSON` had it before RFC 7946.

use serde_json::Value;

use super::super::shape::system::System;

/// The system of a `crs` member; `None` for degrees in WGS 84, longitude first. Whatever the name's form, eastings come
/// first (`GeoJSON` 2008, section 2.1.1).
pub(super) fn named(crs: &Value) -> Result<Option<System>, String> {
    if crs.is_null() {
        return Ok(None);
    }
    let code = || crs.pointer("/properties/code").and_then(Value::as_u64).map(|code| format!("EPSG:{code}"));
    let name = crs.pointer("/properties/name").and_then(Value::as_str).map(str::to_owned).or_else(code);
    let name = name.ok_or("the coordinate system has no name")?;
    let short: String = name.chars().take(80).collect();
    let wrong = || format!("the coordinates are in '{short}', which is no system that is known");
    let crs = System::named(&name).ok_or_else(wrong)?.crs;
    Ok(Some(System::of(crs)).filter(|_| !matches!(crs.epsg(), None | Some(4326))))
}
