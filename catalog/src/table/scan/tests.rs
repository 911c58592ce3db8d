//! Scans: what comes back, what is not read at all, and what broken files do.

use arrow::compute::{concat_batches, filter_record_batch};
use futures::TryStreamExt;
use proptest::prelude::*;

use super::{
    super::{Comparison, Scalar, fixture},
    *,
};

pub(in crate::table) const ROWS: i64 = 4_500;

async fn read(table: &TableFile, scan: Scan) -> Result<Vec<RecordBatch>> {
    table.scan(scan).await?.try_collect().await
}

pub(in crate::table) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn column(name: &str, comparison: Comparison) -> Predicate {
    Predicate::Column(fixture::name(name), comparison)
}

#[tokio::test]
async fn everything_comes_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t"), ROWS);
    assert_eq!((table.rows(), table.schema()), (4_500, fixture::batch(0..0).schema()));
    let batches = read(&table, Scan::default()).await.unwrap();
    assert_eq!(concat_batches(&table.schema(), &batches).unwrap(), fixture::batch(0..ROWS));
}

#[tokio::test]
async fn an_object_of_the_storage_reads_like_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    fixture::table(&path, 2_500);
    let url = url::Url::from_directory_path(folder.path().join("storage")).unwrap();
    let spec = config::StorageSpec { url, options: std::collections::BTreeMap::new() };
    let store = Store::open(&spec).unwrap();
    let dataset: config::DatasetId = "a".parse().unwrap();
    let key = |bytes: &[u8]| Key::File(dataset.clone(), crate::Sha256::of(bytes), config::FileFormat::Parquet);
    let there = key(&std::fs::read(&path).unwrap());
    store.upload(&there, &path).await.unwrap();
    let table = TableFile::open(&store, &there).await.unwrap();
    let predicate = Some(column("antall", Comparison::Eq(Scalar::Integer(1_234))));
    let found = read(&table, Scan { predicate, ..Scan::default() }).await.unwrap();
    assert_eq!(concat_batches(&table.schema(), &found).unwrap(), fixture::batch(1_234..1_235));
    assert_eq!(TableFile::open(&store, &key(b"")).await.unwrap_err().code(), "catalog-missing");
}

#[tokio::test]
async fn columns_offset_limit_and_batch_size() {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t"), ROWS);
    let scan = Scan {
        columns: Some(["sted", "kode", "antall", "kode"].map(fixture::name).to_vec()),
        predicate: Some(column("antall", Comparison::Gte(Scalar::Integer(990)))),
        offset: 5,
        limit: Some(25),
        batch_rows: 10,
        ..Scan::default()
    };
    let batches = read(&table, scan).await.unwrap();
    assert!(batches.iter().all(|batch| batch.num_rows() <= 10));
    let whole = fixture::batch(0..ROWS).project(&[8, 0, 2, 0]).unwrap();
    let all = concat_batches(&whole.schema(), &batches).unwrap();
    let expected: Vec<String> =
        (990..).filter(|row| row % 7 != 6).skip(5).take(25).map(|row| format!("{row:06}")).collect();
    let codes = all.column(1).as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
    assert_eq!(codes.iter().flatten().collect::<Vec<_>>(), expected);
    assert_eq!(
        all.schema().fields().iter().map(|field| field.name()).collect::<Vec<_>>(),
        ["sted", "kode", "antall", "kode"]
    );
    let counted = read(&table, Scan { columns: Some(vec![]), ..Scan::default() }).await.unwrap();
    assert_eq!(counted.iter().map(RecordBatch::num_rows).sum::<usize>(), 4_500);
    let past = Scan { offset: u64::MAX, limit: Some(u64::MAX), ..Scan::default() };
    assert_eq!(read(&table, past).await.unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
}

#[tokio::test]
async fn statistics_and_bloom_filters_leave_out_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t"), ROWS);
    let groups = async |predicate: Predicate| {
        let bound = bind(&predicate, table.metadata.schema()).unwrap();
        let groups = prune::groups(&bound, &table.metadata).unwrap();
        let wanted = prune::wanted(&bound, table.metadata.schema());
        table.blooms.prune(groups, &wanted, &table.source, &table.metadata).await.unwrap()
    };
    let text = |text: &str| Scalar::Text(text.to_owned());
    let like = |pattern: &str| Comparison::Like { pattern: pattern.to_owned(), ignore_case: false };
    for (predicate, expected) in [
        (column("kode", Comparison::Eq(text("002000"))), vec![2]),
        (column("kode", Comparison::Eq(text("002000x"))), vec![]),
        (column("kode", Comparison::In(vec![text("000001"), text("004001")])), vec![0, 4]),
        (column("kode", like("0010*5")), vec![1]),
        (column("kode", Comparison::IsNull), vec![]),
        (column("antall", Comparison::Eq(Scalar::Integer(3_003))), vec![3]),
        (column("antall", Comparison::Eq(Scalar::Integer(3_002))), vec![]),
        (column("antall", Comparison::Gt(Scalar::Integer(2_998))), vec![2, 3, 4]),
        (column("leie", Comparison::Eq(Scalar::Decimal(100_095, 2))), vec![1]),
        (column("leie", Comparison::Eq(Scalar::Decimal(99_996, 2))), vec![]),
        (column("endret", Comparison::Lt(Scalar::Timestamp(1_700_000_000_000))), vec![]),
        (Predicate::Not(Box::new(column("antall", Comparison::Lt(Scalar::Integer(4_000))))), vec![4]),
        (
            Predicate::Or(vec![
                column("kode", Comparison::Lt(text("0005"))),
                column("andel", Comparison::Gte(Scalar::Number(1_124.0))),
            ]),
            vec![0, 4],
        ),
    ] {
        assert_eq!(groups(predicate.clone()).await, expected, "{predicate:?}");
    }
}

#[tokio::test]
async fn wrong_questions_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t"), 10);
    let nothing = column("antall", Comparison::Eq(Scalar::Text("1".to_owned())));
    for scan in [
        Scan { columns: Some(vec![fixture::name("finnes_ikke")]), ..Scan::default() },
        Scan { predicate: Some(nothing), ..Scan::default() },
    ] {
        assert_eq!(table.scan(scan).await.err().unwrap().code(), "catalog-table");
    }
}

#[tokio::test]
async fn what_is_no_table_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    fixture::table(&path, 3_000);
    let bytes = std::fs::read(&path).unwrap();
    for broken in [&b""[..], b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1", &bytes[..bytes.len() - 1], &bytes[..bytes.len() / 2]]
    {
        std::fs::write(&path, broken).unwrap();
        assert_eq!(TableFile::open_local(&path).unwrap_err().code(), "catalog-table");
    }
    std::fs::write(&path, &bytes).unwrap();
    let table = TableFile::open_local(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(read(&table, Scan::default()).await.unwrap_err().code(), "catalog-table");
    assert_eq!(TableFile::open_local(folder.path()).unwrap_err().code().split('-').next(), Some("catalog"));
}

fn comparison() -> impl Strategy<Value = Predicate> {
    let number = 0i64..ROWS + 200;
    let text = |row: i64| Scalar::Text(format!("{row:06}"));
    let ordered = |name: &'static str, which: u8, value: Scalar| {
        let comparison = match which {
            0 => Comparison::Eq(value),
            1 => Comparison::Neq(value),
            2 => Comparison::Gt(value),
            3 => Comparison::Gte(value),
            4 => Comparison::Lt(value),
            5 => Comparison::Lte(value),
            6 => Comparison::In(vec![value]),
            7 => Comparison::IsNull,
            _ => Comparison::IsNotNull,
        };
        column(name, comparison)
    };
    prop_oneof![
        (number.clone(), 0u8..9).prop_map(move |(row, which)| ordered("kode", which, text(row))),
        (number.clone(), 0u8..9).prop_map(move |(row, which)| ordered("antall", which, Scalar::Integer(row))),
        (number.clone(), 0u8..9).prop_map(move |(row, which)| ordered(
            "andel",
            which,
            Scalar::Number(fixture::float(row) / 4.0)
        )),
        (number.clone(), 0u8..9).prop_map(move |(row, which)| ordered(
            "leie",
            which,
            Scalar::Decimal(i128::from(row) * 100 - 5, 2)
        )),
        (any::<bool>(), 0u8..9).prop_map(move |(truth, which)| ordered("aktiv", which, Scalar::Boolean(truth))),
        (19_000i32..19_366, 0u8..9).prop_map(move |(days, which)| ordered("dato", which, Scalar::Date(days))),
        (number, 0u8..9).prop_map(move |(row, which)| {
            ordered("endret", which, Scalar::Timestamp(1_700_000_000_000 + row * 500))
        }),
        ("(00)?[0-4]{0,3}\\*[0-9]?", any::<bool>())
            .prop_map(|(pattern, ignore_case)| column("kode", Comparison::Like { pattern, ignore_case })),
    ]
}

pub(in crate::table) fn predicate() -> impl Strategy<Value = Predicate> {
    comparison().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Predicate::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Predicate::Or),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    })
}

#[test]
fn pruning_never_loses_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t"), ROWS);
    let whole = fixture::batch(0..ROWS);
    proptest!(ProptestConfig::with_cases(200), |(predicate in predicate())| {
        let bound = bind(&predicate, &whole.schema()).unwrap();
        let expected = filter_record_batch(&whole, &evaluate(&bound, &whole, &Some).unwrap()).unwrap();
        let scan = Scan { predicate: Some(predicate), ..Scan::default() };
        let found = block_on(read(&table, scan)).unwrap();
        prop_assert_eq!(concat_batches(&whole.schema(), &found).unwrap(), expected);
    });
}

#[test]
fn broken_bytes_never_bring_the_process_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    fixture::table(&path, 2_000);
    let bytes = std::fs::read(&path).unwrap();
    let wanted = Predicate::Or(vec![
        column("kode", Comparison::Eq(Scalar::Text("000777".to_owned()))),
        column("leie", Comparison::Gt(Scalar::Integer(10))),
    ]);
    let spots = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    proptest!(ProptestConfig::with_cases(150), |(spots in spots, in_footer: bool)| {
        let mut broken = bytes.clone();
        let start = if in_footer { broken.len() * 3 / 4 } else { 0 };
        for (spot, value) in spots {
            let at = start + spot.index(broken.len() - start);
            broken[at] = value;
        }
        std::fs::write(&path, &broken).unwrap();
        if let Ok(table) = TableFile::open_local(&path) {
            let _ = block_on(read(&table, Scan::default()));
            let _ = block_on(read(&table, Scan { predicate: Some(wanted.clone()), ..Scan::default() }));
        }
    });
}

#[tokio::test]
async fn batches_of_long_values_are_short() {
    use arrow::array::{ArrayRef, BinaryArray, StringArray};
    use config::ColumnType;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let columns = [
        fixture::column("kode", 1, ColumnType::Code { width: None }),
        fixture::column("navn", 2, ColumnType::Text {}),
        fixture::column("sted", 3, ColumnType::Geometry { crs: config::GeometryCrs::Source }),
    ];
    let mut writer = crate::table::TableWriter::create(&path, &columns, &[], &[]).unwrap();
    // 1 500 long texts that a dictionary holds once, then 1 000 long geometries.
    let line = (0..3_750_u16).flat_map(|at| [f64::from(at) / 100.0, 60.0]).flat_map(f64::to_le_bytes);
    let wkb: Vec<u8> = [1, 2, 0, 0, 0].into_iter().chain(3_750_u32.to_le_bytes()).chain(line).collect();
    let text = "x".repeat(60_000);
    for start in (0..2_500).step_by(100) {
        let (long, short) = if start < 1_500 { (Some(text.as_str()), None) } else { (None, Some(wkb.as_slice())) };
        let kode: ArrayRef =
            Arc::new((start..start + 100).map(|row| Some(format!("{row:06}"))).collect::<StringArray>());
        let navn: ArrayRef = Arc::new(StringArray::from(vec![long; 100]));
        let sted: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![short; 100]));
        let schema = crate::table::arrow_schema(&columns);
        writer.write(&RecordBatch::try_new(schema, vec![kode, navn, sted]).unwrap()).unwrap();
    }
    writer.finish().unwrap();
    let table = TableFile::open_local(&path).unwrap();
    let predicate = column("kode", Comparison::Lt(Scalar::Text("001400".to_owned())));
    for (predicate, expected) in [(None, 2_500), (Some(predicate), 1_400)] {
        let mut stream = table.scan(Scan { predicate, ..Scan::default() }).await.unwrap();
        let (mut rows, mut largest) = (0, 0);
        while let Some(batch) = stream.try_next().await.unwrap() {
            rows += batch.num_rows();
            let bytes = batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap());
            largest = largest.max(bytes.sum::<usize>());
        }
        assert_eq!(rows, expected);
        assert!(largest < 65 << 20, "{largest} bytes in one batch");
    }
    let short = Scan { columns: Some(vec![fixture::name("kode")]), ..Scan::default() };
    assert_eq!(read(&table, short).await.unwrap().len(), 1);
}
