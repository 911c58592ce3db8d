//! The part of the plane that a map shows, and how large things are there.

use catalog::{crs::Crs, table::wkb::Position};

/// The width of a map in pixels.
const WIDTH: f64 = 960.0;
/// Least and greatest height in pixels.
const HEIGHTS: [f64; 2] = [420.0, 720.0];
/// Lines of a graticule across the map, at the least.
const LINES: f64 = 4.0;
/// Metres of a degree of latitude, on average.
const DEGREE: f64 = 111_195.0;

/// A part of the plane of a coordinate system, as it is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// The system.
    pub(crate) crs: Crs,
    /// West, south, east, north.
    pub(crate) extent: [f64; 4],
    /// Pixels across.
    pub(crate) width: f64,
    /// Pixels down.
    pub(crate) height: f64,
}

impl View {
    /// The view of at least an extent, which must not be empty: widened where it would be too flat or too steep. Degrees
    /// of longitude are drawn as wide as they are in the middle.
    pub(crate) fn new(crs: Crs, [west, south, east, north]: [f64; 4]) -> Self {
        let (x, y) = (f64::midpoint(west, east), f64::midpoint(south, north));
        let stretch = if crs.is_projected() { 1.0 } else { y.to_radians().cos().max(0.01) };
        // What a position far away in a file without sense would give.
        let least = if crs.is_projected() { 10.0 } else { 1e-4 };
        let (across, down) = ((east - west).max(least) * stretch, (north - south).max(least));
        let height = (WIDTH * down / across).clamp(HEIGHTS[0], HEIGHTS[1]);
        let unit = (across / WIDTH).max(down / height);
        let (half_width, half_height) = (unit * WIDTH / 2.0 / stretch, unit * height / 2.0);
        Self { crs, extent: [x - half_width, y - half_height, x + half_width, y + half_height], width: WIDTH, height }
    }

    /// The same with something around it.
    pub(crate) fn around(crs: Crs, [west, south, east, north]: [f64; 4]) -> Self {
        let (x, y) = ((east - west) * 0.03, (north - south) * 0.03);
        Self::new(crs, [west - x, south - y, east + x, north + y])
    }

    /// Where a position is drawn: pixels from the upper left corner. Far outside it is drawn at the edge of what browsers
    /// can draw.
    pub(crate) fn pixel(&self, position: &Position) -> [f64; 2] {
        let [west, south, east, north] = self.extent;
        let far = |pixel: f64| pixel.clamp(-1e5, 1e5);
        let x = (position.x - west) / (east - west) * self.width;
        let y = (north - position.y) / (north - south) * self.height;
        [far(x), far(y)]
    }

    /// Metres of a pixel in the middle.
    pub(crate) fn metres(&self) -> f64 {
        let [west, south, east, north] = self.extent;
        let (x, y) = (f64::midpoint(west, east), f64::midpoint(south, north));
        let unit = (east - west) / self.width;
        let latitude = self.crs.to_degrees(x, y).map_or(0.0, |(_, latitude)| latitude);
        let shrunk = latitude.to_radians().cos();
        match (self.crs.is_projected(), self.crs.epsg()) {
            (true, Some(3857)) => unit * shrunk,
            (true, _) => unit,
            (false, _) => unit * DEGREE * shrunk,
        }
    }

    /// Round numbers of an axis at which lines are drawn: 0 for eastings, 1 for northings. With how many decimals they
    /// are written.
    pub(crate) fn lines(&self, axis: usize) -> (Vec<f64>, usize) {
        let [west, south, east, north] = self.extent;
        let (from, to) = if axis == 0 { (west, east) } else { (south, north) };
        // Squares in metres; degrees of longitude and latitude are of different length anyway.
        let span = if self.crs.is_projected() { (east - west).min(north - south) } else { to - from };
        let step = round(span / LINES);
        let mut at = (from / step).ceil() * step;
        let mut lines = Vec::new();
        while at <= to && lines.len() < 24 {
            lines.push(at);
            at += step;
        }
        let decimals = (0..9).zip(std::iter::successors(Some(step), |step| Some(step * 10.0)));
        let decimals = decimals.into_iter().find(|(_, step)| (step - step.round()).abs() < 1e-6);
        (lines, decimals.map_or(9, |(decimals, _)| decimals))
    }

    /// A round length for a scale bar: metres and pixels.
    pub(crate) fn bar(&self) -> (f64, f64) {
        let metres = round(self.metres() * self.width / 4.0);
        (metres, metres / self.metres())
    }
}

/// The greatest of 1, 2, 5, 10, 20 … that is no greater than a number.
fn round(number: f64) -> f64 {
    let power = 10.0_f64.powf(number.max(1e-9).log10().floor());
    let first = number / power;
    // A little less, for what logarithms lose.
    let whole = [5.0, 2.0].into_iter().find(|whole| first >= whole - 1e-9).unwrap_or(1.0);
    whole * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_are_round() {
        for (number, expected) in [(1.0, 1.0), (1.9, 1.0), (2.0, 2.0), (49.0, 20.0), (50.0, 50.0), (0.07, 0.05)] {
            assert!((round(number) - expected).abs() < 1e-9, "{number} {}", round(number));
        }
    }

    #[test]
    fn a_bar_is_as_long_as_it_says() {
        let utm = View::new(Crs::from_epsg(25_833).unwrap(), [260_000.0, 6_640_000.0, 270_000.0, 6_645_000.0]);
        assert!((utm.bar().0 - 2000.0).abs() < 1e-9);
        assert!((utm.bar().1 - 192.0).abs() < 0.1);
        // The same place in Web Mercator is drawn half as large again and more for each metre.
        let (x, y) = (1_200_000.0, 8_383_000.0);
        let mercator = View::new(Crs::from_epsg(3857).unwrap(), [x, y, x + 20_000.0, y + 10_000.0]);
        assert!((0.45..0.55).contains(&(mercator.metres() * 960.0 / 20_000.0)), "{}", mercator.metres());
        let degrees = View::new(Crs::CRS84, [10.0, 59.0, 11.0, 59.5]);
        let across = (degrees.extent[2] - degrees.extent[0]) * DEGREE * 59.25_f64.to_radians().cos();
        assert!((degrees.metres() * 960.0 - across).abs() < 1.0);
    }

    #[test]
    fn lines_lie_within_at_round_numbers() {
        let degrees = View::new(Crs::CRS84, [10.0, 59.0, 11.0, 59.5]);
        let (lines, decimals) = degrees.lines(0);
        assert!((4..12).contains(&lines.len()) && decimals == 1, "{lines:?} {decimals}");
        let (lines, decimals) = View::new(Crs::from_epsg(25_833).unwrap(), [0.0, 0.0, 9600.0, 5400.0]).lines(1);
        assert_eq!((lines, decimals), (vec![0.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0], 0));
        let point = View::around(Crs::CRS84, [10.0, 59.0, 10.0, 59.0]);
        assert!(point.extent[2] > point.extent[0] && !point.lines(0).0.is_empty());
    }
}
