//! Tests of the HTTP source against a server on the loopback.
