//! Which characters are the same where case doesn't count. Pure; see `text`.
//!
//! Invariant: `fold` is the same for two characters exactly when one matches the other under `IGNORECASE`.

/// How case is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Case {
    /// Every character for itself.
    Exact,
    /// ASCII letters without case: `ASCII`, `LOCALE`, and `bytes`.
    Ascii,
    /// All letters without case.
    Unicode,
}

/// Characters that are neither the folded form of their kind nor its lower case: folded form, character.
const MORE: &[(u32, u32)] = &[
    (0x49, 0x130),
    (0x49, 0x131),
    (0x4b, 0x212a),
    (0x53, 0x17f),
    (0xc5, 0x212b),
    (0xdf, 0x1e9e),
    (0x1c4, 0x1c5),
    (0x1c7, 0x1c8),
    (0x1ca, 0x1cb),
    (0x1f1, 0x1f2),
    (0x390, 0x1fd3),
    (0x392, 0x3d0),
    (0x395, 0x3f5),
    (0x398, 0x3d1),
    (0x398, 0x3f4),
    (0x399, 0x345),
    (0x399, 0x1fbe),
    (0x39a, 0x3f0),
    (0x39c, 0xb5),
    (0x3a0, 0x3d6),
    (0x3a1, 0x3f1),
    (0x3a3, 0x3c2),
    (0x3a6, 0x3d5),
    (0x3a9, 0x2126),
    (0x3b0, 0x1fe3),
    (0x412, 0x1c80),
    (0x414, 0x1c81),
    (0x41e, 0x1c82),
    (0x421, 0x1c83),
    (0x422, 0x1c84),
    (0x422, 0x1c85),
    (0x42a, 0x1c86),
    (0x462, 0x1c87),
    (0x1e60, 0x1e9b),
    (0xa64a, 0x1c88),
    (0xfb06, 0xfb05),
];

/// Title-case Greek letters whose upper case has two characters: they are 8 after their lower case.
fn greek_title(c: u32) -> Option<u32> {
    match c {
        0x1f88..=0x1f8f | 0x1f98..=0x1f9f | 0x1fa8..=0x1faf => Some(c - 8),
        0x1fbc | 0x1fcc | 0x1ffc => Some(c - 9),
        _ => None,
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(u), None) => u,
        _ => c,
    }
}

/// The one character that stands for all of its kind.
pub fn fold(c: u32, case: Case) -> u32 {
    match case {
        Case::Exact => c,
        Case::Ascii => fold_ascii(c),
        Case::Unicode if c < 0x80 => fold_ascii(c),
        Case::Unicode => match char::from_u32(c) {
            Some(ch) => match upper(lower(ch)) as u32 {
                0xfb05 => 0xfb06,
                0x1fd3 => 0x390,
                0x1fe3 => 0x3b0,
                folded => folded,
            },
            None => c,
        },
    }
}

fn fold_ascii(c: u32) -> u32 {
    match c {
        0x61..=0x7a => c - 32,
        _ => c,
    }
}

/// Calls `f` with each character that is the same as `c` where case doesn't count, until it says yes.
pub fn any_variant(c: u32, case: Case, mut f: impl FnMut(u32) -> bool) -> bool {
    if f(c) {
        return true;
    }
    match case {
        Case::Exact => false,
        Case::Ascii => match c {
            0x41..=0x5a => f(c + 32),
            0x61..=0x7a => f(c - 32),
            _ => false,
        },
        Case::Unicode => {
            let folded = fold(c, case);
            if folded != c && f(folded) {
                return true;
            }
            let low = char::from_u32(folded).map_or(folded, |ch| lower(ch) as u32);
            if low != c && low != folded && f(low) {
                return true;
            }
            let from = MORE.partition_point(|&(k, _)| k < folded);
            let more = MORE[from..].iter().take_while(|&&(k, _)| k == folded).any(|&(_, x)| x != c && f(x));
            more || (0x1f80..0x2000).contains(&folded)
                && [8, 9].iter().any(|d| greek_title(folded + d) == Some(folded) && folded + d != c && f(folded + d))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let same = |a: char, b: char| fold(a as u32, Case::Unicode) == fold(b as u32, Case::Unicode);
        assert!(same('k', '\u{212a}') && same('i', '\u{131}') && same('s', '\u{17f}') && same('\u{fb05}', '\u{fb06}'));
        assert!(same('\u{1f80}', '\u{1f88}') && !same('\u{df}', 's'));
        let reaches = |a: u32, b: u32| any_variant(a, Case::Unicode, |x| x == b);
        assert!(reaches('I' as u32, 0x131) && reaches(0x131, 'i' as u32) && reaches(0x1f80, 0x1f88));
        assert!(!any_variant('k' as u32, Case::Ascii, |x| x == 0x212a));
    }
}
