//! A line diff for failing tests.
//!
//! A few lines of our own in place of a crate: the texts are short, what is equal at both ends is cut off first, and
//! a plain table of longest common subsequences is quick enough for what remains.

/// Lines of agreement shown around a difference.
const CONTEXT: usize = 3;
/// Beyond this many table cells the middle is shown as one block out, one block in.
const MAX_CELLS: usize = 4_000_000;

/// `-` is expected and missing, `+` came out and is not expected.
pub fn diff(expected: &str, found: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) =
        (expected.split_inclusive('\n').collect(), found.split_inclusive('\n').collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    let mut out = String::new();
    if start > CONTEXT {
        out += &format!("  … {} equal lines\n", start - CONTEXT);
    }
    a[start.saturating_sub(CONTEXT)..start].iter().for_each(|text| push(&mut out, ' ', text));
    middle(&mut out, &a[start..a.len() - end], &b[start..b.len() - end]);
    a[a.len() - end..].iter().take(CONTEXT).for_each(|text| push(&mut out, ' ', text));
    if end > CONTEXT {
        out += &format!("  … {} equal lines\n", end - CONTEXT);
    }
    out
}

/// The part between the first and the last difference.
fn middle(out: &mut String, a: &[&str], b: &[&str]) {
    let width = b.len() + 1;
    let (mut i, mut j) = (0, 0);
    if (a.len() + 1) * width <= MAX_CELLS {
        // common[i * width + j]: how many lines a[i..] and b[j..] have in common.
        let mut common = vec![0u32; (a.len() + 1) * width];
        for i in (0..a.len()).rev() {
            for j in (0..b.len()).rev() {
                common[i * width + j] = if a[i] == b[j] {
                    common[(i + 1) * width + j + 1] + 1
                } else {
                    common[(i + 1) * width + j].max(common[i * width + j + 1])
                };
            }
        }
        while i < a.len() && j < b.len() {
            if a[i] == b[j] {
                push(out, ' ', a[i]);
                (i, j) = (i + 1, j + 1);
            } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
                push(out, '-', a[i]);
                i += 1;
            } else {
                push(out, '+', b[j]);
                j += 1;
            }
        }
    }
    a[i..].iter().for_each(|text| push(out, '-', text));
    b[j..].iter().for_each(|text| push(out, '+', text));
}

/// One line with its mark; a missing line end is said, and other invisible characters are spelled out.
fn push(out: &mut String, mark: char, text: &str) {
    out.push(mark);
    out.push(' ');
    let line = text.strip_suffix('\n');
    for c in line.unwrap_or(text).chars() {
        if c.is_control() && c != '\t' { out.extend(c.escape_default()) } else { out.push(c) }
    }
    if line.is_none() {
        out.push_str("␄ (no line end)");
    }
    out.push('\n');
}
