#!/usr/bin/env bash
# Fuzzes SOSI, GML and CQL2 side by side. Usage: tests/fuzz/run.sh [SECONDS] [TARGET...]
# An input that fails is left in target/fuzz/failed; run the target with it as its only argument to see the fault again. It goes to
# tests/fixtures/fuzz/TARGET with the fix and a test, and every later run begins with it.
# Needs a C++ compiler, for libFuzzer.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds="${1:-60}"
shift || true
targets=("${@:-}")
[ -n "${targets[0]}" ] || targets=(sosi gml cql2)

target="${CARGO_TARGET_DIR:-target}"
RUSTC_WORKSPACE_WRAPPER="$PWD/tests/fuzz/rustc.sh" cargo build --locked --workspace --bin fuzz_sosi --bin fuzz_gml --bin fuzz_cql2
mkdir -p "$target/fuzz/failed"
seeds_sosi=(tests/fixtures/sosi)
seeds_gml=(tests/fixtures/geo)
seeds_cql2=()

jobs=()
for name in "${targets[@]}"; do
    corpus="$target/fuzz/corpus/$name"
    mkdir -p "$corpus"
    declare -n seeds="seeds_$name"
    [ ! -d "tests/fixtures/fuzz/$name" ] || seeds+=("tests/fixtures/fuzz/$name")
    # 4 s and 512 MiB for an input of at most 4 KiB, in a build that is hardly optimised.
    "$target/debug/fuzz_$name" "$corpus" "${seeds[@]}" \
        -dict="tests/fuzz/dictionaries/$name.dict" -artifact_prefix="$target/fuzz/failed/$name-" \
        -max_total_time="$seconds" -timeout=4 -rss_limit_mb=512 -max_len=4096 -print_final_stats=1 \
        >"$target/fuzz/$name.log" 2>&1 &
    jobs+=("$!")
done

failed=0
for at in "${!targets[@]}"; do
    name="${targets[$at]}"
    if wait "${jobs[$at]}"; then
        echo "$name: $(grep -E '^(Done|stat::number_of_executed_units)' "$target/fuzz/$name.log" | tr -s ' \n' ' ')"
    else
        failed=1
        echo "$name failed" >&2
        tail -n 40 "$target/fuzz/$name.log" >&2
    fi
done
exit "$failed"
