#!/usr/bin/env bash
# Renders an address in headless Chromium: writes a PNG and prints the rendered document's HTML.
# Usage: chromium_shot.sh URL PNG [width,height]
set -euo pipefail
url="$1"
png="$2"
size="${3:-1280,1600}"
profile="$(mktemp -d)"
trap 'rm -rf "$profile"' EXIT
flags=(
    --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --hide-scrollbars --disable-dev-shm-usage
)
timeout 60 chromium "${flags[@]}" --user-data-dir="$profile/shot" --window-size="$size" --screenshot="$png" "$url" \
    >/dev/null 2>"$profile/log" || { cat "$profile/log" >&2; exit 1; }
timeout 60 chromium "${flags[@]}" --user-data-dir="$profile/dom" --dump-dom "$url" 2>/dev/null
