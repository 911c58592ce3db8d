//! GeoJSON feature collections (RFC 7946).
