//! Coordinate reference systems by their addresses (OGC 18-058r1).

use catalog::crs::Crs;

use crate::error::Problem;

/// Longitude, latitude and height (OGC:CRS84h).
const CRS84H: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";
/// Systems that every collection is offered in, beside longitude and latitude.
const OFFERED: [u32; 6] = [25_832, 25_833, 25_835, 4258, 4326, 3857];

/// A system that features are offered in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// Its address.
    pub(super) uri: String,
    /// What it is.
    pub(super) crs: Crs,
    /// Whether heights belong to it, as far as features have any.
    pub(super) heights: bool,
}

/// The systems that features kept in `storage` are offered in, the default first.
pub(super) fn offers(storage: Crs) -> Vec<Offer> {
    let plain = |crs: Crs| Offer { uri: crs.uri(), crs, heights: crs.heights().is_some() };
    let mut offers = vec![plain(Crs::CRS84)];
    if storage.heights().is_some() {
        offers.insert(0, Offer { uri: CRS84H.to_owned(), crs: Crs::CRS84, heights: true });
    }
    offers.extend(OFFERED.into_iter().filter_map(Crs::from_epsg).map(plain));
    if !offers.iter().any(|offer| offer.crs == storage) {
        offers.push(plain(storage));
    }
    // Where nothing is known of heights, they are passed on as they are.
    if storage.heights().is_none() {
        for offer in &mut offers {
            offer.heights = true;
        }
    }
    offers
}

/// The system that a parameter names, or the default.
///
/// # Errors
/// `api-crs` for an address that is not on offer.
pub(super) fn chosen<'a>(offers: &'a [Offer], parameter: &str, asked: Option<&str>) -> Result<&'a Offer, Problem> {
    let found = match asked {
        Some(uri) => offers.iter().find(|offer| offer.uri == uri),
        None => offers.first(),
    };
    found.ok_or_else(|| {
        let asked: String = asked.unwrap_or_default().chars().take(100).collect();
        let known: Vec<&str> = offers.iter().map(|offer| offer.uri.as_str()).collect();
        let detail = format!("{parameter}: this collection is not offered in '{asked}'.");
        Problem::bad_request("api-crs", detail).hint(format!("Systems: {}.", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_comes_first_and_the_stored_one_is_there() {
        let uris = |code| offers(Crs::from_epsg(code).unwrap()).into_iter().map(|offer| offer.uri).collect::<Vec<_>>();
        let flat = uris(25_833);
        assert_eq!((flat[0].as_str(), flat.len()), ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 7));
        let own = uris(25_834);
        assert_eq!(own.last().unwrap(), "http://www.opengis.net/def/crs/EPSG/0/25834");
        let high = uris(5973);
        assert_eq!(high[0], CRS84H);
        assert!(high.contains(&"http://www.opengis.net/def/crs/EPSG/0/5973".to_owned()));
    }

    #[test]
    fn other_systems_are_refused() {
        let offers = offers(Crs::CRS84);
        assert_eq!(chosen(&offers, "crs", None).unwrap().crs, Crs::CRS84);
        for bad in [
            "http://www.opengis.net/def/crs/EPSG/0/27391",
            "EPSG:25833",
            "",
            "http://www.opengis.net/def/crs/EPSG/0/025833",
        ] {
            assert_eq!(chosen(&offers, "crs", Some(bad)).unwrap_err().code(), "api-crs", "{bad}");
        }
    }
}
