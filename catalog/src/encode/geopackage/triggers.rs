//! The triggers that keep the R-tree when somebody changes a package (annex F.3 of OGC 12-128r19, 1.4).

use super::{
    super::sqlite::Thing,
    layout::{Layer, quoted},
};

/// Name, when it happens, on what condition, and what is done. `{t}` is the table, `{i}` its number, `{c}` the geometry,
/// `{r}` the tree, `{box}` the extent of the new geometry.
const TRIGGERS: [(&str, &str, &str, &str); 7] = [
    (
        "insert",
        "INSERT",
        "(NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c}))",
        "INSERT OR REPLACE INTO {r} VALUES (NEW.{i},{box});",
    ),
    (
        "update2",
        "UPDATE OF {c}",
        "OLD.{i} = NEW.{i} AND (NEW.{c} ISNULL OR ST_IsEmpty(NEW.{c}))",
        "DELETE FROM {r} WHERE id = OLD.{i};",
    ),
    (
        "update4",
        "UPDATE",
        "OLD.{i} != NEW.{i} AND (NEW.{c} ISNULL OR ST_IsEmpty(NEW.{c}))",
        "DELETE FROM {r} WHERE id IN (OLD.{i}, NEW.{i});",
    ),
    (
        "update5",
        "UPDATE",
        "OLD.{i} != NEW.{i} AND (NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c}))",
        "DELETE FROM {r} WHERE id = OLD.{i}; INSERT OR REPLACE INTO {r} VALUES (NEW.{i},{box});",
    ),
    (
        "update6",
        "UPDATE OF {c}",
        "OLD.{i} = NEW.{i} AND (NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c})) AND (OLD.{c} NOTNULL AND NOT ST_IsEmpty(OLD.{c}))",
        "UPDATE {r} SET minx = ST_MinX(NEW.{c}), maxx = ST_MaxX(NEW.{c}), miny = ST_MinY(NEW.{c}), maxy = ST_MaxY(NEW.{c}) WHERE id = NEW.{i};",
    ),
    (
        "update7",
        "UPDATE OF {c}",
        "OLD.{i} = NEW.{i} AND (NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c})) AND (OLD.{c} ISNULL OR ST_IsEmpty(OLD.{c}))",
        "INSERT INTO {r} VALUES (NEW.{i},{box});",
    ),
    ("delete", "DELETE", "OLD.{c} NOTNULL", "DELETE FROM {r} WHERE id = OLD.{i};"),
];

/// The triggers of a layer.
pub(super) fn triggers(layer: &Layer<'_>) -> Vec<Thing> {
    let tree = layer.tree();
    let extent = "ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c})";
    let filled = |text: &str| {
        text.replace("{box}", extent)
            .replace("{t}", &quoted(&layer.table))
            .replace("{i}", &quoted(&layer.id))
            .replace("{c}", &quoted(layer.place.as_str()))
            .replace("{r}", &quoted(&tree))
    };
    let trigger = |(suffix, event, condition, action): &(&str, &str, &str, &str)| {
        let name = format!("{tree}_{suffix}");
        let body = filled(&format!("AFTER {event} ON {{t}} WHEN {condition} BEGIN {action} END"));
        let sql = Some(format!("CREATE TRIGGER {} {body}", quoted(&name)));
        Thing { kind: "trigger", name, table: layer.table.clone(), root: 0, sql }
    };
    TRIGGERS.iter().map(trigger).collect()
}
