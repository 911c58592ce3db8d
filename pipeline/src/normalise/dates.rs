//! Calendar days and instants.
