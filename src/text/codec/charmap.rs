//! Encodings of one byte a character: ASCII, and a table of the upper half. Just above floor 0.

use super::charmap_tables::CHARMAPS;

/// What an encoding has beyond ASCII.
#[derive(PartialEq, Eq, Debug)]
pub struct Charmap {
    /// `CodecInfo.name`.
    pub name: &'static str,
    /// Its names in normal form.
    pub aliases: &'static [&'static str],
    /// The characters of the bytes 0x80 to 0xff; U+FFFE where there is none.
    pub upper: [char; 128],
}

impl Charmap {
    /// By one of its names in normal form (`iso8859_15`).
    pub fn named(name: &str) -> Option<&'static Charmap> {
        CHARMAPS.iter().find(|map| map.aliases.contains(&name))
    }

    /// The character of a byte.
    pub fn char_of(&self, byte: u8) -> Option<char> {
        match self.upper.get(usize::from(byte).wrapping_sub(128)) {
            Some('\u{fffe}') => None,
            Some(&c) => Some(c),
            None => Some(byte as char),
        }
    }

    /// The byte of a character.
    pub fn byte_of(&self, c: char) -> Option<u8> {
        if c.is_ascii() {
            return Some(c as u8);
        }
        let at = self.upper.iter().position(|&u| u == c && c != '\u{fffe}')?;
        Some(at as u8 + 128)
    }
}
