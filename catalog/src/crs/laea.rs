//! Lambert's azimuthal equal-area projection of an ellipsoid (EPSG guidance note 7-2, method 9820).

use super::ellipsoid::Ellipsoid;

/// Beyond this distance from the centre nothing is asked, in metres: all of Europe is nearer.
const FARTHEST: f64 = 6_000_000.0;
/// Steps of Newton's method; four suffice for doubles.
const STEPS: usize = 6;

/// An oblique equal-area projection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Laea {
    squared: f64,
    longitude: f64,
    /// The centre's authalic latitude: sine and cosine.
    centre: (f64, f64),
    /// The area factor of the pole.
    pole: f64,
    /// Radius of the sphere with the same surface.
    radius: f64,
    /// How much the centre's neighbourhood is stretched from east to west.
    stretch: f64,
    east: f64,
    north: f64,
}

impl Laea {
    /// ETRS89-extended / LAEA Europe.
    pub(super) fn europe() -> Self {
        let (ellipsoid, latitude) = (Ellipsoid::GRS80, 52_f64.to_radians());
        let squared = ellipsoid.eccentricity_squared();
        let pole = area(squared, 1.0);
        let radius = ellipsoid.axis * (pole / 2.0).sqrt();
        let sine = area(squared, latitude.sin()) / pole;
        let cosine = (1.0 - sine * sine).sqrt();
        let metres = ellipsoid.axis * latitude.cos() / (1.0 - squared * latitude.sin().powi(2)).sqrt();
        Self {
            squared,
            longitude: 10.0,
            centre: (sine, cosine),
            pole,
            radius,
            stretch: metres / (radius * cosine),
            east: 4_321_000.0,
            north: 3_210_000.0,
        }
    }

    /// Easting and northing of a place in degrees; `None` where it lies on the other side of the Earth.
    pub(super) fn forward(&self, longitude: f64, latitude: f64) -> Option<(f64, f64)> {
        let east = (longitude - self.longitude).to_radians();
        let sine = area(self.squared, latitude.to_radians().sin()) / self.pole;
        let cosine = (1.0 - sine * sine).max(0.0).sqrt();
        let (centre_sine, centre_cosine) = self.centre;
        let nearness = 1.0 + centre_sine * sine + centre_cosine * cosine * east.cos();
        let scale = self.radius * (2.0 / nearness).sqrt();
        let x = scale * self.stretch * cosine * east.sin();
        let y = scale / self.stretch * (centre_cosine * sine - centre_sine * cosine * east.cos());
        (x.hypot(y) <= FARTHEST).then_some((x + self.east, y + self.north))
    }

    /// Whether an easting and a northing are near enough to the centre.
    pub(super) fn holds(&self, x: f64, y: f64) -> bool {
        (x - self.east).hypot(y - self.north) <= FARTHEST
    }

    /// Longitude and latitude in degrees of an easting and a northing.
    pub(super) fn inverse(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        if !self.holds(x, y) {
            return None;
        }
        let (x, y) = ((x - self.east) / self.stretch, (y - self.north) * self.stretch);
        let distance = x.hypot(y);
        let (centre_sine, centre_cosine) = self.centre;
        if distance == 0.0 {
            return Some((self.longitude, self.geodetic(centre_sine)?));
        }
        let (angle_sine, angle_cosine) = (2.0 * (distance / (2.0 * self.radius)).asin()).sin_cos();
        let sine = angle_cosine * centre_sine + y * angle_sine * centre_cosine / distance;
        let east = (x * angle_sine).atan2(distance * centre_cosine * angle_cosine - y * centre_sine * angle_sine);
        Some((self.longitude + east.to_degrees(), self.geodetic(sine)?))
    }

    /// Geodetic latitude in degrees of the sine of an authalic one.
    fn geodetic(&self, sine: f64) -> Option<f64> {
        let wanted = self.pole * sine;
        let mut latitude = sine.clamp(-1.0, 1.0).asin();
        for _ in 0..STEPS {
            let (own, cosine) = latitude.sin_cos();
            let slope = 2.0 * (1.0 - self.squared) * cosine / (1.0 - self.squared * own * own).powi(2);
            // At the pole nothing is left to be done.
            if slope.abs() > 1e-12 {
                latitude += (wanted - area(self.squared, own)) / slope;
            }
        }
        Some(latitude.to_degrees()).filter(|latitude| latitude.abs() <= 90.0)
    }
}

/// The area from the equator to a latitude by its sine, in units of half a squared axis.
fn area(squared: f64, sine: f64) -> f64 {
    let e = squared.sqrt();
    (1.0 - squared) * (sine / (1.0 - squared * sine * sine) + (e * sine).atanh() / e)
}
