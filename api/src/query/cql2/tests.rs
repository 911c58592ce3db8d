//! Filters: what is understood, what is refused and where, and that both encodings say the same.

mod print;

use catalog::{
    table::{Comparison, Geometry, Predicate, Region, Scalar, wkb::Position},
    version::ColumnInfo,
};
use config::ColumnType;
use proptest::{collection::vec, prelude::*};

use super::{
    ast::{At, Edge, Expr, Literal, Op, Period, Place, Property, Relation, Subject},
    *,
};
use crate::query::names::tests::column;

fn columns() -> Vec<ColumnInfo> {
    let geometry = serde_json::from_value(serde_json::json!({ "is": "geometry" })).unwrap();
    vec![
        column("navn", ColumnType::Text {}),
        column("kode", ColumnType::Code { width: None }),
        column("antall", ColumnType::Integer {}),
        column("andel", ColumnType::Number {}),
        column("leie", ColumnType::Decimal { scale: 2 }),
        column("aktiv", ColumnType::Boolean { yes: vec![], no: vec![] }),
        column("dato", ColumnType::Date { formats: vec![] }),
        column("endret", ColumnType::Datetime { formats: vec![] }),
        column("slutt", ColumnType::Datetime { formats: vec![] }),
        column("geometri", geometry),
    ]
}

/// A place in the coordinates it is written in; whatever reaches beyond the world is refused.
fn locate(place: &Place) -> Result<Region, String> {
    match place {
        Place::Bbox(numbers) => Ok(Region::boxes(vec![[numbers[0], numbers[1], numbers[2], numbers[3]]])),
        Place::Geometry(geometry) => {
            let bbox = geometry.bbox().unwrap();
            if bbox[3] > 90.0 {
                Err("no such latitude".to_owned())
            } else {
                Ok(Region::geometry(geometry.clone()).unwrap())
            }
        }
    }
}

fn bound(filter: &str, language: Language) -> Result<Admitted, Problem> {
    bind(&parse(filter, language)?, &columns(), &locate)
}

fn rows(filter: &str) -> Predicate {
    match bound(filter, Language::Text) {
        Ok(Admitted::Rows(predicate)) => predicate,
        other => panic!("{filter}: {other:?}"),
    }
}

fn on(name: &str, comparison: Comparison) -> Predicate {
    Predicate::Column(name.parse().unwrap(), comparison)
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

#[test]
fn comparisons() {
    for (filter, expected) in [
        ("navn = 'O''Hara'", on("navn", Comparison::Eq(text("O'Hara")))),
        ("navn='O\\'Hara'", on("navn", Comparison::Eq(text("O'Hara")))),
        ("\"navn\" <> 'å'", on("navn", Comparison::Neq(text("å")))),
        ("antall < 3", on("antall", Comparison::Lt(Scalar::Decimal(3, 0)))),
        ("antall<=-3.50", on("antall", Comparison::Lte(Scalar::Decimal(-350, 2)))),
        ("andel >= .5", on("andel", Comparison::Gte(Scalar::Decimal(5, 1)))),
        ("andel > 1e3", on("andel", Comparison::Gt(Scalar::Decimal(1000, 0)))),
        ("aktiv = TRUE", on("aktiv", Comparison::Eq(Scalar::Boolean(true)))),
        ("dato = DATE('1970-01-02')", on("dato", Comparison::Eq(Scalar::Date(1)))),
        ("dato = '1970-01-02'", on("dato", Comparison::Eq(Scalar::Date(1)))),
        ("endret = TIMESTAMP('1970-01-01T00:00:01Z')", on("endret", Comparison::Eq(Scalar::Timestamp(1000)))),
        ("kode LIKE 'B_r%'", on("kode", Comparison::Matches("B_r%".to_owned()))),
        ("antall in (1, 2)", on("antall", Comparison::In(vec![Scalar::Decimal(1, 0), Scalar::Decimal(2, 0)]))),
        ("geometri IS NULL", on("geometri", Comparison::IsNull)),
        ("CASEI(navn) = casei('ÅS')", on("navn", Comparison::IgnoringCase(Box::new(Comparison::Eq(text("ÅS")))))),
    ] {
        assert_eq!(rows(filter), expected, "{filter}");
    }
}

#[test]
fn logic_binds_as_in_sql() {
    let a = || on("antall", Comparison::Eq(Scalar::Decimal(1, 0)));
    let b = || on("aktiv", Comparison::Eq(Scalar::Boolean(false)));
    let not = |inner: Predicate| Predicate::Not(Box::new(inner));
    let (one, other) = ("antall=1", "aktiv=false");
    assert_eq!(
        rows(&format!("{one} or {other} AND NOT {one}")),
        Predicate::Or(vec![a(), Predicate::And(vec![b(), not(a())])])
    );
    assert_eq!(
        rows(&format!("({one} OR {other}) and {one}")),
        Predicate::And(vec![Predicate::Or(vec![a(), b()]), a()])
    );
    assert_eq!(rows("navn NOT LIKE 'a%'"), not(on("navn", Comparison::Matches("a%".to_owned()))));
    assert_eq!(rows("navn is not null"), not(on("navn", Comparison::IsNull)));
    let between = |low, high| {
        Predicate::And(vec![
            on("antall", Comparison::Gte(Scalar::Decimal(low, 0))),
            on("antall", Comparison::Lte(Scalar::Decimal(high, 0))),
        ])
    };
    assert_eq!(rows("antall NOT BETWEEN 0 AND 100"), not(between(0, 100)));
    for (filter, expected) in [
        ("true", Admitted::Everything),
        ("FALSE", Admitted::Nothing),
        ("NOT true", Admitted::Nothing),
        ("antall=1 AND false", Admitted::Nothing),
        ("antall=1 OR true", Admitted::Everything),
        ("antall=1 AND true", Admitted::Rows(a())),
    ] {
        assert_eq!(bound(filter, Language::Text).unwrap(), expected, "{filter}");
    }
}

#[test]
fn places_in_both_orders_and_all_types() {
    let meets = |region: Region| on("geometri", Comparison::Intersects(std::sync::Arc::new(region)));
    assert_eq!(rows("S_INTERSECTS(geometri,BBOX(1,2,3,4))"), meets(Region::boxes(vec![[1.0, 2.0, 3.0, 4.0]])));
    assert_eq!(rows("s_intersects(ENVELOPE(1,2,3,4), geometri)"), rows("S_INTERSECTS(geometri,BBOX(1,2,3,4))"));
    let point = Geometry::Point(Position { x: 7.02, y: 49.92, z: None });
    assert_eq!(rows("S_INTERSECTS(geometri,POINT(7.02 49.92))"), meets(Region::geometry(point).unwrap()));
    for wkt in [
        "POINT Z (1 2 3)",
        "LINESTRING(1 2,3 4)",
        "POLYGON((0 0,1 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))",
        "MULTIPOINT(1 2,3 4)",
        "MULTIPOINT((1 2),(3 4))",
        "MULTILINESTRING((1 2,3 4),(5 6,7 8))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
        "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))",
    ] {
        rows(&format!("S_INTERSECTS(geometri,{wkt})"));
    }
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    let deep = format!("{}antall=1{}", "(".repeat(25), ")".repeat(25));
    for (filter, place) in [
        ("", "column 1: the name of a property"),
        ("THIS IS NOT A FILTER", "column 13: NULL"),
        ("this_is_not_a_queryable IS NULL", "column 1: there is no property"),
        ("antall=1 AND ukjent=2", "column 14: there is no property 'ukjent'"),
        ("antall = 'tre'", "column 1: 'antall' is compared with a number"),
        ("navn = 3", "column 1: 'navn' is compared with a text"),
        ("dato = DATE('2026-02-30')", "column 1: '2026-02-30' is no day"),
        ("dato = DATE('2026-02-28T00:00:00Z')", "column 8: DATE is for days"),
        ("antall = antall", "column 10: a value must stand here"),
        ("3 = antall", "column 1: a value stands where a property must"),
        ("antall + 1 = 2", "column 8"),
        ("antall = 1e400", "column 10: '1e400' is no number"),
        ("antall = 1 1", "column 12: the end"),
        ("navn = 'åpen", "column 8: the ' has no end"),
        ("navn LIKE 3", "column 6: a pattern is a text"),
        ("antall LIKE '3%'", "column 1: 'antall' is no text"),
        ("CASEI(navn) = 'a'", "column 15: CASEI must stand on both sides"),
        ("navn = CASEI('a')", "column 8: CASEI must stand on both sides"),
        ("geometri = 'a'", "column 1: 'geometri' is a geometry"),
        ("S_INTERSECTS(navn,POINT(1 2))", "column 14: 'navn' is no geometry"),
        ("S_INTERSECTS(geometri,POINT(90 180))", "column 14: no such latitude"),
        ("S_INTERSECTS(geometri,POLYGON((0 0,1 1,0 0)))", "column 31: a ring has at least four"),
        ("S_INTERSECTS(geometri,LINESTRING(0 0))", "column 34: a line has at least two"),
        ("S_INTERSECTS(geometri,BBOX(1,2,3))", "a box has four numbers"),
        ("S_INTERSECTS(geometri,CIRCLE(1 2))", "there is no geometry 'CIRCLE'"),
        ("S_INTERSECTS(geometri,navn)", "column 23: a geometry"),
        ("S_WITHIN(geometri,POINT(1 2))", "column 1: there is no function 'S_WITHIN'"),
        ("T_AFTER(navn,DATE('2026-01-01'))", "column 9"),
        ("T_AFTER(DATE('2026-01-01'),dato)", "column 9: a property must stand on the left"),
        ("antall=1; DROP TABLE x", "column 9: ';' means nothing here"),
        ("NULL = 1", "column 1: the name of a property"),
        (deep.as_str(), "nested more than 24 deep"),
    ] {
        let problem = bound(filter, Language::Text).unwrap_err();
        assert_eq!(problem.code(), "api-filter", "{filter}");
        assert!(problem.detail().contains(place), "{filter}: {problem}");
    }
}

#[test]
fn json_is_refused_with_a_pointer() {
    let deep = format!("{}true{}", r#"{"op":"not","args":["#.repeat(30), "]}".repeat(30));
    let deeper = format!("{}true{}", r#"{"op":"not","args":["#.repeat(500), "]}".repeat(500));
    for (filter, place) in [
        ("{", "no JSON document"),
        ("navn = 'a'", "no JSON document"),
        ("3", "at '': an object with 'op' and 'args'"),
        (r#"{"op":"=","args":[{"property":"navn"}]}"#, "at '': there is no operator '='"),
        (r#"{"op":"=","args":[{"property":"ukjent"},1]}"#, "at '/args/0': there is no property"),
        (
            r#"{"op":"and","args":[true,{"op":"=","args":[1,{"property":"antall"}]}]}"#,
            "at '/args/1/args/0': a property",
        ),
        (r#"{"op":"=","args":[{"property":"antall"},null]}"#, "at '/args/1': a value"),
        (r#"{"op":"+","args":[{"property":"antall"},1]}"#, "there is no operator '+'"),
        (r#"{"op":"s_intersects","args":[{"property":"geometri"},{"type":"Point","coordinates":[1]}]}"#, "no GeoJSON"),
        (r#"{"op":"s_intersects","args":[{"property":"geometri"},{"bbox":[1,2,"3",4]}]}"#, "at '/args/1/bbox/2'"),
        (
            r#"{"op":"between","args":[{"property":"antall"},1,"b"]}"#,
            "at '/args/0': 'antall' is compared with a number",
        ),
        (deep.as_str(), "nested more than 24 deep"),
        (deeper.as_str(), "no JSON document"),
    ] {
        let problem = bound(filter, Language::Json).unwrap_err();
        assert_eq!(problem.code(), "api-filter", "{filter}");
        assert!(problem.detail().contains(place), "{filter}: {problem}");
    }
}

#[test]
fn filters_have_limits() {
    let too_long = format!("navn = '{}'", "a".repeat(17_000));
    let many = vec!["antall=1"; 201].join(" OR ");
    let list = format!("antall IN ({})", vec!["1"; 1001].join(","));
    let ring = format!("S_INTERSECTS(geometri,MULTIPOINT({}))", vec!["1 2"; 1001].join(","));
    let pattern = format!("navn LIKE '{}'", "%a".repeat(101));
    for (filter, told) in [
        (too_long, "17009 bytes"),
        (many, "201 predicates"),
        (list, "1000 items"),
        (ring, "1000 items"),
        (pattern, "200 characters"),
    ] {
        let problem = bound(&filter, Language::Text).unwrap_err();
        assert!(problem.detail().contains(told), "{problem}");
    }
}

/// The relation of an interval of two columns to one of the filter, as a truth table over five instants.
#[test]
fn relations_of_times_are_those_of_allen() {
    let holds = |relation: &str, a: (i64, i64), b: (i64, i64)| match relation {
        "T_AFTER" => a.0 > b.1,
        "T_BEFORE" => a.1 < b.0,
        "T_CONTAINS" => a.0 < b.0 && a.1 > b.1,
        "T_DISJOINT" => a.1 < b.0 || a.0 > b.1,
        "T_DURING" => a.0 > b.0 && a.1 < b.1,
        "T_EQUALS" => a == b,
        "T_FINISHEDBY" => a.0 < b.0 && a.1 == b.1,
        "T_FINISHES" => a.0 > b.0 && a.1 == b.1,
        "T_INTERSECTS" => a.1 >= b.0 && a.0 <= b.1,
        "T_MEETS" => a.1 == b.0,
        "T_METBY" => a.0 == b.1,
        "T_OVERLAPPEDBY" => a.0 > b.0 && a.0 < b.1 && a.1 > b.1,
        "T_OVERLAPS" => a.0 < b.0 && a.1 > b.0 && a.1 < b.1,
        "T_STARTEDBY" => a.0 == b.0 && a.1 > b.1,
        "T_STARTS" => a.0 == b.0 && a.1 < b.1,
        other => panic!("{other}"),
    };
    let stamp = |second: i64| format!("1970-01-01T00:00:0{second}Z");
    let intervals: Vec<(i64, i64)> = (0..5).flat_map(|start| (start..5).map(move |end| (start, end))).collect();
    for (name, _) in Relation::NAMES {
        let name = name.to_uppercase();
        for b in &intervals {
            let filter = format!("{name}(INTERVAL(endret,slutt),INTERVAL('{}','{}'))", stamp(b.0), stamp(b.1));
            let predicate = rows(&filter);
            for a in &intervals {
                assert_eq!(is_so(&predicate, *a), holds(&name, *a, *b), "{filter} {a:?}");
            }
        }
    }
}

/// Evaluates comparisons of `endret` and `slutt`, in seconds.
fn is_so(predicate: &Predicate, (start, end): (i64, i64)) -> bool {
    match predicate {
        Predicate::And(parts) => parts.iter().all(|part| is_so(part, (start, end))),
        Predicate::Or(parts) => parts.iter().any(|part| is_so(part, (start, end))),
        Predicate::Not(inner) => !is_so(inner, (start, end)),
        Predicate::Column(name, comparison) => {
            let own = 1000 * if name.as_str() == "endret" { start } else { end };
            let value = |scalar: &Scalar| match scalar {
                Scalar::Timestamp(millis) => *millis,
                other => panic!("{other:?}"),
            };
            match comparison {
                Comparison::Eq(scalar) => own == value(scalar),
                Comparison::Lt(scalar) => own < value(scalar),
                Comparison::Lte(scalar) => own <= value(scalar),
                Comparison::Gt(scalar) => own > value(scalar),
                Comparison::Gte(scalar) => own >= value(scalar),
                Comparison::IsNotNull => true,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn open_intervals_and_days() {
    let day = |days: i64| Scalar::Timestamp(days * 86_400_000);
    assert_eq!(
        rows("T_AFTER(endret,INTERVAL('..','1970-01-02'))"),
        on("endret", Comparison::Gt(Scalar::Timestamp(172_799_999)))
    );
    assert_eq!(rows("T_BEFORE(endret,INTERVAL('1970-01-02','..'))"), on("endret", Comparison::Lt(day(1))));
    assert_eq!(bound("T_AFTER(endret,INTERVAL('1970-01-02','..'))", Language::Text).unwrap(), Admitted::Nothing);
    let known = || on("endret", Comparison::IsNotNull);
    assert_eq!(
        rows("T_INTERSECTS(endret,INTERVAL('1970-01-02','..'))"),
        Predicate::And(vec![known(), on("endret", Comparison::Gte(day(1)))])
    );
    assert_eq!(rows("T_EQUALS(dato,DATE('1970-01-02'))"), {
        let same = || on("dato", Comparison::Eq(Scalar::Date(1)));
        Predicate::And(vec![same(), same()])
    });
}

fn at() -> At {
    At::Column(1)
}

fn property(names: &'static [&'static str]) -> impl Strategy<Value = Property> {
    prop::sample::select(names).prop_map(|name| Property { name: name.to_owned(), at: at() })
}

fn word() -> impl Strategy<Value = String> {
    // No backslash: before a quote it means something else in text than in JSON.
    "[a-zæøå' %_\"]{0,6}"
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![any::<i32>().prop_map(|n| n.to_string()), (-1e6f64..1e6).prop_map(|n| n.to_string())]
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(&Op::SIGNS[..]).prop_map(|(_, op)| op)
}

fn time() -> impl Strategy<Value = String> {
    prop::sample::select(&["2026-01-02", "2026-01-02T03:04:05Z", "1999-12-31T23:59:59.5Z"][..]).prop_map(str::to_owned)
}

fn place() -> impl Strategy<Value = Place> {
    let position =
        || (-180i32..180, -90i32..90).prop_map(|(x, y)| Position { x: f64::from(x) / 4.0, y: f64::from(y), z: None });
    let ring = || {
        vec(position(), 3..6).prop_map(|mut ring| {
            ring.extend(ring.first().copied());
            ring
        })
    };
    let simple = prop_oneof![
        position().prop_map(Geometry::Point),
        vec(position(), 2..5).prop_map(Geometry::LineString),
        vec(ring(), 1..3).prop_map(Geometry::Polygon),
        vec(position(), 1..4).prop_map(Geometry::MultiPoint),
        vec(vec(position(), 2..4), 1..3).prop_map(Geometry::MultiLineString),
        vec(vec(ring(), 1..2), 1..3).prop_map(Geometry::MultiPolygon),
    ];
    prop_oneof![
        vec((-90i32..90).prop_map(f64::from), 4).prop_map(Place::Bbox),
        simple.clone().prop_map(Place::Geometry),
        vec(simple, 1..3).prop_map(|members| Place::Geometry(Geometry::GeometryCollection(members))),
    ]
}

fn predicate() -> impl Strategy<Value = Expr> {
    let texts =
        || (property(&["navn", "kode"]), any::<bool>()).prop_map(|(property, folded)| Subject { property, folded });
    let numbers = || property(&["antall", "andel", "leie"]);
    let subject = |property| Subject { property, folded: false };
    let edge = || prop_oneof![Just(Edge::Open), time().prop_map(Edge::Time)];
    let relation = prop::sample::select(&Relation::NAMES[..]).prop_map(|(_, relation)| relation);
    let held = (property(&["endret", "dato"]), property(&["slutt"]), any::<bool>()).prop_map(|(one, other, both)| {
        Period { start: Edge::Property(one.clone()), end: Edge::Property(if both { other } else { one }), at: at() }
    });
    prop_oneof![
        any::<bool>().prop_map(Expr::Literal),
        (texts(), op(), word()).prop_map(|(subject, op, text)| Expr::Compare(subject, op, Literal::Text(text))),
        (numbers(), op(), number()).prop_map(move |(name, op, n)| Expr::Compare(subject(name), op, Literal::Number(n))),
        (property(&["aktiv"]), op(), any::<bool>()).prop_map(move |(name, op, truth)| Expr::Compare(
            subject(name),
            op,
            Literal::Boolean(truth)
        )),
        (property(&["dato", "endret"]), op(), time()).prop_map(move |(name, op, time)| Expr::Compare(
            subject(name),
            op,
            Literal::Time(time)
        )),
        (texts(), word()).prop_map(|(subject, pattern)| Expr::Like(subject, pattern)),
        (numbers(), number(), number()).prop_map(|(name, low, high)| Expr::Between(
            name,
            Literal::Number(low),
            Literal::Number(high)
        )),
        (texts(), vec(word(), 1..4))
            .prop_map(|(subject, words)| Expr::In(subject, words.into_iter().map(Literal::Text).collect())),
        property(&["navn", "antall", "geometri"]).prop_map(Expr::IsNull),
        (property(&["geometri"]), place()).prop_map(|(name, place)| Expr::Intersects(name, place)),
        (relation, held, edge(), edge()).prop_map(|(relation, held, start, end)| Expr::Temporal(
            relation,
            held,
            Period { start, end, at: at() }
        )),
    ]
}

fn expression() -> impl Strategy<Value = Expr> {
    predicate().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Expr::And),
            vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn text_comes_back(expression in expression()) {
        let text = print::text(&expression);
        let again = parse(&text, Language::Text).unwrap();
        prop_assert_eq!(print::text(&again), text);
    }

    #[test]
    fn json_comes_back(expression in expression()) {
        let json = print::json(&expression).to_string();
        let again = parse(&json, Language::Json).unwrap();
        prop_assert_eq!(print::json(&again).to_string(), json);
    }

    #[test]
    fn both_encodings_are_bound_alike(expression in expression()) {
        let json = print::json(&expression).to_string();
        // JSON turns rings the way that RFC 7946 wants them.
        let text = bound(&print::text(&parse(&json, Language::Json).unwrap()), Language::Text);
        let json = bound(&json, Language::Json);
        match (text, json) {
            (Ok(text), Ok(json)) => prop_assert_eq!(text, json),
            (Err(text), Err(json)) => prop_assert_eq!(text.code(), json.code()),
            (text, json) => prop_assert!(false, "{:?} {:?}", text, json),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = bound(&text, Language::Text);
        let _ = bound(&text, Language::Json);
    }

    #[test]
    fn any_words_are_read_or_refused(words in vec(prop::sample::select(&[
        "AND", "OR", "NOT", "(", ")", ",", "=", "<", "antall", "navn", "'a'", "1", "IN", "LIKE", "BETWEEN", "IS", "NULL",
        "CASEI", "S_INTERSECTS", "geometri", "POINT", "BBOX", "T_AFTER", "INTERVAL", "DATE", "dato", "POLYGON", "-", ".",
    ][..]), 0..30)) {
        let _ = bound(&words.join(" "), Language::Text);
    }
}

/// What a fuzz target begins with is worth something only while it is understood.
#[test]
fn seeds_of_the_fuzz_target_are_understood() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/fuzz/cql2");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 8);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let language = if text.starts_with('{') { Language::Json } else { Language::Text };
        if let Err(problem) = bound(&text, language) {
            panic!("{}: {problem}", file.display());
        }
    }
}
