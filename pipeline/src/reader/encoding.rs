//! Character encodings: detected over the whole file, decoded as a stream.
