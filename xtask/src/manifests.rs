//! The crates of the workspace and what each depends on, as their `Cargo.toml` files say.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::tidy::Finding;
use crate::tree::Tree;

/// One crate of the workspace.
#[derive(Debug)]
pub struct Crate {
    /// The folder's name, which is also the library's: `nn`.
    pub name: String,
    /// Where its `Cargo.toml` is.
    pub manifest: String,
    /// Crates of the workspace that the library or program is built from.
    pub uses: BTreeSet<String>,
    /// Crates of the workspace that only its tests or its build script use.
    pub test_uses: BTreeSet<String>,
    /// Crates from elsewhere, of any kind.
    pub foreign: BTreeSet<String>,
    /// Whether it takes the workspace's lints.
    pub lints: bool,
}

/// The crates in the order of their paths, or what is wrong with a manifest.
pub fn crates(tree: &Tree) -> Result<Vec<Crate>, Finding> {
    let workspace = parse(tree, "Cargo.toml")?;
    let shared = table(&workspace, &["workspace", "dependencies"]).cloned().unwrap_or_default();
    tree.files()
        .iter()
        .filter_map(|file| file.path.strip_suffix("/Cargo.toml"))
        .map(|folder| one(folder, &shared, &parse(tree, &format!("{folder}/Cargo.toml"))?))
        .collect()
}

fn one(folder: &str, shared: &Table, manifest: &Table) -> Result<Crate, Finding> {
    let mut this = Crate {
        name: last(folder).into(),
        manifest: format!("{folder}/Cargo.toml"),
        uses: BTreeSet::new(),
        test_uses: BTreeSet::new(),
        foreign: BTreeSet::new(),
        lints: table(manifest, &["lints"]).and_then(|lints| lints.get("workspace")) == Some(&Value::Boolean(true)),
    };
    let platforms = table(manifest, &["target"]).into_iter().flat_map(|target| target.values());
    let tables = platforms.filter_map(Value::as_table).chain([manifest]);
    let kinds = tables.flat_map(|platform| {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|kind| Some((kind, platform.get(kind)?.as_table()?)))
    });
    for (kind, dependencies) in kinds {
        for (name, value) in dependencies {
            let inherited = value.get("workspace").is_some();
            let path = if inherited { shared.get(name).and_then(|value| value.get("path")) } else { value.get("path") };
            match path.and_then(Value::as_str) {
                None => this.foreign.insert(name.clone()),
                Some(path) if kind == "dependencies" => this.uses.insert(last(path).into()),
                Some(path) => this.test_uses.insert(last(path).into()),
            };
        }
    }
    Ok(this)
}

/// Name -> the crates it is built from.
pub fn graph(crates: &[Crate]) -> BTreeMap<&str, &BTreeSet<String>> {
    crates.iter().map(|one| (one.name.as_str(), &one.uses)).collect()
}

fn parse(tree: &Tree, path: &str) -> Result<Table, Finding> {
    let text = tree.file(path).map(|file| file.text.as_str()).ok_or_else(|| Finding::new(path, "is missing"))?;
    text.parse().map_err(|error: toml::de::Error| Finding::new(path, error.message()))
}

fn table<'a>(root: &'a Table, path: &[&str]) -> Option<&'a Table> {
    path.iter().try_fold(root, |table, key| table.get(*key)?.as_table())
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_dependency_is_seen() {
        let tree = Tree::sample(&[
            ("Cargo.toml", "[workspace.dependencies]\nnn = { path = 'crates/nn' }\nrayon = '1'\n"),
            (
                "crates/model/Cargo.toml",
                "[dependencies]\nnn.workspace = true\nrayon.workspace = true\n\
                 [dev-dependencies]\nprune = { path = '../prune' }\n\
                 [target.'cfg(unix)'.dependencies]\nmapper = { path = '../mapper' }\n",
            ),
        ]);
        let crates = crates(&tree).unwrap();
        assert_eq!(crates[0].uses, ["mapper", "nn"].map(String::from).into());
        assert_eq!(crates[0].test_uses, ["prune".to_string()].into());
        assert_eq!(crates[0].foreign, ["rayon".to_string()].into());
        assert!(!crates[0].lints);
    }

    #[test]
    fn a_bad_manifest_is_named() {
        let tree = Tree::sample(&[("Cargo.toml", ""), ("crates/nn/Cargo.toml", "[dependencies")]);
        assert_eq!(crates(&tree).unwrap_err().path, "crates/nn/Cargo.toml");
    }
}
