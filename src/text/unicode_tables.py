"""Writes src/text/unicode_tables.rs from the running Python's character database.

Use: python3.13 src/text/unicode_tables.py > src/text/unicode_tables.rs && cargo fmt
"""

import sys
import unicodedata

CHARS = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]


def char(c):
    return "'\\u{%x}'" % ord(c)


def text(s):
    return '"' + "".join("\\u{%x}" % ord(c) for c in s) + '"'


def ranges(wanted):
    found = []
    for c in CHARS:
        if wanted(c):
            if found and ord(c) == ord(found[-1][1]) + 1:
                found[-1][1] = c
            else:
                found.append([c, c])
    return found


def table(doc, name, kind, rows):
    print(f"\n/// {doc}")
    print(f"pub(super) const {name}: &[{kind}] = &[{', '.join(rows)}];")


print("//! Tables of the character database that neither the standard library nor a crate at hand has. Pure; see `text`.")
print("//!")
print(f"//! Invariant: written by `src/text/unicode_tables.py` (Unicode {unicodedata.unidata_version}), never by hand; each is sorted by its first column.")
zeros = [c for c in CHARS if unicodedata.decimal(c, None) == 0]
assert all(unicodedata.decimal(chr(ord(z) + i), None) == i for z in zeros for i in range(10))
assert len(zeros) * 10 == sum(c.isdecimal() for c in CHARS)
table("The zero of each script; the digits 1 to 9 follow it.", "ZEROS", "char", map(char, zeros))
pairs = lambda wanted: [f"({char(a)}, {char(b)})" for a, b in ranges(wanted)]
table("`isdigit` but not `isdecimal`, as ranges.", "DIGITS", "(char, char)", pairs(lambda c: c.isdigit() and not c.isdecimal()))
table("`isnumeric` but not `isdigit`, as ranges.", "NUMERIC", "(char, char)", pairs(lambda c: c.isnumeric() and not c.isdigit()))
table("Title case where it is not upper case.", "TITLE", "(char, &str)",
      [f"({char(c)}, {text(c.title())})" for c in CHARS if c.title() != c.upper()])
table("Folded case where it is not lower case.", "FOLD", "(char, &str)",
      [f"({char(c)}, {text(c.casefold())})" for c in CHARS if c.casefold() != c.lower()])
table("Not assigned in this version of Unicode, as ranges.", "UNASSIGNED", "(char, char)",
      pairs(lambda c: unicodedata.category(c) == "Cn"))
