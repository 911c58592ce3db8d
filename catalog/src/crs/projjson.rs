//! Definitions as PROJJSON (version 0.7), for the metadata of files. `projjson.tsv` comes from PROJ by way of
//! `tests/fixtures/generate/projjson.py`.

use serde_json::{Value, json};

use super::{Crs, HeightSystem};

/// EPSG code and definition, a line each: whole, with a base system's code in its place, or the name of a compound one.
const DEFINITIONS: &str = include_str!("projjson.tsv");

impl Crs {
    /// The definition as PROJJSON; `None` for OGC:CRS84, which is what files mean that have none.
    pub fn projjson(self) -> Option<Value> {
        let code = self.epsg()?;
        let found = definition(code)?;
        let Some(name) = found.as_str() else { return whole(found) };
        let heights = match self.heights()? {
            HeightSystem::Nn2000 => 5941,
            HeightSystem::Nn54 => 5776,
        };
        let components = [whole(definition(self.horizontal().epsg()?)?)?, definition(heights)?];
        let id = json!({ "authority": "EPSG", "code": code });
        Some(json!({ "type": "CompoundCRS", "name": name, "components": components, "id": id }))
    }

    /// The name in the EPSG register.
    pub fn title(self) -> String {
        let found = self.epsg().and_then(definition);
        let name = found.as_ref().and_then(|found| found.as_str().or_else(|| found.get("name")?.as_str()));
        name.unwrap_or("WGS 84 (CRS84)").to_owned()
    }
}

/// A definition with its base system in it.
fn whole(mut found: Value) -> Option<Value> {
    if let Some(place) = found.get_mut("base_crs") {
        let mut base = definition(u32::try_from(place.as_u64()?).ok()?)?;
        base.as_object_mut()?.remove("type");
        *place = base;
    }
    Some(found)
}

fn definition(code: u32) -> Option<Value> {
    let line = DEFINITIONS.lines().find_map(|line| {
        let (own, text) = line.split_once('\t')?;
        (own.parse() == Ok(code)).then_some(text)
    });
    serde_json::from_str(line?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_system_has_a_definition() {
        for code in (0..100_000).filter(|code| config::is_known_epsg(*code)) {
            let crs = Crs::from_epsg(code).unwrap();
            let found = crs.projjson().unwrap_or_else(|| panic!("EPSG:{code}"));
            assert_eq!(found["id"], json!({ "authority": "EPSG", "code": code }));
            let kind = match (crs.heights(), crs.is_projected()) {
                (Some(_), _) => "CompoundCRS",
                (None, true) => "ProjectedCRS",
                (None, false) => "GeographicCRS",
            };
            assert_eq!(found["type"], kind, "EPSG:{code}");
            assert_eq!(found["name"], crs.title(), "EPSG:{code}");
            let plane = if crs.heights().is_some() { &found["components"][0] } else { &found };
            if crs.is_projected() {
                assert!(plane["base_crs"]["name"].is_string() && plane["base_crs"]["type"].is_null(), "EPSG:{code}");
            }
        }
        assert_eq!(Crs::CRS84.projjson(), None);
    }
}
