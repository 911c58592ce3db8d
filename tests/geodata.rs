//! Files of geodata from the source to published tables, and what becomes of what nobody reads.

use std::{fs, path::Path};

use serde_json::Value;

use crate::harness::Sandbox;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo").join(name)).unwrap()
}

/// A publisher of one dataset, `kart`, whose source is a sample; `rest` are its format and columns.
fn publisher(sample: &str, rest: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    sandbox.write(&format!("data/{sample}"), fixture(sample));
    let text = "{ nb = \"Kart\", nn = \"Kart\", en = \"Map\" }";
    sandbox.write(
        "datasets/kart.toml",
        format!(
            "title = {text}\ndescription = {text}\nprofile = \"table\"\nthemes = [\"REGI\"]\nlicence = \"CC_BY_4_0\"\n\
             frequency = \"IRREG\"\nsource = {{ kind = \"file\", path = \"data/{sample}\" }}\n{rest}"
        ),
    );
    sandbox
}

fn columns(named: &[(&str, &str, &str)]) -> String {
    let column = |(name, kind, more): &(&str, &str, &str)| {
        format!(
            "[[columns]]\nname = \"{name}\"\ntype = {kind}\ntitle = {{ nb = \"{name}\", nn = \"{name}\", en = \"{name}\" }}\n{more}\n"
        )
    };
    named.iter().map(column).collect()
}

/// For a sample of which one of fifteen rows is broken.
const LENIENT: &str = "gates = { shape = { max_rejected_share = 0.1 } }\n";
const PLACE: (&str, &str, &str) = ("geometri", "\"geometry\"", "required = true");

/// Rows, features and the published system of a dataset that was run.
fn published(sandbox: &Sandbox, rejects: u64) -> (u64, Vec<Value>, Value) {
    let record = sandbox.run_one("kart");
    let expected = (&"published".into(), &rejects.into());
    assert_eq!((&record["outcome"], &record["rejects"]["total"]), expected, "{record:#}");
    let server = sandbox.serve(&["--no-schedule"]);
    let manifest = server.get("/d/kart/v/1/manifest.json").json();
    let features = server.get("/d/kart/v/1/kart.geojson").json()["features"].as_array().unwrap().clone();
    let geometry = manifest["columns"].as_array().unwrap().iter().find(|column| column["name"] == "geometri").unwrap();
    (record["rows"].as_u64().unwrap(), features, geometry["crs"].clone())
}

#[test]
fn a_shapefile_out_of_its_archive() {
    let own = [
        ("navn", "\"text\"", ""),
        ("vernet", "\"date\"", "from = [\"vernedato\"]"),
        ("verneform", "\"code\"", ""),
        PLACE,
    ];
    let rest = format!("{LENIENT}format = {{ kind = \"shapefile\" }}\n{}", columns(&own));
    // One of the areas has a ring of two positions, and is put aside.
    let (rows, features, crs) = published(&publisher("n50_1417_restriksjonsomrader.zip", &rest), 1);
    assert_eq!((rows, features.len(), crs), (14, 14, "EPSG:25833".into()));
    let fjord = features.iter().find(|feature| feature["properties"]["navn"] == "Nærøyfjorden").unwrap();
    assert_eq!(fjord["properties"]["vernet"], "2002-11-08");
    let longitude = fjord["geometry"]["coordinates"][0][0][0].as_f64().unwrap();
    assert!((6.0..7.5).contains(&longitude), "{longitude}");
}

#[test]
fn a_layer_of_a_geopackage() {
    let own = [
        ("nummer", "{ is = \"code\", width = 4 }", "from = [\"KOMMUNENUMMER\"]"),
        ("oppdatert", "\"datetime\"", "from = [\"oppdateringsdato\"]"),
        PLACE,
    ];
    let rest =
        format!("format = {{ kind = \"geopackage\", layer = \"polygons\" }}\nkey = [\"nummer\"]\n{}", columns(&own));
    let (rows, features, crs) = published(&publisher("n50_0617_administrativeomrader.gpkg", &rest), 0);
    assert_eq!((rows, crs), (1, "EPSG:25833".into()));
    assert_eq!(features[0]["properties"]["nummer"], "0617");
    assert_eq!(features[0]["properties"]["oppdatert"], "2016-03-06T23:00:00Z");
}

#[test]
fn flatgeobuf_and_parquet() {
    let own = [("grad", "\"code\"", "from = [\"AKTSOMHETGRAD\"]"), PLACE];
    let rest = format!("format = {{ kind = \"flatgeobuf\" }}\n{}", columns(&own));
    let (rows, _, crs) = published(&publisher("radon.fgb", &rest), 0);
    assert_eq!((rows, crs), (80, "EPSG:25833".into()));
    let own = [("name", "\"text\"", ""), ("folk", "\"integer\"", "from = [\"pop_est\"]"), PLACE];
    let world = "gates = { geometry = { extent = [-180, -90, 180, 90] } }\n";
    let rest = format!("{world}format = {{ kind = \"parquet\" }}\nkey = [\"name\"]\n{}", columns(&own));
    let (rows, features, _) = published(&publisher("geoparquet_main_example.parquet", &rest), 0);
    let fiji = features.iter().find(|feature| feature["properties"]["name"] == "Fiji").unwrap();
    assert_eq!((rows, &fiji["properties"]["folk"]), (5, &889_953.into()));
}

#[test]
fn addresses_with_their_system_in_a_column() {
    let point = "point = { x = \"OST\", y = \"NORD\", crs_from = \"KOORDINATSYSTEMKODE\" }\nrequired = true";
    let own = [
        ("id", "\"code\"", "from = [\"ADRESSEID\"]"),
        ("kommune", "{ is = \"code\", width = 4 }", "from = [\"KOMMUNENR\"]"),
        ("geometri", "\"geometry\"", point),
    ];
    let rest = format!("format = {{ kind = \"csv\", trailing_separator = true }}\nkey = [\"id\"]\n{}", columns(&own));
    let (rows, features, crs) = published(&publisher("matrikkel_adresse_2018_layout.csv", &rest), 0);
    assert_eq!((rows, crs), (28, "EPSG:25833".into()));
    let first = features.iter().find(|feature| feature["properties"]["id"] == "87033136").unwrap();
    let place = first["geometry"]["coordinates"].as_array().unwrap();
    // Askim and Mysen lie here.
    assert!((11.0..11.6).contains(&place[0].as_f64().unwrap()) && (59.4..59.7).contains(&place[1].as_f64().unwrap()));
}

#[test]
fn what_nobody_reads_is_refused_with_advice_and_the_last_version_stays() {
    let own = [("navn", "\"text\"", ""), PLACE];
    let rest = format!("archive = {{ member = \"*.sql\" }}\nformat = {{ kind = \"csv\" }}\n{}", columns(&own));
    let sandbox = publisher("postgis.zip", &rest);
    let record = sandbox.run(&["run", "--all", "--json"]).json()[0].clone();
    assert_eq!(
        (&record["outcome"], &record["error"]["code"]),
        (&"failed".into(), &"format-unsupported".into()),
        "{record:#}"
    );
    assert!(record["error"]["hint"].as_str().unwrap().contains("GeoPackage"), "{record:#}");

    let rest = format!("{LENIENT}format = {{ kind = \"shapefile\" }}\nkey = [\"navn\"]\n{}", columns(&own));
    let rest = rest
        .replace("name = \"navn\"", "name = \"navn\"\nfrom = [\"objekttype\", \"navn\"]")
        .replace("key = [\"navn\"]\n", "");
    let sandbox = publisher("n50_1417_restriksjonsomrader.zip", &rest);
    assert_eq!(sandbox.run_one("kart")["outcome"], "published");
    let whole = sandbox.read("data/n50_1417_restriksjonsomrader.zip");
    sandbox.write("data/n50_1417_restriksjonsomrader.zip", &whole[..whole.len() / 2]);
    let record = sandbox.run(&["run", "--all", "--json"]).json()[0].clone();
    assert_eq!(
        (&record["outcome"], &record["error"]["code"]),
        (&"failed".into(), &"format-archive".into()),
        "{record:#}"
    );
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/kart/v/1/kart.parquet").status, 200, "the last good version stays");
}

/// A `GeoJSON` file of named geometries.
fn named(geometries: &[(&str, &str, &str)]) -> String {
    let feature = |(name, kind, coordinates): &(&str, &str, &str)| {
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"navn\":\"{name}\"}},\
             \"geometry\":{{\"type\":\"{kind}\",\"coordinates\":{coordinates}}}}}"
        )
    };
    let features: Vec<String> = geometries.iter().map(feature).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","))
}

fn codes(record: &Value) -> Vec<&str> {
    let findings = record["gates"].as_array().unwrap().iter().flat_map(|report| report["findings"].as_array().unwrap());
    findings.map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// Three areas: one right, one whose ring is open and goes the wrong way round, one that crosses itself.
const AREAS: [(&str, &str, &str); 3] = [
    ("a", "Polygon", "[[[10,60],[11,60],[11,61],[10,61],[10,60]]]"),
    ("b", "Polygon", "[[[12,60],[12,61],[13,61],[13,60]]]"),
    ("c", "Polygon", "[[[14,60],[15,61],[15,60],[14,61],[14,60]]]"),
];

#[test]
fn exchanged_axes_are_blocked_and_crossing_rings_are_told() {
    let own = [("navn", "\"text\"", "required = true"), PLACE];
    let lenient = "gates = { geometry = { max_invalid_share = 0.5 } }\n";
    let rest = format!("{lenient}format = {{ kind = \"geojson\" }}\nkey = [\"navn\"]\n{}", columns(&own));
    let sandbox = publisher("buildings.geojson", &rest);
    sandbox.write("data/buildings.geojson", named(&AREAS));
    let record = sandbox.run_one("kart");
    assert_eq!((&record["outcome"], &record["rows"]), (&"published".into(), &3.into()), "{record:#}");
    assert_eq!(codes(&record), ["geometry-ring-closed", "geometry-ring-turned", "geometry-self-intersection"]);

    let swapped = [("d", "Point", "[60,10]"), ("e", "Point", "[10,60]")];
    sandbox.write("data/buildings.geojson", named(&[&AREAS[..], &swapped].concat()));
    let run = sandbox.run(&["run", "kart", "--json"]);
    let record = run.json()[0].clone();
    assert_eq!((run.code, &record["outcome"]), (4, &"blocked".into()), "{record:#}");
    assert!(codes(&record).contains(&"geometry-swapped-axes"), "{record:#}");

    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/kart/v/1/kart.parquet").status, 200, "the last good version stays");
    assert_eq!(server.get("/d/kart/v/2/manifest.json").status, 404);
    let page = server.get("/d/kart?lang=nb").text();
    assert!(page.contains("krysser eller berører seg selv"), "{page}");
    let manifest = server.get("/d/kart/v/1/manifest.json").json();
    let report = manifest["gates"].as_array().unwrap().iter().find(|report| report["gate"] == "geometry").unwrap();
    let finding = report["findings"].as_array().unwrap().iter().find(|f| f["code"] == "geometry-self-intersection");
    let row = finding.unwrap()["rows"][0].as_u64().unwrap();
    let rows = server.get("/d/kart/rows?limit=10").json();
    assert_eq!(rows["rows"][usize::try_from(row).unwrap()]["navn"], "c", "the row number leads to it: {rows:#}");
}

#[test]
fn what_is_not_for_everybody_is_refused() {
    let own = [("navn", "\"text\"", ""), ("slag", "\"text\"", "from = [\"objtype\"]"), PLACE];
    let rest = format!("format = {{ kind = \"geojson\" }}\nkey = [\"navn\"]\n{}", columns(&own));
    let sandbox = publisher("buildings.geojson", &rest);
    let open = named(&AREAS[..1]);
    let blocked = |text: &str, code: &str| {
        sandbox.write("data/buildings.geojson", text);
        let record = sandbox.run_one("kart");
        let reports = record["gates"].as_array().unwrap();
        let blocking = reports.iter().flat_map(|report| report["findings"].as_array().unwrap());
        let blocking: Vec<_> =
            blocking.filter(|f| f["severity"] == "block").map(|f| f["code"].as_str().unwrap()).collect();
        assert_eq!((&record["outcome"], blocking), (&"blocked".into(), vec![code]), "{record:#}");
    };
    blocked(
        &open.replacen("\"features\"", "\"access\":\"norway digital restricted\",\"features\"", 1),
        "geometry-restricted",
    );
    let shielded = open.replacen("\"navn\":", "\"objtype\":\"SkjermetAnlegg\",\"navn\":", 1);
    blocked(&shielded, "geometry-shielded");
    let plain = open.replacen("\"navn\":", "\"objtype\":\"Anlegg\",\"navn\":", 1);
    sandbox.edit("datasets/kart.toml", "profile = ", "access = \"RESTRICTED\"\nprofile = ");
    blocked(&plain, "geometry-access");
    sandbox.edit("datasets/kart.toml", "access = \"RESTRICTED\"\n", "");
    assert_eq!(sandbox.run_one("kart")["outcome"], "published");
}

/// A publisher of one dataset, `kart`, of a profile; its columns need no mapping.
fn profiled(profile: &str, (name, bytes): (&str, Vec<u8>), rest: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    sandbox.write(&format!("data/{name}"), bytes);
    let text = "{ nb = \"Kart\", nn = \"Kart\", en = \"Map\" }";
    sandbox.write(
        "datasets/kart.toml",
        format!(
            "title = {text}\ndescription = {text}\nprofile = \"{profile}\"\nthemes = [\"REGI\"]\n\
             licence = \"CC_BY_4_0\"\nfrequency = \"IRREG\"\nsource = {{ kind = \"file\", path = \"data/{name}\" }}\n{rest}"
        ),
    );
    sandbox
}

/// A point of columns in place of the profile's geometry.
fn pointed(x: &str, y: &str, system: &str) -> String {
    format!(
        "omit = [\"geometri\"]\n[[columns]]\nname = \"geometri\"\ntype = \"geometry\"\nrequired = true\n\
         title = {{ nb = \"Sted\" }}\npoint = {{ x = \"{x}\", y = \"{y}\", crs_from = \"{system}\" }}\n"
    )
}

/// The header of 2019 as it was, the rows made up.
const ADDRESSES_2019: &str = "lokalid;kommunenummer;kommunenavn;adressetype;adressetilleggsnavn;adressetilleggsnavnKilde;\
adressekode;adressenavn;nummer;bokstav;gardsnummer;bruksnummer;festenummer;undernummer;adresseTekst;\
adresseTekstUtenAdressetilleggsnavn;EPSG-kode;Nord;Øst;postnummer;poststed;grunnkretsnummer;grunnkretsnavn;soknenummer;\
soknenavn;organisasjonsnummer;tettstednummer;tettstednavn;valgkretsnummer;valgkretsnavn;oppdateringsdato;datauttaksdato
900000001;0301;OSLO;vegadresse;;;1001;Prøveveien;7;B;200;1;;;Prøveveien 7B;Prøveveien 7B;25833;6652000.5;262000.25;0150;OSLO;\
03010101;Sentrum;03010101;Domkirken;;0801;Oslo;1;Sentrum;18.03.2019 09:30:00;19.03.2019 02:00:00
900000002;0301;OSLO;matrikkeladresse;Nordgarden;;;;;;201;12;3;1;201/12/3-1;201/12/3-1;25833;6652100;262100;0150;OSLO;\
03010101;Sentrum;03010101;Domkirken;;0801;Oslo;1;Sentrum;18.03.2019 09:31:00;19.03.2019 02:00:00
";

#[test]
fn addresses_of_every_layout_share_their_columns() {
    let csv = |more: &str| format!("format = {{ kind = \"csv\"{more}, decimal = \".\" }}\n");
    let old = csv(", trailing_separator = true") + &pointed("OST", "NORD", "KOORDINATSYSTEMKODE");
    let new = csv("") + &pointed("Øst", "Nord", "EPSG-kode");
    let layouts = [
        (("matrikkel_adresse_2018_layout.csv", fixture("matrikkel_adresse_2018_layout.csv")), old, 28, "87033136"),
        (("adresser_2019.csv", ADDRESSES_2019.into()), new.clone(), 2, "900000001"),
        (
            ("matrikkel_vegadresse_2025_layout_excerpt.csv", fixture("matrikkel_vegadresse_2025_layout_excerpt.csv")),
            new,
            1,
            "11719375",
        ),
    ];
    for (file, rest, rows, id) in layouts {
        let name = file.0;
        let (count, features, _) = published(&profiled("address", file, &rest), 0);
        assert_eq!(count, rows, "{name}");
        let first = features.iter().find(|feature| feature["properties"]["id"] == id).unwrap();
        let own = &first["properties"];
        assert_eq!(own["adressetype"], "vegadresse", "{name}: {own:#}");
        let expected = match id {
            "87033136" => ["0125", "5270", "Parkveien", "8", "1880", "EIDSBERG"],
            "900000001" => ["0301", "1001", "Prøveveien", "7", "0150", "OSLO"],
            _ => ["5059", "6045", "Vatnveien", "133", "7318", "AGDENES"],
        };
        let names = ["kommunenummer", "adressekode", "adressenavn", "nummer", "postnummer", "poststed"];
        for (column, value) in names.into_iter().zip(expected) {
            assert_eq!(own[column].to_string().trim_matches('"'), value, "{name} {column}");
        }
        let place = first["geometry"]["coordinates"].as_array().unwrap();
        let (longitude, latitude) = (place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
        assert!((9.0..12.0).contains(&longitude) && (59.0..64.0).contains(&latitude), "{name}: {place:?}");
    }
}

/// Made-up objects in the shape of each profile.
#[test]
fn objects_of_every_profile_are_published_without_a_mapping() {
    let head = ".HODE\n..TEGNSETT UTF-8\n..TRANSPAR\n...KOORDSYS 22\n...ORIGO-NØ 0 0\n...ENHET 1\n";
    let building = format!(
        "{head}.PUNKT 1:\n..OBJTYPE Bygning\n..BYGGNR 300000001\n..BYGGTYP_NBR 111\n..BYGGSTAT TB\n..KOMM 9999\n\
         ..OPPDATERINGSDATO 20260102\n..NØ\n6640010 600010\n.SLUTT\n"
    );
    let plan = format!(
        "{head}.FLATE 1:\n..OBJTYPE RpOmråde\n..NASJONALAREALPLANID\n...KOMMUNENUMMER 9999\n...PLANID 01_27_1988\n\
         ..PLANTYPE 35\n..PLANSTAT 3\n..PLANNAVN \"Testvik sentrum\"\n..VERTNIV 2\n..IKRAFT 19880301\n..REF :2\n..NØ\n\
         .KURVE 2:\n..OBJTYPE RpGrense\n..NØ\n6640000 600000\n6640000 600400\n6640300 600400\n6640000 600000\n.SLUTT\n"
    );
    let sosi = |objects: &str| format!("format = {{ kind = \"sosi\", objects = [\"{objects}\"] }}\n");
    let sted =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sosi/SSR-Sydalsfjellet.sos")).unwrap();
    let gml = "format = { kind = \"gml\", objects = [\"Bygning\"] }\n";
    let counties = "format = { kind = \"geojson\", collection = \"Fylke\" }\n";
    let cases = [
        ("building-point", ("bygg.sos", building.into_bytes()), sosi("Bygning"), 1, ("bygningstype", "111")),
        ("plan-area", ("plan.sos", plan.into_bytes()), sosi("RpOmråde"), 1, ("planid", "01_27_1988")),
        ("place-name", ("sted.sos", sted), sosi("Sted"), 1, ("navn", "[\"Svarttinden\",\"Sydalsfjellet\"]")),
        ("feature", ("buildings.gml", fixture("buildings.gml")), gml.to_owned(), 24, ("objekttype", "Bygning")),
        (
            "administrative-unit",
            ("fylker.geojson", fixture("geonorge_fylker_excerpt.geojson")),
            counties.to_owned(),
            0,
            ("kode", "33"),
        ),
    ];
    for (profile, file, rest, rows, (column, value)) in cases {
        let sandbox = profiled(profile, file, &rest);
        let record = sandbox.run_one("kart");
        assert_eq!(
            (&record["outcome"], &record["rejects"]["total"]),
            (&"published".into(), &0.into()),
            "{profile}: {record:#}"
        );
        assert!(rows == 0 || record["rows"] == rows, "{profile}: {record:#}");
        let server = sandbox.serve(&["--no-schedule"]);
        let features = server.get("/d/kart/v/1/kart.geojson").json();
        let found =
            features["features"].as_array().unwrap().iter().any(|feature| feature["properties"][column] == value);
        assert!(found, "{profile}: {features:#}");
    }
}
