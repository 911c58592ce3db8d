//! Transverse Mercator by Krüger's series to the sixth order in the third flattening (Karney, "Transverse Mercator with
//! an accuracy of a few nanometers", 2011, equations 7 to 13, 35 and 36).

use super::ellipsoid::Ellipsoid;

/// Beyond this distance from the central meridian the series is not asked, in metres.
const FARTHEST: f64 = 3_000_000.0;
/// Within this distance nothing lies behind the pole, in metres.
const NEAR: f64 = 2_000_000.0;
/// From the equator to 84 degrees north, in metres.
const NORTHERNMOST: f64 = 9_330_000.0;
/// No meridian is longer from the equator to the pole, in metres.
const POLE: f64 = 10_010_000.0;
/// Steps of Newton's method; three suffice for doubles.
const STEPS: usize = 5;

/// A transverse Mercator projection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transverse {
    /// Central meridian in degrees.
    meridian: f64,
    /// Eccentricity.
    eccentricity: f64,
    /// Radius of the rectifying sphere times the scale on the central meridian.
    radius: f64,
    east: f64,
    north: f64,
    there: [f64; 6],
    back: [f64; 6],
}

impl Transverse {
    /// A projection with its central meridian, its latitude of origin and the scale on the meridian.
    pub(super) fn new(ellipsoid: Ellipsoid, meridian: f64, origin: f64, scale: f64) -> Self {
        let n = ellipsoid.third_flattening();
        let rectifying = ellipsoid.axis / (1.0 + n) * (1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0 + n.powi(6) / 256.0);
        let mut projection = Self {
            meridian,
            eccentricity: ellipsoid.eccentricity_squared().sqrt(),
            radius: rectifying * scale,
            east: 0.0,
            north: 0.0,
            there: series(&THERE, n),
            back: series(&BACK, n),
        };
        projection.north = -projection.plane(0.0, origin).1;
        projection
    }

    /// The same projection with a false easting and northing.
    pub(super) fn shifted(self, east: f64, north: f64) -> Self {
        Self { east: self.east + east, north: self.north + north, ..self }
    }

    /// Easting and northing of a place in degrees.
    pub(super) fn forward(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        let (x, y) = self.plane(longitude - self.meridian, latitude);
        (x + self.east, y + self.north)
    }

    /// Whether an easting and a northing are where every place has a longitude and a latitude: within 2000 km of the
    /// central meridian and south of 84 degrees north.
    pub(super) fn holds(&self, x: f64, y: f64) -> bool {
        (x - self.east).abs() <= NEAR && (-POLE..=NORTHERNMOST).contains(&(y - self.north))
    }

    /// Longitude and latitude in degrees of an easting and a northing.
    pub(super) fn inverse(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = (x - self.east, y - self.north);
        // Not a number is neither within nor beyond.
        if !(x.abs() <= FARTHEST && y.abs() <= POLE) {
            return None;
        }
        let (xi, eta) = (y / self.radius, x / self.radius);
        let (mut xi_sphere, mut eta_sphere) = (xi, eta);
        for (angle, factor) in (1_u8..).map(|order| 2.0 * f64::from(order)).zip(self.back) {
            xi_sphere -= factor * (angle * xi).sin() * (angle * eta).cosh();
            eta_sphere -= factor * (angle * xi).cos() * (angle * eta).sinh();
        }
        let east = eta_sphere.sinh().atan2(xi_sphere.cos());
        let conformal = xi_sphere.sin() / eta_sphere.sinh().hypot(xi_sphere.cos());
        let place = (self.meridian + east.to_degrees(), self.geodetic(conformal).atan().to_degrees());
        (place.0.is_finite() && place.1.is_finite()).then_some(place)
    }

    fn plane(&self, east: f64, latitude: f64) -> (f64, f64) {
        let east = east.to_radians();
        let conformal = self.conformal(latitude.to_radians().tan());
        let xi = conformal.atan2(east.cos());
        let eta = (east.sin() / conformal.hypot(east.cos())).asinh();
        let (mut x, mut y) = (eta, xi);
        for (angle, factor) in (1_u8..).map(|order| 2.0 * f64::from(order)).zip(self.there) {
            y += factor * (angle * xi).sin() * (angle * eta).cosh();
            x += factor * (angle * xi).cos() * (angle * eta).sinh();
        }
        (x * self.radius, y * self.radius)
    }

    /// The tangent of the conformal latitude for that of the geodetic one.
    fn conformal(&self, tangent: f64) -> f64 {
        let e = self.eccentricity;
        let secant = tangent.hypot(1.0);
        let sigma = (e * (e * tangent / secant).atanh()).sinh();
        tangent * sigma.hypot(1.0) - sigma * secant
    }

    /// The tangent of the geodetic latitude for that of the conformal one, by Newton's method.
    fn geodetic(&self, conformal: f64) -> f64 {
        let squared = self.eccentricity.powi(2);
        let mut tangent = conformal;
        for _ in 0..STEPS {
            let reached = self.conformal(tangent);
            let slope =
                (1.0 + (1.0 - squared) * tangent.powi(2)) / ((1.0 - squared) * reached.hypot(1.0) * tangent.hypot(1.0));
            tangent += (conformal - reached) * slope;
        }
        tangent
    }
}

/// Coefficients of a power series: the power it begins with, then one for each power.
type Powers = (i32, [f64; 6]);

/// From the sphere to the plane: alpha 1 to 6.
const THERE: [Powers; 6] = [
    (1, [1.0 / 2.0, -2.0 / 3.0, 5.0 / 16.0, 41.0 / 180.0, -127.0 / 288.0, 7891.0 / 37_800.0]),
    (2, [13.0 / 48.0, -3.0 / 5.0, 557.0 / 1440.0, 281.0 / 630.0, -1_983_433.0 / 1_935_360.0, 0.0]),
    (3, [61.0 / 240.0, -103.0 / 140.0, 15_061.0 / 26_880.0, 167_603.0 / 181_440.0, 0.0, 0.0]),
    (4, [49_561.0 / 161_280.0, -179.0 / 168.0, 6_601_661.0 / 7_257_600.0, 0.0, 0.0, 0.0]),
    (5, [34_729.0 / 80_640.0, -3_418_889.0 / 1_995_840.0, 0.0, 0.0, 0.0, 0.0]),
    (6, [212_378_941.0 / 319_334_400.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
];

/// From the plane to the sphere: beta 1 to 6.
const BACK: [Powers; 6] = [
    (1, [1.0 / 2.0, -2.0 / 3.0, 37.0 / 96.0, -1.0 / 360.0, -81.0 / 512.0, 96_199.0 / 604_800.0]),
    (2, [1.0 / 48.0, 1.0 / 15.0, -437.0 / 1440.0, 46.0 / 105.0, -1_118_711.0 / 3_870_720.0, 0.0]),
    (3, [17.0 / 480.0, -37.0 / 840.0, -209.0 / 4480.0, 5569.0 / 90_720.0, 0.0, 0.0]),
    (4, [4397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0, 0.0, 0.0, 0.0]),
    (5, [4583.0 / 161_280.0, -108_847.0 / 3_991_680.0, 0.0, 0.0, 0.0, 0.0]),
    (6, [20_648_693.0 / 638_668_800.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
];

/// The values of the series for a third flattening.
fn series(powers: &[Powers; 6], n: f64) -> [f64; 6] {
    powers.map(|(first, factors)| (first..).zip(factors).map(|(power, factor)| factor * n.powi(power)).sum())
}
