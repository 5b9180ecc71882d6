//! Files beside the project that tests may use and the project does not hold.

use std::io::Write;
use std::path::PathBuf;

/// The paths of files of the shared folder: `$STATIONARY_SHARED`, or `../shared` beside the workspace. Without any of
/// them the test is skipped, and says so.
pub fn find<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let beside = std::env::var_os("STATIONARY_SHARED").map_or(workspace.join("../shared"), PathBuf::from);
    let paths = names.map(|name| beside.join(name));
    match names.iter().zip(&paths).find(|(_, path)| !path.is_file()) {
        None => Some(paths),
        Some((name, _)) => {
            let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/{name}");
            None
        }
    }
}
