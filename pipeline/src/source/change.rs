//! Changed or not: hashes and validators.
