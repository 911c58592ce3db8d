#!/usr/bin/env bash
# Installs QGIS without its desktop, for qgis_draw.py. Not part of install.sh: it is 170 packages, 195 MB to fetch and some minutes.
set -euo pipefail
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends python3-qgis qgis-providers >/dev/null
QT_QPA_PLATFORM=offscreen /usr/bin/python3 -c 'from qgis.core import Qgis; print("QGIS", Qgis.QGIS_VERSION)'
