"""Writes made-up buildings or addresses as GML, GeoJSON and SOSI: the same objects in each, EPSG:25832.

    python3 tests/bench/features.py {buildings|addresses} COUNT FOLDER

Everything follows from the count, so two runs write the same bytes. Streets and numbers are invented.
"""

import math
import pathlib
import random
import sys

STREETS = ["Testveien", "Prøvegata", "Øvre Åsgate", "Fjordlia", "Bakketunet", "Skolealléen"]
GML_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" \
xmlns:app="https://testvik.example/skjema/1.0" numberMatched="{count}" numberReturned="{count}">
<wfs:boundedBy><gml:Envelope srsName="http://www.opengis.net/def/crs/EPSG/0/25832" srsDimension="2">\
<gml:lowerCorner>560000 6620000</gml:lowerCorner><gml:upperCorner>640000 6660000</gml:upperCorner></gml:Envelope></wfs:boundedBy>
"""
SOSI_HEAD = """.HODE
..TEGNSETT UTF-8
..SOSI-VERSJON 4.5
..SOSI-NIVÅ 4
..TRANSPAR
...KOORDSYS 22
...ORIGO-NØ 0 0
...ENHET 0.01
..OMRÅDE
...MIN-NØ 6620000 560000
...MAX-NØ 6660000 640000
"""


def outline(chance, east, north):
    """A house turned by some angle: whole centimetres, counter-clockwise, closed."""
    wide, deep = chance.uniform(600, 3000), chance.uniform(600, 2000)
    corners = [(0, 0), (wide, 0), (wide, deep), (0, deep)]
    if chance.random() < 0.5:
        corners = [(0, 0), (wide, 0), (wide, deep), (wide / 2, deep), (wide / 2, deep / 2), (0, deep / 2)]
    angle = chance.uniform(0, math.pi)
    sin, cos = math.sin(angle), math.cos(angle)
    ring = [(round(east + x * cos - y * sin), round(north + x * sin + y * cos)) for x, y in corners]
    return ring + ring[:1]


def objects(kind, count):
    """Each object: its attributes and its place, in centimetres."""
    chance = random.Random(7)
    for number in range(1, count + 1):
        east, north = chance.randint(56_000_000, 64_000_000), chance.randint(662_000_000, 666_000_000)
        attributes = {
            "lokalId": f"{chance.getrandbits(64):016x}",
            "nummer": 100_000_000 + number * 7,
            "type": chance.choice(["111", "121", "161", "181"]),
            "adresse": f"{chance.choice(STREETS)} {chance.randint(1, 250)}",
            "dato": f"20{chance.randint(10, 25)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        }
        yield attributes, (outline(chance, east, north) if kind == "buildings" else [(east, north)])


def metres(centimetres):
    return f"{centimetres // 100}.{centimetres % 100:02}"


def gml(attributes, ring):
    places = " ".join(f"{metres(x)} {metres(y)}" for x, y in ring)
    if len(ring) > 1:
        shape = f"<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>{places}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
        name, place = "Bygning", "område"
    else:
        shape, name, place = f"<gml:Point><gml:pos>{places}</gml:pos></gml:Point>", "Adresse", "posisjon"
    return (
        f'<wfs:member><app:{name} gml:id="_{attributes["lokalId"]}">'
        f'<app:identifikasjon><app:Identifikasjon><app:lokalId>{attributes["lokalId"]}</app:lokalId>'
        f"<app:navnerom>https://testvik.example</app:navnerom></app:Identifikasjon></app:identifikasjon>"
        f'<app:oppdateringsdato>{attributes["dato"]}</app:oppdateringsdato><app:{place}>{shape}</app:{place}>'
        f'<app:nummer>{attributes["nummer"]}</app:nummer><app:type>{attributes["type"]}</app:type>'
        f'<app:adresse>{attributes["adresse"]}</app:adresse></app:{name}></wfs:member>\n'
    )


def geojson(attributes, ring):
    places = [f"[{metres(x)},{metres(y)}]" for x, y in ring]
    if len(ring) > 1:
        shape = f'{{"type":"Polygon","coordinates":[[{",".join(places)}]]}}'
    else:
        shape = f'{{"type":"Point","coordinates":{places[0]}}}'
    return (
        f'{{"type":"Feature","properties":{{"lokalId":"{attributes["lokalId"]}","nummer":{attributes["nummer"]},'
        f'"type":"{attributes["type"]}","adresse":"{attributes["adresse"]}","dato":"{attributes["dato"]}"}},"geometry":{shape}}}'
    )


def sosi(attributes, ring, serial):
    places = "\n".join(f"{y} {x}" for x, y in ring)
    own = (
        f'..OBJTYPE {"Bygning" if len(ring) > 1 else "Adresse"}\n..IDENT\n...LOKALID {attributes["lokalId"]}\n'
        f'..OPPDATERINGSDATO {attributes["dato"]}\n..NUMMER {attributes["nummer"]}\n..TYPE {attributes["type"]}\n'
        f'..ADRESSE "{attributes["adresse"]}"\n'
    )
    if len(ring) == 1:
        return f".PUNKT {serial}:\n{own}..NØ\n{places}\n"
    curve = f".KURVE {serial}:\n..OBJTYPE Takkant\n..NØ\n{places}\n"
    return f"{curve}.FLATE {serial + 1}:\n{own}..REF :{serial}\n"


def main(kind, count, folder):
    folder = pathlib.Path(folder)
    files = {end: (folder / f"{kind}.{end}").open("w", encoding="utf-8") for end in ("gml", "geojson", "sos")}
    files["gml"].write(GML_HEAD.format(count=count))
    files["geojson"].write('{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:25832"}},"features":[\n')
    files["sos"].write(SOSI_HEAD)
    for at, (attributes, ring) in enumerate(objects(kind, count)):
        files["gml"].write(gml(attributes, ring))
        files["geojson"].write((",\n" if at else "") + geojson(attributes, ring))
        files["sos"].write(sosi(attributes, ring, 2 * at + 1))
    files["gml"].write("</wfs:FeatureCollection>\n")
    files["geojson"].write("\n]}\n")
    files["sos"].write(".SLUTT\n")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("buildings", "addresses"):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
