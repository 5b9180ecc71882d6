//! Computed blocks of `docs/silicon.md`: a comment `<!-- computed: NAME -->`, then a fenced block.

use std::path::PathBuf;
use std::sync::Mutex;

/// Tests run at once and bless one file.
static PAGE: Mutex<()> = Mutex::new(());

/// Checks that the blocks of these names hold these texts, or makes them.
pub fn check(blocks: &[(&str, String)]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/silicon.md");
    let bless = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    let _guard = PAGE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut page = std::fs::read_to_string(&path).unwrap();
    for (name, computed) in blocks {
        let opening = format!("<!-- computed: {name} -->\n```text\n");
        let start =
            page.find(&opening).unwrap_or_else(|| panic!("docs/silicon.md has no block {name:?}")) + opening.len();
        let end = start + page[start..].find("```").expect("a block ends");
        let computed = format!("{}\n", computed.trim());
        if bless {
            page.replace_range(start..end, &computed);
        } else {
            assert_eq!(&page[start..end], computed, "docs/silicon.md: block {name:?} is out of date");
        }
    }
    if bless {
        std::fs::write(&path, page).unwrap();
    }
}
