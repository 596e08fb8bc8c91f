//! CPython's hashes, with `PYTHONHASHSEED=0` for text. Pure; see `text`.
//!
//! Invariant: the result is never -1 ("Hashing of numeric types" of the library reference; `Python/pyhash.c`, `Objects/tupleobject.c`,
//! `Objects/setobject.c`). Equal numbers of different types hash alike.

use std::hash::Hasher;

use super::surrogate;
use dashu_int::{IBig, Sign};
use siphasher::sip::SipHasher13;

/// The hashes of numbers are residues modulo this prime, 2^61 - 1.
pub const MODULUS: u64 = (1 << 61) - 1;
/// `hash(float('inf'))`.
pub const INFINITY: i64 = 314159;
/// `hash(None)`.
pub const NONE: i64 = 0xFCA8_6420;
const IMAGINARY: u64 = 1_000_003;

#[inline]
fn never_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// `hash(n)` of a small integer; also that of a `bool`.
#[inline]
pub fn i64(n: i64) -> i64 {
    let size = n.unsigned_abs();
    let residue = if size < MODULUS { size } else { size % MODULUS } as i64;
    never_minus_one(if n < 0 { -residue } else { residue })
}

/// `hash(n)` of an integer of any size.
pub fn int(n: &IBig) -> i64 {
    if let Ok(small) = i64::try_from(n) {
        return i64(small);
    }
    let (sign, words) = n.as_sign_words();
    let residue = words
        .iter()
        .rev()
        .fold(0u64, |residue, &word| ((u128::from(residue) << 64 | u128::from(word)) % u128::from(MODULUS)) as u64)
        as i64;
    never_minus_one(if sign == Sign::Negative { -residue } else { residue })
}

/// `hash(x)` of a float. A NaN hashes by identity in CPython; here it is 0 and the caller puts the object's own hash in its place.
pub fn float(x: f64) -> i64 {
    if x.is_nan() {
        return 0;
    }
    if x.is_infinite() {
        return if x > 0.0 { INFINITY } else { -INFINITY };
    }
    if x == x.trunc() && x.abs() < 9e18 {
        return i64(x as i64);
    }
    let (mantissa, exponent) = super::float::decode(x);
    // 2^61 is 1 modulo the prime: multiplying by a power of two rotates 61 bits.
    let turn = exponent.rem_euclid(61) as u32;
    let residue = mantissa % MODULUS;
    let turned = if turn == 0 { residue } else { (residue << turn & MODULUS) | residue >> (61 - turn) };
    never_minus_one(if x < 0.0 { -(turned as i64) } else { turned as i64 })
}

/// `hash(complex(real, imag))`.
pub fn complex(real: f64, imag: f64) -> i64 {
    let combined = (float(real) as u64).wrapping_add(IMAGINARY.wrapping_mul(float(imag) as u64));
    never_minus_one(combined as i64)
}

/// `hash(bytes)`: siphash13 under the zero key; 0 if empty.
pub fn bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    never_minus_one(SipHasher13::new().hash(bytes) as i64)
}

/// `hash(text)` of ASCII text, where the text is known when the interpreter is compiled.
pub const fn ascii(text: &str) -> i64 {
    const fn round(mut v: [u64; 4]) -> [u64; 4] {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[1]);
        v[0] = v[0].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
        v
    }
    let b = text.as_bytes();
    if b.is_empty() {
        return 0;
    }
    let mut v = [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
    let mut i = 0;
    while i <= b.len() {
        // The last word, which may be empty but for it, has the length in its highest byte.
        let mut word = if i + 8 > b.len() { (b.len() as u64) << 56 } else { 0 };
        let mut k = 0;
        while k < 8 && i + k < b.len() {
            word |= (b[i + k] as u64) << (8 * k);
            k += 1;
        }
        v[3] ^= word;
        v = round(v);
        v[0] ^= word;
        i += 8;
    }
    v[2] ^= 0xff;
    v = round(round(round(v)));
    match (v[0] ^ v[1] ^ v[2] ^ v[3]) as i64 {
        -1 => -2,
        hash => hash,
    }
}

/// `hash(text)`: over 1, 2 or 4 bytes for each character, by the widest, least byte first; 0 if empty.
pub fn str(text: &str) -> i64 {
    if text.is_ascii() {
        return bytes(text.as_bytes());
    }
    let widest = text.chars().map(surrogate::code_of).max().unwrap_or(0);
    let mut hasher = SipHasher13::new();
    if widest <= 0xff {
        let units: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
        return bytes(&units);
    }
    let mut units = Vec::with_capacity(text.len() * 2);
    if widest <= 0xffff {
        text.chars().for_each(|c| units.extend_from_slice(&(surrogate::code_of(c) as u16).to_le_bytes()));
    } else {
        text.chars().for_each(|c| units.extend_from_slice(&surrogate::code_of(c).to_le_bytes()));
    }
    hasher.write(&units);
    never_minus_one(hasher.finish() as i64)
}

/// Accumulates the hash of a tuple, item by item (a form of xxHash).
#[derive(Clone, Debug)]
pub struct TupleHasher {
    state: u64,
    len: u64,
}

const PRIME_1: u64 = 11400714785074694791;
const PRIME_2: u64 = 14029467366897019727;
const PRIME_5: u64 = 2870177450012600261;

impl TupleHasher {
    /// A hasher that has seen no item.
    #[inline]
    pub fn new() -> Self {
        TupleHasher { state: PRIME_5, len: 0 }
    }

    /// Adds the hash of the next item.
    #[inline]
    pub fn add(&mut self, item: i64) {
        let state = self.state.wrapping_add((item as u64).wrapping_mul(PRIME_2));
        self.state = state.rotate_left(31).wrapping_mul(PRIME_1);
        self.len += 1;
    }

    /// The hash of a `slice`, which does not count its items.
    pub fn finish_slice(&self) -> i64 {
        if self.state == u64::MAX { 1546275796 } else { self.state as i64 }
    }

    /// The tuple's hash.
    #[inline]
    pub fn finish(&self) -> i64 {
        let state = self.state.wrapping_add(self.len ^ (PRIME_5 ^ 3527539));
        if state == u64::MAX { 1546275796 } else { state as i64 }
    }
}

impl Default for TupleHasher {
    fn default() -> Self {
        Self::new()
    }
}

/// `hash(tuple)` from the hashes of its items.
pub fn tuple(items: impl IntoIterator<Item = i64>) -> i64 {
    let mut hasher = TupleHasher::new();
    items.into_iter().for_each(|item| hasher.add(item));
    hasher.finish()
}

/// `hash(frozenset)` from the hashes of its items, in any order.
pub fn frozenset(items: impl IntoIterator<Item = i64>) -> i64 {
    let mut hash = 0u64;
    let mut len = 0u64;
    for item in items {
        let item = item as u64;
        hash ^= (item ^ 89869747 ^ item << 16).wrapping_mul(3644798167);
        len += 1;
    }
    hash ^= len.wrapping_add(1).wrapping_mul(1927868237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69069).wrapping_add(907133923);
    if hash == u64::MAX { 590923713 } else { hash as i64 }
}

/// The hash of an object without a value of its own, from its address or serial number: rotated by 4 bits, as CPython's pointers.
pub fn identity(address: u64) -> i64 {
    never_minus_one(address.rotate_right(4) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> IBig {
        crate::text::int::parse(text, 10).unwrap_or_default()
    }

    #[test]
    fn hashes_made_early_are_the_same() {
        for n in 0..40 {
            let text = &"abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ"[..n];
            assert_eq!(ascii(text), str(text), "{text}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(i64(0), 0);
        assert_eq!(i64(1), 1);
        assert_eq!(i64(-1), -2);
        assert_eq!(i64(-2), -2);
        assert_eq!(i64(2305843009213693951), 0);
        assert_eq!(i64(2305843009213693952), 1);
        assert_eq!(i64(-2305843009213693951), 0);
        assert_eq!(i64(9223372036854775807), 3);
        assert_eq!(i64(i64::MIN), -4);
        assert_eq!(int(&big("18446744073709551616")), 8);
        assert_eq!(int(&big("-1267650600228229401496703205376")), -549755813888);
        assert_eq!(int(&big("1000000000000000000000000000000")), 465258685558744706);
        assert_eq!(int(&big("-10000000000000000000000000000000000000000")), -1388497483929617590);
        assert_eq!(int(&big("5316911983139663491615228241121378303")), 0);
        assert_eq!(float(0.5), 1152921504606846976);
        assert_eq!(float(-0.5), -1152921504606846976);
        assert_eq!(float(1.5), 1152921504606846977);
        assert_eq!(float(0.1), 230584300921369408);
        assert_eq!(float(-0.1), -230584300921369408);
        assert_eq!(float(1e+300), 1224995262755759164);
        assert_eq!(float(5e-324), 16777216);
        assert_eq!(float(1e+22), 1864712049423028464);
        assert_eq!(float(-1.0), -2);
        assert_eq!(float(3.0), 3);
        assert_eq!(float(9.223372036854776e+18), 4);
        assert_eq!(float(1e+18), 1000000000000000000);
        assert_eq!(float(f64::INFINITY), 314159);
        assert_eq!(float(-1e+100), -1822893315824342674);
        assert_eq!(complex(0.0, 1.0), 1000003);
        assert_eq!(complex(1.0, 2.0), 2000007);
        assert_eq!(complex(-1.0, 0.0), -2);
        assert_eq!(complex(0.5, -0.25), -576460752303423488);
    }

    #[test]
    fn text() {
        assert_eq!(str(""), 0);
        assert_eq!(str("a"), 4644417185603328019);
        assert_eq!(str("abc"), -4594863902769663758);
        assert_eq!(str("hello world"), -5642461784034726774);
        assert_eq!(str("\u{e9}"), 6047309291227476195);
        assert_eq!(str("ab\u{ff}"), 7391266126405785627);
        assert_eq!(str("\u{65e5}\u{672c}"), 6243316497235261705);
        assert_eq!(str("na\u{ef}ve \u{20ac}"), 4678049083325335741);
        assert_eq!(str("\u{1f600}"), -3536540696076613844);
        assert_eq!(str("a\u{1f600}b"), -7541021549821082252);
        assert_eq!(
            str("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            1359644457043326220
        );
        assert_eq!(bytes(b"\x00\xff"), -2713640983873221217);
    }

    #[test]
    fn containers() {
        assert_eq!(tuple([]), 5740354900026072187);
        assert_eq!(tuple([1]), -6644214454873602895);
        assert_eq!(tuple([1, 2, 3]), 529344067295497451);
        assert_eq!(tuple([4644417185603328019, 4238894112]), -64139034995030440);
        assert_eq!(frozenset([]), 133146708735736);
        assert_eq!(frozenset([1]), -558064481276695278);
        assert_eq!(frozenset([1, 2, 3]), -272375401224217160);
        assert_eq!(frozenset([4644417185603328019, 4238894112]), -7959303530906496278);
        assert_eq!(NONE, 4238894112);
    }
}
