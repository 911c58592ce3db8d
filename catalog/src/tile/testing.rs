//! A reader of tiles, written from the standard and not from the writer.

use super::message::read_varint;

/// A feature as it is read: attributes by name, type of geometry, positions of its parts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) attributes: Vec<(String, Value)>,
    pub(crate) kind: u64,
    pub(crate) parts: Vec<Vec<[i64; 2]>>,
}

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Double(f64),
    Whole(i64),
    Truth(bool),
}

/// What a field of a message holds.
#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Double(f64),
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = read_varint(&mut bytes).unwrap();
        let field = match key & 7 {
            0 => Field::Number(read_varint(&mut bytes).unwrap()),
            1 => {
                let (number, rest) = bytes.split_at(8);
                bytes = rest;
                Field::Double(f64::from_le_bytes(number.try_into().unwrap()))
            }
            2 => {
                let length = usize::try_from(read_varint(&mut bytes).unwrap()).unwrap();
                let (inner, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(inner)
            }
            other => panic!("wire type {other}"),
        };
        found.push((key >> 3, field));
    }
    found
}

fn numbers(mut bytes: &[u8]) -> Vec<u64> {
    std::iter::from_fn(|| if bytes.is_empty() { None } else { read_varint(&mut bytes) }).collect()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn value(bytes: &[u8]) -> Value {
    match fields(bytes).as_slice() {
        [(1, Field::Bytes(text))] => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
        [(3, Field::Double(number))] => Value::Double(*number),
        [(5, Field::Number(number))] => Value::Whole(number.cast_signed()),
        [(6, Field::Number(number))] => Value::Whole(unzigzag(*number)),
        [(7, Field::Number(truth))] => Value::Truth(*truth == 1),
        _ => panic!("no value"),
    }
}

/// Positions by part; closed rings without their first position once more.
fn geometry(kind: u64, commands: &[u64]) -> Vec<Vec<[i64; 2]>> {
    let (mut parts, mut at, mut rest): (Vec<Vec<[i64; 2]>>, _, _) = (Vec::new(), [0, 0], commands);
    while let Some((command, after)) = rest.split_first() {
        rest = after;
        let count = usize::try_from(command >> 3).unwrap();
        match command & 7 {
            7 => {
                assert_eq!((count, kind), (1, 3), "only rings are closed, once");
                continue;
            }
            1 if kind == 1 => parts.push(Vec::new()),
            1 => {
                assert_eq!(count, 1);
                parts.push(Vec::new());
            }
            2 => assert!(count > 0),
            other => panic!("command {other}"),
        }
        for _ in 0..count {
            let (step, after) = rest.split_at(2);
            at = [at[0] + unzigzag(step[0]), at[1] + unzigzag(step[1])];
            parts.last_mut().unwrap().push(at);
            rest = after;
        }
    }
    parts
}

/// The name of the only layer and its features; nothing of an empty tile.
pub(crate) fn read(tile: &[u8]) -> Option<(String, Vec<Seen>)> {
    let layers = fields(tile);
    let [(3, Field::Bytes(layer))] = layers.as_slice() else {
        assert!(layers.is_empty());
        return None;
    };
    let layer = fields(layer);
    let texts = |wanted: u64| {
        layer.iter().filter(move |(field, _)| *field == wanted).map(|(_, field)| match field {
            Field::Bytes(bytes) => *bytes,
            _ => panic!("no bytes"),
        })
    };
    let number = |wanted: u64| {
        layer.iter().find_map(|(field, value)| match value {
            Field::Number(number) if *field == wanted => Some(*number),
            _ => None,
        })
    };
    assert_eq!((number(15), number(5)), (Some(2), Some(4096)), "version and extent");
    let keys: Vec<String> = texts(3).map(|key| String::from_utf8(key.to_vec()).unwrap()).collect();
    let values: Vec<Value> = texts(4).map(value).collect();
    let features = texts(2).map(|bytes| {
        let (mut attributes, mut kind, mut commands) = (Vec::new(), 0, Vec::new());
        for (field, content) in fields(bytes) {
            match (field, content) {
                (2, Field::Bytes(tags)) => {
                    let tags = numbers(tags);
                    let pair = |pair: &[u64]| {
                        let at = |number: u64| usize::try_from(number).unwrap();
                        (keys[at(pair[0])].clone(), values[at(pair[1])].clone())
                    };
                    attributes = tags.chunks(2).map(pair).collect();
                }
                (3, Field::Number(number)) => kind = number,
                (4, Field::Bytes(packed)) => commands = numbers(packed),
                (other, _) => panic!("field {other}"),
            }
        }
        Seen { attributes, kind, parts: geometry(kind, &commands) }
    });
    let name = texts(1).next().unwrap();
    Some((String::from_utf8(name.to_vec()).unwrap(), features.collect()))
}
