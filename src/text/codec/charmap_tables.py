"""Writes charmap_tables.rs: the upper halves of the encodings of one byte that are ASCII below, from CPython's codecs.

Use: python3.13 src/text/codec/charmap_tables.py > src/text/codec/charmap_tables.rs
"""
import codecs
import unicodedata
import encodings.aliases

NAMES = ['cp437', 'cp720', 'cp737', 'cp775', 'cp850', 'cp852', 'cp855', 'cp857', 'cp858', 'cp860', 'cp861', 'cp862', 'cp863',
         'cp865', 'cp866', 'cp869', 'cp874', 'cp1125', 'cp1250', 'cp1251', 'cp1252', 'cp1253', 'cp1254', 'cp1255', 'cp1256',
         'cp1257', 'cp1258', 'iso8859_2', 'iso8859_3', 'iso8859_4', 'iso8859_5', 'iso8859_6', 'iso8859_7', 'iso8859_8',
         'iso8859_9', 'iso8859_10', 'iso8859_11', 'iso8859_13', 'iso8859_14', 'iso8859_15', 'iso8859_16', 'koi8_r', 'koi8_t',
         'koi8_u', 'kz1048', 'mac_cyrillic', 'mac_greek', 'mac_iceland', 'mac_latin2', 'mac_roman', 'mac_turkish', 'ptcp154',
         'tis_620']

print('//! Tables of encodings of one byte a character. Written by `charmap_tables.py`; just above floor 0.')
print()
print('use super::Charmap;')
print()
print('#[rustfmt::skip]')
print('pub(super) static CHARMAPS: &[Charmap] = &[')
for name in NAMES:
    aliases = [name] + sorted(a for a, target in encodings.aliases.aliases.items() if target == name and a != name)
    if name.startswith('iso8859'):
        aliases.append('iso_' + name[3:])
    aliases = list(dict.fromkeys(aliases))
    info = codecs.lookup(name)
    assert bytes(range(128)).decode(name) == ''.join(map(chr, range(128)))
    upper = []
    for b in range(128, 256):
        try:
            c = bytes([b]).decode(name)
        except UnicodeDecodeError:
            c = '\ufffe'
        upper.append("'" + (c if c.isprintable() and not c.isspace() and not unicodedata.combining(c) else '\\u{%x}' % ord(c)) + "'")
    print(f'    Charmap {{')
    print(f'        name: "{info.name}",')
    print(f'        aliases: &[' + ', '.join(f'"{a}"' for a in aliases) + '],')
    print(f'        upper: [')
    for i in range(0, 128, 16):
        print('            ' + ', '.join(upper[i:i + 16]) + ',')
    print('        ],')
    print('    },')
print('];')
