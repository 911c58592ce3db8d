//! Ellipsoids, and the way from one datum to another through space.

/// Seconds of arc in a radian.
const SECONDS: f64 = 206_264.806_247_096_36;

/// A flattened sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ellipsoid {
    /// Half of the great axis, in metres.
    pub(super) axis: f64,
    flattening: f64,
}

impl Ellipsoid {
    /// The ellipsoid of EUREF89.
    pub(super) const GRS80: Self = Self { axis: 6_378_137.0, flattening: 1.0 / 298.257_222_101 };
    /// The ellipsoid of WGS 84.
    pub(super) const WGS84: Self = Self { axis: 6_378_137.0, flattening: 1.0 / 298.257_223_563 };
    /// The ellipsoid of NGO 1948: Bessel's, modified.
    pub(super) const NGO1948: Self = Self { axis: 6_377_492.018, flattening: 1.0 / 299.152_812_8 };

    /// The third flattening.
    pub(super) fn third_flattening(self) -> f64 {
        self.flattening / (2.0 - self.flattening)
    }

    /// The square of the eccentricity.
    pub(super) fn eccentricity_squared(self) -> f64 {
        self.flattening * (2.0 - self.flattening)
    }

    /// A place on the ellipsoid, in degrees, as metres from its centre.
    fn to_space(self, longitude: f64, latitude: f64) -> [f64; 3] {
        let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
        let squared = self.eccentricity_squared();
        let normal = self.axis / (1.0 - squared * latitude.sin().powi(2)).sqrt();
        let across = normal * latitude.cos();
        [across * longitude.cos(), across * longitude.sin(), normal * (1.0 - squared) * latitude.sin()]
    }

    /// Longitude and latitude in degrees of a place near the ellipsoid (Bowring 1976, one step).
    fn of_space(self, [x, y, z]: [f64; 3]) -> (f64, f64) {
        let squared = self.eccentricity_squared();
        let short = self.axis * (1.0 - self.flattening);
        let across = x.hypot(y);
        let reduced = (z * self.axis).atan2(across * short);
        let rise = z + squared / (1.0 - squared) * short * reduced.sin().powi(3);
        let run = across - squared * self.axis * reduced.cos().powi(3);
        (y.atan2(x).to_degrees(), rise.atan2(run).to_degrees())
    }
}

/// Seven parameters from a datum to EUREF89: position vector transformation with small angles (EPSG method 9606).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shift {
    from: Ellipsoid,
    /// Metres.
    move_by: [f64; 3],
    /// Seconds of arc.
    turn_by: [f64; 3],
    /// Millionths.
    grow_by: f64,
}

impl Shift {
    /// NGO 1948 to EUREF89 (EPSG operation 1654), good to 3 metres.
    pub(super) const NGO1948: Self =
        Self { from: Ellipsoid::NGO1948, move_by: [278.3, 93.0, 474.5], turn_by: [7.889, 0.05, -6.61], grow_by: 6.21 };

    /// Degrees of the datum as degrees of EUREF89; heights count as zero.
    pub(super) fn apply(&self, (longitude, latitude): (f64, f64)) -> (f64, f64) {
        let [x, y, z] = self.from.to_space(longitude, latitude);
        let ([rx, ry, rz], scale) = self.turn();
        let [dx, dy, dz] = self.move_by;
        let there = [
            scale.mul_add(z.mul_add(ry, y.mul_add(-rz, x)), dx),
            scale.mul_add(z.mul_add(-rx, x.mul_add(rz, y)), dy),
            scale.mul_add(y.mul_add(rx, x.mul_add(-ry, z)), dz),
        ];
        Ellipsoid::GRS80.of_space(there)
    }

    /// Degrees of EUREF89 as degrees of the datum. The angles are turned back as if small ones did not add up, as is
    /// the convention: there and back is a centimetre off.
    pub(super) fn revert(&self, (longitude, latitude): (f64, f64)) -> (f64, f64) {
        let [x, y, z] = Ellipsoid::GRS80.to_space(longitude, latitude);
        let ([rx, ry, rz], scale) = self.turn();
        let [dx, dy, dz] = self.move_by;
        let [x, y, z] = [(x - dx) / scale, (y - dy) / scale, (z - dz) / scale];
        let back =
            [z.mul_add(-ry, y.mul_add(rz, x)), z.mul_add(rx, x.mul_add(-rz, y)), y.mul_add(-rx, x.mul_add(ry, z))];
        self.from.of_space(back)
    }

    fn turn(&self) -> ([f64; 3], f64) {
        (self.turn_by.map(|seconds| seconds / SECONDS), 1.0 + self.grow_by * 1e-6)
    }
}
