//! Texts that stand for no value, and white space.
