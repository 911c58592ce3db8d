//! Modules of a crate use each other in one direction only, at every level of the tree.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::Visit;

use crate::architecture::{CRATES, production, sources};

/// Segments of a path: of a module within its crate, or as written.
type Path = Vec<String>;
/// Which of the modules of one folder uses which others.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// What a module imports and names.
#[derive(Default)]
struct Named {
    /// Names that stand for other paths, as `use` gives them; also reached as `super::name` and `crate::module::name`.
    imports: BTreeMap<String, Path>,
    /// Every path as written.
    paths: Vec<Path>,
}

impl Named {
    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
            syn::UseTree::Name(name) if name.ident == "self" => {
                let name = before.last().cloned().unwrap_or_default();
                self.import(name, before.to_vec());
            }
            syn::UseTree::Name(name) => self.import(name.ident.to_string(), with(&name.ident)),
            syn::UseTree::Rename(rename) => self.import(rename.rename.to_string(), with(&rename.ident)),
            syn::UseTree::Glob(_) => self.paths.push(before.to_vec()),
        }
    }

    fn import(&mut self, name: String, path: Path) {
        self.paths.push(path.clone());
        self.imports.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }
}

/// The modules of a crate by their path; the crate's own is empty.
fn modules(name: &str) -> BTreeMap<Path, Named> {
    let mut modules = BTreeMap::new();
    for (file, text) in sources() {
        let Some(inner) = file.strip_prefix(&format!("{name}/src/")) else { continue };
        let mut path: Path = inner.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if path.last().is_some_and(|last| last == "mod" || (last == "lib" && path.len() == 1)) {
            path.pop();
        }
        let mut named = Named::default();
        named.visit_file(&syn::parse_file(production(&text)).unwrap());
        modules.insert(path, named);
    }
    modules
}

/// The module in which the thing is that a path names, seen from a module; `None` for other crates and local names.
fn resolve(modules: &BTreeMap<Path, Named>, from: &[String], path: &[String], depth: usize) -> Option<Path> {
    let (first, mut rest) = path.split_first()?;
    let mut here = match first.as_str() {
        "crate" => Path::new(),
        "self" => from.to_vec(),
        "super" => {
            let mut up = from[..from.len().checked_sub(1)?].to_vec();
            while let Some((next, after)) = rest.split_first()
                && next == "super"
            {
                up.pop()?;
                rest = after;
            }
            up
        }
        child => Some([from, &[child.to_owned()]].concat()).filter(|path| modules.contains_key(path))?,
    };
    while let Some((next, after)) = rest.split_first() {
        let child = [&here[..], std::slice::from_ref(next)].concat();
        if modules.contains_key(&child) {
            (here, rest) = (child, after);
            continue;
        }
        let import = modules[&here].imports.get(next).filter(|_| depth < 8);
        return Some(import.and_then(|path| resolve(modules, &here, path, depth + 1)).unwrap_or(here));
    }
    Some(here)
}

/// For each folder of modules, by its path, which of them use which.
fn graphs(modules: &BTreeMap<Path, Named>) -> BTreeMap<Path, Graph> {
    let mut graphs: BTreeMap<Path, Graph> = BTreeMap::new();
    for (from, named) in modules {
        for to in named.paths.iter().filter_map(|path| resolve(modules, from, path, 0)) {
            let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            let (Some(asks), Some(gives)) = (from.get(same), to.get(same)) else { continue };
            let graph = graphs.entry(from[..same].to_vec()).or_default();
            graph.entry(gives.clone()).or_default();
            graph.entry(asks.clone()).or_default().insert(gives.clone());
        }
    }
    graphs
}

/// A way from a module back to itself, if there is one.
fn cycle(graph: &Graph) -> Option<Vec<String>> {
    fn walk(graph: &Graph, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        let here = way.last().unwrap().clone();
        for next in &graph[&here] {
            if let Some(at) = way.iter().position(|module| module == next) {
                way.drain(..at);
                way.push(next.clone());
                return true;
            }
            if !done.contains(next) {
                way.push(next.clone());
                if walk(graph, way, done) {
                    return true;
                }
                way.pop();
            }
        }
        done.insert(here);
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut way = vec![start.clone()];
        (!done.contains(start) && walk(graph, &mut way, &mut done)).then_some(way)
    })
}

#[test]
fn modules_have_no_cycles() {
    let mut circles = Vec::new();
    for name in CRATES {
        let modules = modules(name);
        let graphs = graphs(&modules);
        assert!(graphs[&Path::new()].len() > 3, "modules of {name} are seen");
        for (folder, graph) in &graphs {
            let way = cycle(graph).map(|way| format!("{name}/{}: {}", folder.join("/"), way.join(" → ")));
            circles.extend(way);
        }
    }
    assert!(circles.is_empty(), "modules go in a circle:\n{}", circles.join("\n"));
}

#[test]
fn a_cycle_below_the_first_level_is_seen() {
    let module = |uses: &[&str]| {
        let mut named = Named::default();
        for path in uses {
            named.visit_file(&syn::parse_file(path).unwrap());
        }
        named
    };
    let path = |text: &str| text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Path>();
    let modules = BTreeMap::from([
        (path(""), module(&["pub use a::b::Thing;"])),
        (path("a"), module(&["pub(crate) use b::Thing; use c::other;"])),
        (path("a/b"), module(&["use super::{c::other, d};"])),
        (path("a/c"), module(&["fn other() { super::d::more() }"])),
        (path("a/d"), module(&["use crate::Thing;"])),
    ]);
    let graphs = graphs(&modules);
    let way = cycle(&graphs[&path("a")]).unwrap();
    assert!(way.contains(&"b".to_owned()) && way.contains(&"d".to_owned()), "{way:?}");
    assert!(!graphs.contains_key(&path("")) || cycle(&graphs[&path("")]).is_none());
}
