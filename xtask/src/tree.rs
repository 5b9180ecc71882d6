//! The files of the workspace, read once; every check is a function of this value.

use std::fs;
use std::io;
use std::path::Path;

/// Folders that hold what tools made, wherever they stand.
const MADE_BY_TOOLS: &[&str] = &[".git", "target", "node_modules", "__pycache__"];

/// Larger files are not read: no source or prose is that long.
const LARGEST_TEXT: u64 = 1 << 20;

/// One file.
pub struct File {
    /// From the root, with `/` between folders.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// Empty when the file is not UTF-8 or is larger than any text.
    pub text: String,
}

impl File {
    /// Whether the file is Rust source.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The name without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Lines with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The lines that are not tests: none of a file in `tests` or `benches` or named `tests.rs`, else all before the
    /// module of tests.
    pub fn lines_without_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_test = self.path.split('/').any(|part| ["tests", "tests.rs", "benches"].contains(&part));
        let end = match self.text.find("\n#[cfg(test)]\nmod tests {") {
            _ if is_test => 0,
            Some(position) => self.text[..position].lines().count(),
            None => usize::MAX,
        };
        self.lines().take(end)
    }

    /// The lines of [`File::lines_without_tests`] that hold code.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines_without_tests().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The `//!` lines at the head of a Rust file, without their marker.
    pub fn module_doc(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().map_while(|(number, line)| Some((number, line.strip_prefix("//!")?)))
    }
}

/// All files, in the order of their paths.
pub struct Tree {
    files: Vec<File>,
}

impl Tree {
    /// Reads the files under `root`, leaving out symbolic links and what tools made.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        read_folder(root, "", &mut files)?;
        Ok(Self::of(files))
    }

    fn of(mut files: Vec<File>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// A tree of the given paths and texts.
    #[cfg(test)]
    pub fn sample(files: &[(&str, &str)]) -> Self {
        Self::of(
            files
                .iter()
                .map(|&(path, text)| File { path: path.into(), size: text.len() as u64, text: text.into() })
                .collect(),
        )
    }

    /// All files.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The Rust sources.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether `path` is a file or a folder.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.iter().any(|file| {
            file.path.strip_prefix(path).is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('/'))
        })
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if MADE_BY_TOOLS.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if kind.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() {
            let size = entry.metadata()?.len();
            let text = match size {
                0..=LARGEST_TEXT => String::from_utf8(fs::read(entry.path())?).unwrap_or_default(),
                _ => String::new(),
            };
            files.push(File { path, size, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_ends_where_the_tests_begin() {
        let tree = Tree::sample(&[
            ("a.rs", "//! Doc.\n// Remark.\nfn a() {}\n\n#[cfg(test)]\nmod tests {}\n"),
            ("lib.rs", "#[cfg(test)]\nmod tests;\nfn c() {}\n"),
            ("tests/b.rs", "//! Doc.\nfn b() {}\n"),
        ]);
        let code: Vec<_> = tree.rust().flat_map(File::code).collect();
        assert_eq!(code, [(3, "fn a() {}"), (1, "#[cfg(test)]"), (2, "mod tests;"), (3, "fn c() {}")]);
        assert_eq!(tree.files()[0].module_doc().collect::<Vec<_>>(), [(1, " Doc.")]);
    }

    #[test]
    fn folders_are_whole_names() {
        let tree = Tree::sample(&[("crates/nn/src/lib.rs", "")]);
        assert!(tree.has("crates/nn") && tree.has("crates/nn/") && tree.has("crates/nn/src/lib.rs"));
        assert!(!tree.has("crates/n") && !tree.has("crates/nn/src/lib"));
    }
}
