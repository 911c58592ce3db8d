//! Tests from outside: they drive the built program and guard the tree. One binary, so that it links once.

mod architecture;
mod cli;
mod clients;
mod crash;
mod documented;
mod harness;
mod rebuild;
mod storage;
mod walk;
