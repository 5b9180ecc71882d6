//! `architecture`: the components in a row, outermost first, with how many there are.
//!
//! Versions up to 0.3 write a tree (`subtree`, `local`) whose names carry ranges of copies (`PE[0..167]`); `meshX` and
//! `meshY` say how all copies of a component lie. Version 0.4 writes a list (`nodes`) of containers and components,
//! each inside all that come before it; `spatial` says how many copies there are inside one of what is outside. Both
//! come out as a row of [`Component`]s whose mesh counts all copies.

use super::source::{Source, Unused, at};
use crate::error::quoted;
use crate::spec::cursor::Cursor;
use model::arch::MAX_COPIES;

/// What a component does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Storage,
    Compute,
}

/// A component of the row.
#[derive(Clone, Debug)]
pub(super) struct Component<'n> {
    pub name: String,
    pub class: String,
    pub role: Role,
    /// All copies along X and Y.
    pub mesh: [u64; 2],
    /// Its attributes, and those of what it is inside, innermost first.
    pub attributes: Vec<Cursor<'n>>,
    pub cursor: Cursor<'n>,
}

/// The row, and what else its file names.
#[derive(Debug, Default)]
pub(super) struct Hierarchy<'n> {
    /// Its name.
    pub name: String,
    pub components: Vec<Component<'n>>,
    /// Containers with copies: their names, and the component that they begin with.
    pub containers: Vec<(String, usize)>,
    /// Constraints that stand with a component or container: their name, and what they say.
    pub constraints: Vec<(String, Cursor<'n>)>,
}

/// Classes of components by what is in their names, in lower case.
const CLASSES: [(&str, Role); 13] = [
    ("dram", Role::Storage),
    ("sram", Role::Storage),
    ("regfile", Role::Storage),
    ("smartbuffer", Role::Storage),
    ("smart_storage", Role::Storage),
    ("storage", Role::Storage),
    ("buffer", Role::Storage),
    ("register", Role::Storage),
    ("mac", Role::Compute),
    ("intmac", Role::Compute),
    ("fpmac", Role::Compute),
    ("compute", Role::Compute),
    ("multiplier", Role::Compute),
];

/// Classes of networks.
const NETWORKS: [&str; 7] =
    ["xy_noc", "legacy", "reductiontree", "reduction_tree", "simplemulticast", "simple_multicast", "wire"];

const COMPONENT: [&str; 5] = ["name", "class", "attributes", "constraints", "spatial"];
const COMPONENT_UNUSED: &Unused = &[
    ("actions", "actions of an energy estimator; prices come from the energy reference table"),
    ("area_scale", "areas are not estimated from these files"),
    ("energy_scale", "would scale prices that an estimator makes; give them in an energy reference table"),
    ("component_classes", "classes of an energy estimator"),
    ("subclass", "the class of an energy estimator"),
    ("required_actions", "actions of an energy estimator; those that are counted must have a price"),
];

/// Reads the architecture under the cursor.
pub(super) fn read<'n>(source: &mut Source, architecture: &Cursor<'n>) -> Option<Hierarchy<'n>> {
    source.version(architecture);
    let known = ["version", "subtree", "nodes", "name", "attributes", "local"];
    source.fields(architecture, &known, &[("variables", "variables of an energy estimator")])?;
    let mut row = Hierarchy::default();
    let complete = match (at(architecture, "subtree"), at(architecture, "nodes")) {
        (Some(_), Some(nodes)) => {
            source.report.wrong(&nodes, "either `subtree` or `nodes`");
            false
        }
        (_, Some(nodes)) => list(source, &nodes, &mut Around::default(), &mut row),
        // An architecture without a tree may itself be the only element.
        _ => tree(source, architecture, 1, &[], &mut row),
    };
    if complete && check(source, architecture, &row) { Some(row) } else { None }
}

/// An element of a tree: what is local to it, then the one tree inside.
fn tree<'n>(
    source: &mut Source,
    element: &Cursor<'n>,
    copies: u64,
    outside: &[Cursor<'n>],
    row: &mut Hierarchy<'n>,
) -> bool {
    let mut copies = copies;
    if let Some(name) = at(element, "name") {
        let Some((name, range)) = name.node.text().and_then(ranged) else {
            source.report.wrong(&name, "a name, with a range of copies if need be, as in PE[0..167]");
            return false;
        };
        copies = copies.saturating_mul(range);
        if row.name.is_empty() {
            row.name = name;
        }
    }
    let attributes: Vec<Cursor> = at(element, "attributes").into_iter().chain(outside.iter().cloned()).collect();
    let mut complete = true;
    if let Some(local) = at(element, "local") {
        for item in source.report.list(&local).unwrap_or_default() {
            complete &= component(source, &item, Copies::All(copies), &attributes, row);
        }
    }
    let Some(subtree) = at(element, "subtree") else { return complete };
    let inside = source.report.list(&subtree).unwrap_or_default();
    let [inside] = &inside[..] else {
        let found = format!("{} elements side by side", inside.len());
        source.report.wrong_at(subtree.node.span, &subtree.path, found, "one: only a row of levels is evaluated");
        return false;
    };
    if source.fields(inside, &["name", "attributes", "local", "subtree"], &[]).is_none() {
        return false;
    }
    tree(source, inside, copies, &attributes, row) && complete
}

/// What a node of a list is inside.
#[derive(Clone, Debug)]
struct Around<'n> {
    mesh: [u64; 2],
    attributes: Vec<Cursor<'n>>,
}

impl Default for Around<'_> {
    fn default() -> Self {
        Around { mesh: [1, 1], attributes: Vec::new() }
    }
}

/// The nodes of a list, each inside those before it.
fn list<'n>(source: &mut Source, nodes: &Cursor<'n>, around: &mut Around<'n>, row: &mut Hierarchy<'n>) -> bool {
    let mut complete = true;
    for item in source.report.list(nodes).unwrap_or_default() {
        let tag = item.node.tag.as_deref().unwrap_or_default();
        match tag.trim_start_matches('!').to_ascii_lowercase().as_str() {
            "container" => complete &= container(source, &item, around, row),
            "component" => {
                let Some(mesh) = spatial(source, &item) else { return false };
                around.mesh = [0, 1].map(|axis| around.mesh[axis].saturating_mul(mesh[axis]));
                complete &= component(source, &item, Copies::Mesh(around.mesh), &around.attributes, row);
            }
            "hierarchical" => match source.need(&item, "nodes") {
                Some(inside) => complete &= list(source, &inside, around, row),
                None => complete = false,
            },
            "parallel" | "pipelined" => {
                let found = format!("the tag {}", quoted(tag));
                let expected = "nodes inside each other: only a row of levels is evaluated";
                source.report.wrong_at(item.node.span, &item.path, found, expected);
                complete = false;
            }
            _ => {
                let found = if tag.is_empty() { "no tag".into() } else { format!("the tag {}", quoted(tag)) };
                source.report.wrong_at(item.node.span, &item.path, found, "!Component, !Container or !Hierarchical");
                complete = false;
            }
        }
    }
    complete
}

fn container<'n>(source: &mut Source, item: &Cursor<'n>, around: &mut Around<'n>, row: &mut Hierarchy<'n>) -> bool {
    if source.fields(item, &["name", "attributes", "spatial", "constraints"], COMPONENT_UNUSED).is_none() {
        return false;
    }
    let name = source.need(item, "name").and_then(|name| source.report.text(&name, "a name"));
    let (Some(name), Some(mesh)) = (name, spatial(source, item)) else { return false };
    around.mesh = [0, 1].map(|axis| around.mesh[axis].saturating_mul(mesh[axis]));
    around.attributes.splice(0..0, at(item, "attributes"));
    if row.name.is_empty() {
        row.name = name.to_string();
    }
    row.containers.push((name.to_string(), row.components.len()));
    row.constraints.extend(at(item, "constraints").map(|constraints| (name.to_string(), constraints)));
    true
}

/// Copies of a node inside one of what is outside.
fn spatial(source: &mut Source, item: &Cursor) -> Option<[u64; 2]> {
    let Some(spatial) = at(item, "spatial") else { return Some([1, 1]) };
    source.fields(&spatial, &["meshX", "meshY"], &[("get_fanout_X", "no copies"), ("get_fanout_Y", "no copies")])?;
    let mut along = |key| at(&spatial, key).map_or(Some(1), |size| source.whole(&size, 1, MAX_COPIES));
    Some([along("meshX")?, along("meshY")?])
}

/// How many copies of a component there are.
#[derive(Clone, Copy, Debug)]
enum Copies {
    /// So many of what it is in; its own range and mesh say the rest.
    All(u64),
    /// These.
    Mesh([u64; 2]),
}

fn component<'n>(
    source: &mut Source,
    item: &Cursor<'n>,
    copies: Copies,
    outside: &[Cursor<'n>],
    row: &mut Hierarchy<'n>,
) -> bool {
    if source.fields(item, &COMPONENT, COMPONENT_UNUSED).is_none() {
        return false;
    }
    let (name, class) = (source.need(item, "name"), source.need(item, "class"));
    let (Some(name), Some(class)) = (name, class) else { return false };
    let Some((leaf, range)) = name.node.text().and_then(ranged) else {
        source.report.wrong(&name, "a name, with a range of copies if need be, as in PE[0..167]");
        return false;
    };
    let Some(text) = source.report.text(&class, "a class") else { return false };
    let lower = text.to_ascii_lowercase();
    if NETWORKS.contains(&lower.as_str()) {
        source.note(item.node.span, &item.path, "a network: words are counted on it, but its wires have no price");
        return true;
    }
    let Some(&(_, role)) = CLASSES.iter().find(|(known, _)| lower.contains(known)) else {
        source.report.unknown(class.node.span, &class.path, "class", text, CLASSES.map(|(known, _)| known));
        return false;
    };
    let attributes: Vec<Cursor> = at(item, "attributes").into_iter().chain(outside.iter().cloned()).collect();
    let mesh = match copies {
        Copies::Mesh(mesh) if range == 1 => Some(mesh),
        Copies::Mesh(_) => {
            source.report.wrong(&name, "a name without a range: copies are said with `spatial`");
            None
        }
        Copies::All(copies) => mesh_of(source, item, copies.saturating_mul(range)),
    };
    let Some(mesh) = mesh else { return false };
    row.constraints.extend(at(item, "constraints").map(|constraints| (leaf.clone(), constraints)));
    row.components.push(Component { name: leaf, class: lower, role, mesh, attributes, cursor: item.clone() });
    true
}

/// How so many copies of a component lie, by its attributes.
fn mesh_of(source: &mut Source, item: &Cursor, copies: u64) -> Option<[u64; 2]> {
    let attributes = at(item, "attributes");
    let mut number = |key: &str| match attributes.as_ref().and_then(|attributes| at(attributes, key)) {
        Some(value) => source.whole(&value, 1, MAX_COPIES).map(Some),
        None => Some(None),
    };
    let (x, y, instances) = (number("meshX")?, number("meshY")?, number("instances")?);
    // A name without a range may leave the number of copies to its attributes.
    let copies = match instances {
        Some(instances) if copies == 1 => instances,
        _ if copies == 1 => x.unwrap_or(1).saturating_mul(y.unwrap_or(1)),
        _ => copies,
    };
    let mesh = match (x, y) {
        (Some(x), Some(y)) => [x, y],
        (Some(x), None) => [x, copies / x],
        (None, Some(y)) => [copies / y, y],
        (None, None) => [copies, 1],
    };
    if mesh[0].saturating_mul(mesh[1]) != copies || instances.is_some_and(|instances| instances != copies) {
        let found = format!("{copies} copies, meshX {}, meshY {}", mesh[0], mesh[1]);
        source.report.wrong_at(item.node.span, &item.path, found, "a mesh of as many places as copies");
        return None;
    }
    Some(mesh)
}

/// A name without its range of copies, and how many those are; none for what is no such name.
fn ranged(text: &str) -> Option<(String, u64)> {
    let Some((name, range)) = text.split_once('[') else {
        return (!text.is_empty()).then(|| (text.to_string(), 1));
    };
    let (first, last) = range.strip_suffix(']')?.split_once("..")?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let copies = last.checked_sub(first)?.checked_add(1).filter(|&copies| copies <= MAX_COPIES)?;
    (!name.is_empty()).then(|| (name.to_string(), copies))
}

/// One compute unit, innermost, below at least one storage; each level spread evenly over those of the one above.
fn check(source: &mut Source, architecture: &Cursor, row: &Hierarchy) -> bool {
    let mut computes = row.components.iter().filter(|component| component.role == Role::Compute);
    let expected = "storage levels, then one compute unit";
    let Some(compute) = computes.next() else {
        source.report.wrong_at(architecture.node.span, &architecture.path, "no compute unit", expected);
        return false;
    };
    if let Some(second) = computes.next() {
        source.report.wrong_at(second.cursor.node.span, &second.cursor.path, "a second compute unit", expected);
        return false;
    }
    let last = row.components.last().is_some_and(|last| last.name == compute.name);
    if !last || row.components.len() < 2 {
        let found = if last { "no storage" } else { "storage inside the compute unit" };
        source.report.wrong_at(compute.cursor.node.span, &compute.cursor.path, found, expected);
        return false;
    }
    let mut even = true;
    let mut outer = [1, 1];
    for component in &row.components {
        let (mesh, cursor) = (component.mesh, &component.cursor);
        if (0..2).any(|axis| !mesh[axis].is_multiple_of(outer[axis])) {
            let found = format!("{} x {} copies inside {} x {}", mesh[0], mesh[1], outer[0], outer[1]);
            let expected = "as many inside each of those outside, along X and along Y";
            source.report.wrong_at(cursor.node.span, &cursor.path, found, expected);
            even = false;
        }
        outer = mesh;
    }
    even
}
