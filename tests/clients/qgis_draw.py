#!/usr/bin/env python3
"""Lets QGIS open a collection of OGC API Features, draw it, and open the same rows as files; prints one line of JSON.

Usage: /usr/bin/python3 tests/clients/qgis_draw.py PROGRAM COLLECTION COLUMN PNG
Publishes and serves the example with the program on a free port. COLUMN gives colour and label. Needs qgis_install.sh.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import (  # noqa: E402
    Qgis, QgsApplication, QgsCategorizedSymbolRenderer, QgsCoordinateReferenceSystem, QgsMapRendererParallelJob, QgsMapSettings,
    QgsPalLayerSettings, QgsRendererCategory, QgsSymbol, QgsVectorLayer, QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
METRES = "EPSG:25832"


def served(program, folder, collection):
    """The example on a free port, the collection as FlatGeobuf too: its process and address."""
    config = shutil.copytree(ROOT / "config/example", folder / "config")
    declared = config / f"datasets/{collection}.toml"
    text = declared.read_text(encoding="utf-8")
    declared.write_text(text.replace("\nkey =", '\ndistributions = ["geojson", "flatgeobuf"]\nkey =', 1), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["--config", str(config), "--storage", str(folder / "storage"), "--listen", f"127.0.0.1:{port}"]
    server = subprocess.Popen([program, "serve", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return server, f"http://127.0.0.1:{port}"


def wait_for(address):
    """Until an address answers with 200."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return json.loads(answer.read())
        except OSError:
            time.sleep(0.2)
    sys.exit(f"{address} does not answer")


def coloured(layer, column):
    """Colours and labels by a column."""
    values = sorted({str(feature[column]) for feature in layer.getFeatures()})
    categories = []
    for at, value in enumerate(values):
        symbol = QgsSymbol.defaultSymbol(layer.geometryType())
        symbol.setColor(QColor.fromHsv(at * 360 // len(values), 110, 235))
        categories.append(QgsRendererCategory(value, symbol, value))
    layer.setRenderer(QgsCategorizedSymbolRenderer(column, categories))
    label = QgsPalLayerSettings()
    label.fieldName = column
    layer.setLabeling(QgsVectorLayerSimpleLabeling(label))
    layer.setLabelsEnabled(True)


def draw(layer, png):
    """A picture of the layer in metres; QGIS moves it there."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(METRES))
    settings.setExtent(settings.layerExtentToOutputExtent(layer, layer.extent()))
    settings.setOutputSize(QSize(900, 675))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(png)


def described(layer):
    """What QGIS made of a layer."""
    if not layer.isValid():
        return {"valid": False}
    features = [feature for feature in layer.getFeatures()]
    return {
        "valid": True,
        "features": len(features),
        "with_geometry": sum(feature.hasGeometry() and not feature.geometry().isNull() for feature in features),
        "crs": layer.crs().authid(),
        "fields": [field.name() for field in layer.fields()],
    }


def opened(base, collection, column, png):
    """What QGIS makes of the collection and of files of the same rows; it is drawn on the way."""
    layer = QgsVectorLayer(f"url='{base}/ogc' typename='{collection}'", collection, "OAPIF")
    found = {"qgis": Qgis.QGIS_VERSION, "oapif": described(layer)}
    if layer.isValid():
        coloured(layer, column)
        draw(layer, png)
    for name, end in (("geojson", "geojson"), ("flatgeobuf", "fgb"), ("parquet", "parquet")):
        address = f"/vsicurl/{base}/d/{collection}/v/1/{collection}.{end}"
        found[name] = described(QgsVectorLayer(address, name, "ogr"))
    return found


def main():
    program, collection, column, png = sys.argv[1:]
    application = QgsApplication([], False)
    application.initQgis()
    with tempfile.TemporaryDirectory() as folder:
        server, base = served(program, pathlib.Path(folder), collection)
        try:
            wait_for(f"{base}/ogc/collections/{collection}?f=json")
            print(json.dumps(opened(base, collection, column, png)))
        finally:
            server.terminate()
            server.wait()
    application.exitQgis()


if __name__ == "__main__":
    main()
