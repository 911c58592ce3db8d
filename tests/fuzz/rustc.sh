#!/usr/bin/env bash
# Compiles the crates of this workspace with what libFuzzer needs to see where an input leads; cargo calls it in place of rustc for
# them alone (RUSTC_WORKSPACE_WRAPPER), so that the dependencies are those of every other build.
# All flags are stable ones; the address sanitizer, which is not, would find little in a program without unsafe code.
exec "$@" \
    -C passes=sancov-module \
    -C llvm-args=-sanitizer-coverage-level=4 \
    -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
    -C llvm-args=-sanitizer-coverage-pc-table \
    -C llvm-args=-sanitizer-coverage-trace-compares \
    -C opt-level=1 -C debug-assertions=on -C overflow-checks=on
