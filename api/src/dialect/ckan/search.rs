//! `package_search` and `resource_search`: words go to the catalogue's own search, conditions in the manner of Solr are held
//! against each dataset.

use std::{cmp::Ordering, collections::BTreeMap};

use catalog::{Entry, Filters};
use config::{Access, Language};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Answer,
    asked::Asked,
    fault::Fault,
    package::{Shown, format_name, group_name, keywords, slug},
};

/// Datasets in one answer at the most, as CKAN has it.
const MOST_ROWS: u64 = 1000;
const DEFAULT_ROWS: u64 = 10;
/// Bytes of a query at the most.
const LONGEST: usize = 4096;
/// Fields of text: what is asked of them are words.
const TEXTS: [&str; 6] = ["text", "title", "notes", "title_ngram", "name_ngram", "title_string"];

/// Conditions of which one must hold, or, negated, none.
struct Clause {
    negated: bool,
    any: Vec<(String, String)>,
}

/// Words, and conditions that must all hold.
#[derive(Default)]
struct Query {
    words: Vec<String>,
    clauses: Vec<Clause>,
}

/// Datasets by words and conditions.
pub(super) fn packages(shown: &Shown<'_>, asked: &Asked) -> Answer {
    let mut query = Query::default();
    read(asked.text("q").unwrap_or_default(), true, &mut query)?;
    let filters = asked.text("fq").map(str::to_owned).into_iter().chain(asked.list("fq_list")?);
    for filter in filters.collect::<Vec<_>>() {
        read(&filter, false, &mut query)?;
    }
    let rows = asked.number("rows", DEFAULT_ROWS, MOST_ROWS)?;
    let start = asked.number("start", 0, u64::MAX)?;
    let fields = if asked.flag_or("facet", true)? { asked.list("facet.field")? } else { Vec::new() };
    let found = shown.snapshot.search.ask(&query.words.join(" "), &Filters::default(), Language::Nb);
    let mut entries = Vec::new();
    for entry in found.hits.iter().filter_map(|hit| shown.snapshot.datasets.get(&hit.dataset)) {
        if holds(shown, entry, &query.clauses)? {
            entries.push(entry);
        }
    }
    let sort =
        asked.text("sort").unwrap_or(if query.words.is_empty() { "metadata_modified desc" } else { "score desc" });
    order(&mut entries, sort)?;
    let facets = facets(shown, &entries, &fields, asked.number("facet.limit", 50, 1000)?)?;
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let results: Vec<Value> =
        entries.iter().skip(place(start)).take(place(rows)).map(|entry| shown.package(entry)).collect();
    let (named, titled) = facets;
    Ok(json!({
        "count": entries.len(), "start": start, "sort": sort, "facets": named, "search_facets": titled, "results": results,
    }))
}

/// Files by a term: a field and what it contains.
pub(super) fn resources(shown: &Shown<'_>, asked: &Asked) -> Answer {
    let terms = match asked.value("query") {
        Some(Value::Array(terms)) => terms.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => vec![asked.needed("query")?.to_owned()],
    };
    let mut wanted = Vec::new();
    for term in &terms {
        let (field, value) =
            term.split_once(':').ok_or_else(|| Fault::wrong("query", "Must be <field>:<value> pair(s)"))?;
        if !["name", "format", "url", "description", "id", "mimetype"].contains(&field) {
            return Err(Fault::wrong("query", format!("Field \"{field}\" not recognised in resource_search.")));
        }
        wanted.push((field, value.trim().to_lowercase()));
    }
    let fits = |resource: &Value| {
        wanted.iter().all(|(field, value)| {
            resource.get(*field).and_then(Value::as_str).is_some_and(|text| text.to_lowercase().contains(value))
        })
    };
    let all = shown.snapshot.datasets.values().map(|entry| shown.package(entry));
    let all = all.filter_map(|mut package| package.get_mut("resources").map(Value::take));
    let found: Vec<Value> = all.filter_map(|list| list.as_array().cloned()).flatten().filter(fits).collect();
    let count = found.len();
    Ok(json!({ "count": count, "results": asked.page(found)? }))
}

fn order(entries: &mut [&Entry], sort: &str) -> Result<(), Fault> {
    let first = sort.split(',').next().unwrap_or_default();
    let mut words = first.split_whitespace();
    let (field, direction) = (words.next().unwrap_or_default(), words.next().unwrap_or("asc"));
    let descending = match direction.to_lowercase().as_str() {
        "asc" => false,
        "desc" => true,
        other => return Err(Fault::Query(format!("'{other}' is no direction"))),
    };
    let compare: fn(&Entry, &Entry) -> Ordering = match field {
        // Best first already.
        "score" | "relevance" => return Ok(()),
        "name" | "id" => |one, other| one.dataset.id.cmp(&other.dataset.id),
        "title" | "title_string" => |one, other| title(one).cmp(&title(other)),
        "metadata_modified" => |one, other| modified(one).cmp(&modified(other)),
        "metadata_created" => |one, other| created(one).cmp(&created(other)),
        other => return Err(Fault::Query(format!("there is no order by '{other}'"))),
    };
    entries.sort_by(|one, other| if descending { compare(other, one) } else { compare(one, other) });
    Ok(())
}

fn title(entry: &Entry) -> String {
    entry.dataset.file.title.nb.to_lowercase()
}

fn modified(entry: &Entry) -> Option<Timestamp> {
    entry.current().map(|manifest| manifest.published)
}

fn created(entry: &Entry) -> Option<Timestamp> {
    entry.versions.values().next().map(|manifest| manifest.published)
}

/// How many datasets have each value of some fields: by field and value, and as lists with titles.
fn facets(shown: &Shown<'_>, entries: &[&Entry], fields: &[String], most: u64) -> Result<(Value, Value), Fault> {
    let (mut named, mut titled) = (Map::new(), Map::new());
    for field in fields {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for entry in entries {
            for value in values(shown, entry, field)? {
                *counts.entry(value).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|(one, few), (other, many)| many.cmp(few).then_with(|| one.cmp(other)));
        counts.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let item = |(value, count): &(String, u64)| json!({ "name": value, "display_name": value, "count": count });
        titled.insert(field.clone(), json!({ "title": field, "items": counts.iter().map(item).collect::<Vec<_>>() }));
        let counts: Map<String, Value> = counts.into_iter().map(|(value, count)| (value, json!(count))).collect();
        named.insert(field.clone(), Value::Object(counts));
    }
    Ok((Value::Object(named), Value::Object(titled)))
}

/// The values of a field of a dataset.
fn values(shown: &Shown<'_>, entry: &Entry, field: &str) -> Result<Vec<String>, Fault> {
    let file = &entry.dataset.file;
    let publisher = &shown.state.config.publisher;
    Ok(match field {
        "name" | "id" => vec![entry.dataset.id.to_string()],
        "groups" => file.themes.iter().map(|theme| group_name(*theme)).collect(),
        "organization" => vec![slug(&publisher.name.nb)],
        "owner_org" => vec![publisher.organisation_number.to_string()],
        "tags" => keywords(entry).into_iter().collect(),
        "license_id" => vec![file.licence.code()],
        "isopen" => vec![(file.access == Access::Public).to_string()],
        "res_format" => {
            let mut formats: Vec<String> = entry
                .current()
                .into_iter()
                .flat_map(|manifest| &manifest.files)
                .map(|file| format_name(file.format))
                .collect();
            formats.sort();
            formats.dedup();
            formats
        }
        "state" => vec!["active".to_owned()],
        "private" => vec!["false".to_owned()],
        "type" | "dataset_type" => vec!["dataset".to_owned()],
        "capacity" => vec!["public".to_owned()],
        other => {
            let other: String = other.chars().filter(char::is_ascii_graphic).take(40).collect();
            return Err(Fault::Query(format!("there is no field '{other}'")));
        }
    })
}

fn holds(shown: &Shown<'_>, entry: &Entry, clauses: &[Clause]) -> Result<bool, Fault> {
    for clause in clauses {
        let mut any = false;
        for (field, wanted) in &clause.any {
            any |= values(shown, entry, field)?.iter().any(|value| is_like(value, wanted));
        }
        if any == clause.negated {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a value is what is wanted, without regard to case; `*` at the end stands for anything.
fn is_like(value: &str, wanted: &str) -> bool {
    let (value, wanted) = (value.to_lowercase(), wanted.to_lowercase());
    wanted.strip_suffix('*').map_or(value == wanted, |start| value.starts_with(start))
}

/// Reads a query in the manner of Solr into words and conditions.
fn read(text: &str, words: bool, query: &mut Query) -> Result<(), Fault> {
    if text.len() > LONGEST {
        return Err(Fault::Query(format!("it has more than {LONGEST} bytes")));
    }
    let tokens = tokens(text)?;
    let either = tokens.iter().any(|token| token == "OR");
    let mut one = Clause { negated: false, any: Vec::new() };
    let mut negated = false;
    for token in tokens {
        match token.as_str() {
            "AND" | "OR" | "&&" | "||" | "*:*" | "*" => continue,
            "NOT" => {
                negated = true;
                continue;
            }
            _ => {}
        }
        let bare = token.trim_start_matches('+');
        let minus = bare.starts_with('-');
        let bare = bare.trim_start_matches('-');
        let any = terms(bare)?;
        let is_text = any.iter().all(|(field, _)| field.is_empty() || TEXTS.contains(&field.as_str()));
        if is_text && (words || any.iter().all(|(field, _)| !field.is_empty())) {
            query.words.extend(any.into_iter().map(|(_, value)| value));
        } else if is_text {
            return Err(Fault::Query("a condition is `field:value`".to_owned()));
        } else if either && !minus && !negated {
            one.any.extend(any);
        } else {
            query.clauses.push(Clause { negated: minus || negated, any });
        }
        negated = false;
    }
    if !one.any.is_empty() {
        query.clauses.push(one);
    }
    Ok(())
}

/// The conditions in a token: `field:value`, `field:(a OR b)`, `(field:a OR field:b)`, or a word without a field.
fn terms(token: &str) -> Result<Vec<(String, String)>, Fault> {
    if let Some(inner) = token.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let parts = tokens(inner)?.into_iter().filter(|part| part != "OR");
        let nested = parts.map(|part| {
            if part.starts_with('(') { Err(Fault::Query("brackets in brackets".to_owned())) } else { terms(&part) }
        });
        return Ok(nested.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect());
    }
    let Some((field, value)) = token.split_once(':').filter(|(field, _)| !field.contains('"')) else {
        return Ok(vec![(String::new(), token.trim_matches('"').to_owned())]);
    };
    if value.starts_with(['[', '{']) {
        return Err(Fault::Query("ranges are not understood".to_owned()));
    }
    let values = match value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => tokens(inner)?.into_iter().filter(|part| part != "OR").collect(),
        None => vec![value.to_owned()],
    };
    Ok(values.into_iter().map(|value| (field.to_owned(), value.trim_matches('"').to_owned())).collect())
}

/// Parts between blanks; what stands in quotes or brackets is one.
fn tokens(text: &str) -> Result<Vec<String>, Fault> {
    let (mut all, mut token) = (Vec::new(), String::new());
    let (mut quoted, mut depth) = (false, 0_u32);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth = depth
                    .checked_sub(1)
                    .ok_or_else(|| Fault::Query("a bracket is closed that is not open".to_owned()))?;
            }
            _ => {}
        }
        if c.is_whitespace() && !quoted && depth == 0 {
            if !token.is_empty() {
                all.push(std::mem::take(&mut token));
            }
        } else {
            token.push(c);
        }
    }
    if quoted || depth > 0 {
        return Err(Fault::Query("a quotation mark or bracket is not closed".to_owned()));
    }
    all.extend((!token.is_empty()).then_some(token));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (String, Vec<(bool, String)>) {
        let mut query = Query::default();
        read(text, true, &mut query).unwrap();
        let clauses = query.clauses.iter().map(|clause| {
            let any: Vec<String> = clause.any.iter().map(|(field, value)| format!("{field}={value}")).collect();
            (clause.negated, any.join("|"))
        });
        (query.words.join(" "), clauses.collect())
    }

    #[test]
    fn queries_of_solr_are_read() {
        assert_eq!(of("*:*"), (String::new(), vec![]));
        assert_eq!(of("bolig title:\"leie bolig\""), ("bolig leie bolig".to_owned(), vec![]));
        let one = |negated, text: &str| (negated, text.to_owned());
        assert_eq!(of("+groups:gove -res_format:CSV").1, [one(false, "groups=gove"), one(true, "res_format=CSV")]);
        assert_eq!(
            of("(groups:a OR groups:b) AND tags:\"x y\"").1,
            [one(false, "groups=a|groups=b"), one(false, "tags=x y")]
        );
        assert_eq!(of("groups:a OR groups:b").1, [one(false, "groups=a|groups=b")]);
        assert_eq!(
            of("organization:(a OR b) NOT name:post*").1,
            [one(false, "organization=a|organization=b"), one(true, "name=post*")]
        );
        for bad in ["(a", "a)", "\"a", "metadata_modified:[NOW-1DAY TO NOW]", "((a))"] {
            assert!(read(bad, true, &mut Query::default()).is_err(), "{bad}");
        }
        assert!(read("bolig", false, &mut Query::default()).is_err(), "a filter without a field");
        assert!(read(&"(".repeat(5000), true, &mut Query::default()).is_err());
    }

    #[test]
    fn stars_stand_for_what_follows() {
        assert!(is_like("postnummer", "Post*") && is_like("a", "*") && !is_like("a", "b*") && !is_like("ab", "a"));
    }
}
