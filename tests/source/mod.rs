//! The files in `src/`, for tests that read them.

use std::path::Path;

/// A file, with its path below the root.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// The top-level module that it belongs to.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn module(&self) -> String {
        let below = self.path.trim_start_matches("src/");
        below.split(['/', '.']).next().unwrap_or_default().to_owned()
    }
}

/// All Rust files below `src/`.
pub fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut folders, mut found) = (vec![root.join("src")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let below = path.strip_prefix(root).expect("it is below the root");
                let path_text = below.to_string_lossy().replace('\\', "/");
                found.push(File { path: path_text, text: std::fs::read_to_string(&path).expect("UTF-8") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 50, "the source was not found");
    found
}

/// The text with what follows `//` in each line left out. (Inside of strings too: good enough for what is looked for.)
pub fn without_comments(text: &str) -> String {
    text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
