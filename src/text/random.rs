//! `random.Random`: the Mersenne Twister, seeding, integers, selections; the distributions are in [`dist`]. Pure; see `text`.
//!
//! Invariant: after the same seed the same calls give the same results as CPython 3.13, bit for bit, and the state is CPython's
//! (624 words and an index), so that `getstate` and `setstate` can show it. (Library reference, `random`; `Modules/_randommodule.c`.)

use dashu_int::{IBig, Sign, UBig};
use sha2::{Digest, Sha512};

use super::int::bit_length;
use super::{ErrorKind, TextError, TextResult};

mod dist;
pub use dist::lgamma;

/// Words of state.
pub const STATE_WORDS: usize = 624;
const MIDDLE: usize = 397;

/// A generator: the state of the twister, and the second of a pair of Gaussian numbers that waits to be used.
#[derive(Clone, PartialEq, Debug)]
pub struct Random {
    state: [u32; STATE_WORDS],
    index: usize,
    /// `gauss_next` of `getstate()`.
    pub gauss_next: Option<f64>,
}

impl Random {
    /// A generator seeded by an integer.
    pub fn new(seed: &IBig) -> Random {
        let mut this = Random { state: [0; STATE_WORDS], index: STATE_WORDS, gauss_next: None };
        this.seed_int(seed);
        this
    }

    /// `seed(n)`: the magnitude of the integer, in words of 32 bits.
    pub fn seed_int(&mut self, n: &IBig) {
        let (_, words) = n.as_sign_words();
        let mut key: Vec<u32> = words.iter().flat_map(|&word| [word as u32, (word >> 32) as u32]).collect();
        while key.len() > 1 && key.last() == Some(&0) {
            key.pop();
        }
        if key.is_empty() {
            key.push(0);
        }
        self.seed_key(&key);
    }

    /// `seed(x)` of a float, or of any object that is not text: by its hash.
    pub fn seed_hash(&mut self, hash: i64) {
        self.seed_int(&IBig::from(hash as u64));
    }

    /// `seed(text)` of a `str` (its UTF-8) or of `bytes`, version 2: the number made of the bytes and their SHA-512.
    pub fn seed_bytes(&mut self, bytes: &[u8]) {
        let mut all = bytes.to_vec();
        all.extend_from_slice(&Sha512::digest(bytes));
        self.seed_int(&IBig::from(UBig::from_be_bytes(&all)));
    }

    /// The reference `init_by_array`.
    fn seed_key(&mut self, key: &[u32]) {
        self.gauss_next = None;
        self.index = STATE_WORDS;
        self.state[0] = 19650218;
        for i in 1..STATE_WORDS {
            let last = self.state[i - 1];
            self.state[i] = (last ^ last >> 30).wrapping_mul(1812433253).wrapping_add(i as u32);
        }
        let mix = |state: &[u32; STATE_WORDS], i: usize, factor: u32| {
            let last = state[i - 1];
            state[i] ^ (last ^ last >> 30).wrapping_mul(factor)
        };
        let mut i = 1;
        for j in 0..STATE_WORDS.max(key.len()) {
            let j = j % key.len();
            self.state[i] = mix(&self.state, i, 1664525).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            if i == STATE_WORDS {
                self.state[0] = self.state[STATE_WORDS - 1];
                i = 1;
            }
        }
        for _ in 1..STATE_WORDS {
            self.state[i] = mix(&self.state, i, 1566083941).wrapping_sub(i as u32);
            i += 1;
            if i == STATE_WORDS {
                self.state[0] = self.state[STATE_WORDS - 1];
                i = 1;
            }
        }
        self.state[0] = 0x8000_0000;
    }

    /// The words and the index of `getstate()[1]`.
    pub fn state(&self) -> (&[u32; STATE_WORDS], usize) {
        (&self.state, self.index)
    }

    /// Sets the words and the index, as `setstate`. `ValueError` for a number of words other than 624 or an index past it.
    pub fn set_state(&mut self, words: &[u32], index: usize) -> TextResult<()> {
        let words: &[u32; STATE_WORDS] =
            words.try_into().map_err(|_| TextError::value("state vector is the wrong size"))?;
        if index > STATE_WORDS {
            return Err(TextError::value("invalid state"));
        }
        self.state = *words;
        self.index = index;
        Ok(())
    }

    fn refill(&mut self) {
        let twist = |this: u32, next: u32, far: u32| {
            let y = (this & 0x8000_0000) | (next & 0x7fff_ffff);
            far ^ y >> 1 ^ if y & 1 == 1 { 0x9908_b0df } else { 0 }
        };
        let state = &mut self.state;
        for i in 0..STATE_WORDS - MIDDLE {
            state[i] = twist(state[i], state[i + 1], state[i + MIDDLE]);
        }
        for i in STATE_WORDS - MIDDLE..STATE_WORDS - 1 {
            state[i] = twist(state[i], state[i + 1], state[i + MIDDLE - STATE_WORDS]);
        }
        state[STATE_WORDS - 1] = twist(state[STATE_WORDS - 1], state[0], state[MIDDLE - 1]);
        self.index = 0;
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= STATE_WORDS {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ y >> 18
    }

    /// `random()`: from 0.0 up to, not including, 1.0, in steps of 2^-53.
    pub fn random(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67108864.0 + low) * (1.0 / 9007199254740992.0)
    }

    /// `getrandbits(k)` for at most 64 bits; more count as 64. Draws nothing for 0.
    pub fn bits_u64(&mut self, k: u32) -> u64 {
        match k {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - k)),
            _ => {
                let low = u64::from(self.next_u32());
                let high = u64::from(self.next_u32() >> (64 - k.min(64)));
                high << 32 | low
            }
        }
    }

    /// `getrandbits(k)`.
    pub fn bits(&mut self, k: usize) -> UBig {
        let mut bytes = Vec::with_capacity(k.div_ceil(32) * 4);
        let mut left = k;
        while left > 0 {
            let word = self.next_u32() >> (32 - left.min(32));
            bytes.extend_from_slice(&word.to_le_bytes());
            left = left.saturating_sub(32);
        }
        UBig::from_le_bytes(&bytes)
    }

    /// `randbytes(n)`.
    pub fn bytes(&mut self, n: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(n + 4);
        let mut left = n;
        while left > 0 {
            let word = self.next_u32() >> (32 - 8 * left.min(4));
            bytes.extend_from_slice(&word.to_le_bytes());
            left = left.saturating_sub(4);
        }
        bytes.truncate(n);
        bytes
    }

    /// `_randbelow(n)`: evenly from 0 up to, not including, `n`. 0 gives 0 without a draw.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let k = 64 - n.leading_zeros();
        loop {
            let r = self.bits_u64(k);
            if r < n {
                return r;
            }
        }
    }

    /// [`below`](Self::below) of any size; 0 for an `n` that is not positive.
    pub fn below_int(&mut self, n: &IBig) -> IBig {
        if let Ok(small) = u64::try_from(n) {
            return IBig::from(self.below(small));
        }
        if n.sign() == Sign::Negative {
            return IBig::ZERO;
        }
        let k = bit_length(n);
        loop {
            let r = IBig::from(self.bits(k));
            if r < *n {
                return r;
            }
        }
    }

    /// `randrange(stop)`. `ValueError` for an empty range.
    pub fn range_to(&mut self, stop: &IBig) -> TextResult<IBig> {
        if stop.is_zero() || stop.sign() == Sign::Negative {
            return Err(TextError::value("empty range for randrange()"));
        }
        Ok(self.below_int(stop))
    }

    /// `randrange(start, stop)` of small numbers. `ValueError` for an empty range.
    pub fn range_i64(&mut self, start: i64, stop: i64) -> TextResult<i64> {
        if start >= stop {
            return Err(TextError::value(format!("empty range in randrange({start}, {stop})")));
        }
        let width = stop.wrapping_sub(start) as u64;
        Ok(start.wrapping_add(self.below(width) as i64))
    }

    /// `randint(a, b)` of small numbers: both ends belong. `ValueError` for an empty range.
    pub fn int_i64(&mut self, a: i64, b: i64) -> TextResult<i64> {
        match b.checked_add(1) {
            Some(stop) => self.range_i64(a, stop),
            None => {
                let n = self.range(&IBig::from(a), &(IBig::from(b) + 1), &IBig::ONE)?;
                Ok(i64::try_from(&n).unwrap_or(b))
            }
        }
    }

    /// `randrange(start, stop, step)`. `ValueError` for an empty range or a step of 0.
    pub fn range(&mut self, start: &IBig, stop: &IBig, step: &IBig) -> TextResult<IBig> {
        let width = stop - start;
        if step.is_one() {
            if width.is_zero() || width.sign() == Sign::Negative {
                return Err(TextError::value(format!("empty range in randrange({start}, {stop})")));
            }
            return Ok(start + self.below_int(&width));
        }
        let towards = if step.sign() == Sign::Negative { width + step + 1 } else { width + step - 1 };
        let Some(n) = super::int::floor_div(&towards, step) else {
            return Err(TextError::value("zero step for randrange()"));
        };
        if n.is_zero() || n.sign() == Sign::Negative {
            return Err(TextError::value(format!("empty range in randrange({start}, {stop}, {step})")));
        }
        Ok(start + step * self.below_int(&n))
    }

    /// `choice`: the index of an item among `len`. `IndexError` for none.
    pub fn choice(&mut self, len: usize) -> TextResult<usize> {
        if len == 0 {
            return Err(TextError::new(ErrorKind::Index, "Cannot choose from an empty sequence"));
        }
        Ok(self.below(len as u64) as usize)
    }

    /// `shuffle` of `len` items: the pairs of indices to swap, in order.
    pub fn shuffle(&mut self, len: usize) -> impl Iterator<Item = (usize, usize)> {
        (1..len).rev().map(move |i| (i, self.below(i as u64 + 1) as usize))
    }

    /// `sample`: the indices of `k` items of `n`, in the order of selection.
    /// `ValueError` if there are fewer than `k`. With `counts`, sample from their total and find each index among the running totals.
    pub fn sample(&mut self, n: usize, k: usize) -> TextResult<Vec<usize>> {
        if k > n {
            return Err(TextError::value("Sample larger than population or is negative"));
        }
        // CPython takes the way that needs less memory; the draws differ.
        let mut set_size = 21usize;
        if k > 5 {
            let power = ((k as f64 * 3.0).ln() / 4f64.ln()).ceil();
            set_size = set_size.saturating_add(4f64.powf(power) as usize);
        }
        let mut chosen = Vec::with_capacity(k);
        if n <= set_size {
            let mut pool: Vec<usize> = (0..n).collect();
            for i in 0..k {
                let j = self.below((n - i) as u64) as usize;
                chosen.push(pool.swap_remove(j));
            }
        } else {
            let mut seen = hashbrown::HashSet::with_capacity_and_hasher(k, rustc_hash::FxBuildHasher);
            while chosen.len() < k {
                let j = self.below(n as u64) as usize;
                if seen.insert(j) {
                    chosen.push(j);
                }
            }
        }
        Ok(chosen)
    }

    /// One of `choices` without weights: an index among `len`.
    pub fn choices_even(&mut self, len: usize) -> usize {
        ((self.random() * len as f64).floor() as usize).min(len.saturating_sub(1))
    }

    /// One of `choices` with running totals of the weights, checked by [`check_weights`]: an index.
    pub fn choices_weighted(&mut self, cumulative: &[f64]) -> usize {
        let Some((total, but_last)) = cumulative.split_last() else { return 0 };
        let x = self.random() * total;
        but_last.partition_point(|&weight| weight <= x)
    }
}

/// Whether running totals of weights can be chosen by: as many as there are items (`len`), the last positive and finite; `ValueError`.
pub fn check_weights(cumulative: &[f64], len: usize) -> TextResult<()> {
    match cumulative.last() {
        _ if cumulative.len() != len => Err(TextError::value("The number of weights does not match the population")),
        None => Err(TextError::new(ErrorKind::Index, "list index out of range")),
        Some(&total) if total <= 0.0 => Err(TextError::value("Total of weights must be greater than zero")),
        Some(total) if !total.is_finite() => Err(TextError::value("Total of weights must be finite")),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeded(seed: i64) -> Random {
        Random::new(&IBig::from(seed))
    }

    #[test]
    fn seeds() {
        let mut r = Random::new(&crate::text::int::parse("0", 10).unwrap_or_default());
        assert_eq!((r.random(), r.next_u32(), r.random()), (0.8444218515250481, 3255389356, 0.890243920837131));
        let mut r = Random::new(&crate::text::int::parse("1", 10).unwrap_or_default());
        assert_eq!((r.random(), r.next_u32(), r.random()), (0.13436424411240122, 3639700191, 0.8022650611681835));
        let mut r = Random::new(&crate::text::int::parse("-7", 10).unwrap_or_default());
        assert_eq!((r.random(), r.next_u32(), r.random()), (0.32383276483316237, 647892279, 0.3948234964231735));
        let mut r = Random::new(&crate::text::int::parse("42", 10).unwrap_or_default());
        assert_eq!((r.random(), r.next_u32(), r.random()), (0.6394267984578837, 107420369, 0.7415504997598329));
        let mut r = Random::new(&crate::text::int::parse("123456789012", 10).unwrap_or_default());
        assert_eq!((r.random(), r.next_u32(), r.random()), (0.37701448538609916, 88888752, 0.26343809917871197));
        let mut r = Random::new(&crate::text::int::parse("18446744073709551621", 10).unwrap_or_default());
        assert_eq!((r.random(), r.next_u32(), r.random()), (0.5105783769365112, 3778534651, 0.56732058163685));
        let mut r = Random::new(&crate::text::int::parse("1267650600228229401496703205376", 10).unwrap_or_default());
        assert_eq!((r.random(), r.next_u32(), r.random()), (0.7586581712996778, 969030735, 0.08203568294695174));
        let mut r = seeded(0);
        r.seed_bytes(&[]);
        assert_eq!((r.random(), r.next_u32()), (0.9602256525641875, 2557274880));
        let mut r = seeded(0);
        r.seed_bytes(&[104, 101, 108, 108, 111]);
        assert_eq!((r.random(), r.next_u32()), (0.3537754404730722, 2848416207));
        let mut r = seeded(0);
        r.seed_bytes(&[195, 169, 226, 130, 172]);
        assert_eq!((r.random(), r.next_u32()), (0.078287842699161, 2283661520));
        let mut r = seeded(0);
        r.seed_bytes(&[0, 255]);
        assert_eq!((r.random(), r.next_u32()), (0.09579186693672392, 1539347915));
        let mut r = seeded(0);
        r.seed_hash(crate::text::hash::float(0.5));
        assert_eq!(r.random(), 0.2794930785867423);
        let mut r = seeded(0);
        r.seed_hash(crate::text::hash::float(-1.25));
        assert_eq!(r.random(), 0.5956708483130887);
    }

    #[test]
    fn integers() {
        let mut r = seeded(42);
        assert_eq!(r.bits_u64(1), 1);
        assert_eq!(r.bits_u64(8), 28);
        assert_eq!(r.bits_u64(31), 53710184);
        assert_eq!(r.bits_u64(32), 3184935163);
        assert_eq!(r.bits_u64(33), 1181241943);
        assert_eq!(r.bits_u64(53), 1256845828445918);
        assert_eq!(r.bits_u64(64), 1890702223848595625);
        assert_eq!(r.bits(0).to_string(), "0");
        assert_eq!(r.bits(5).to_string(), "21");
        assert_eq!(r.bits(64).to_string(), "16457808150190122675");
        assert_eq!(r.bits(65).to_string(), "20050482399067055156");
        assert_eq!(r.bits(100).to_string(), "81588941661909768552652673433");
        assert_eq!(
            r.bits(257).to_string(),
            "198701496055508294407512863455132596726933309955094794251174993795070306068619"
        );
        assert_eq!(r.bytes(0), []);
        assert_eq!(r.bytes(1), [179]);
        assert_eq!(r.bytes(4), [246, 72, 129, 139]);
        assert_eq!(r.bytes(7), [164, 166, 101, 107, 203, 110, 56]);
        assert_eq!(r.below(1), 0);
        assert_eq!(r.below(2), 1);
        assert_eq!(r.below(10), 0);
        assert_eq!(r.below(1000), 777);
        assert_eq!(r.below(4294967296), 3460967357);
        assert_eq!(r.below(1099511627777), 930711421818);
        assert_eq!(r.int_i64(1, 6), Ok(3));
        assert_eq!(r.int_i64(-10, 10), Ok(-2));
        assert_eq!(r.int_i64(0, 1000000000000000000), Ok(248239863311991088));
        assert_eq!(r.int_i64(i64::MIN, i64::MAX), Ok(4860608780687895139));
        assert_eq!(r.int_i64(5, i64::MAX), Ok(855429427057292274));
        assert_eq!(ranged(&mut r, "0", "100", "7"), Ok("42".to_owned()));
        assert_eq!(ranged(&mut r, "100", "0", "-7"), Ok("93".to_owned()));
        assert_eq!(
            ranged(&mut r, "0", "1000000000000000000000000000000", "3"),
            Ok("969467534355789204524465563107".to_owned())
        );
        assert_eq!(r.range_to(&IBig::from(10)), Ok(IBig::from(4)));
        assert_eq!(ranged(&mut r, "5", "5", "1"), Err("empty range in randrange(5, 5)".to_owned()));
        assert_eq!(ranged(&mut r, "0", "5", "-1"), Err("empty range in randrange(0, 5, -1)".to_owned()));
        assert_eq!(ranged(&mut r, "0", "5", "0"), Err("zero step for randrange()".to_owned()));
    }

    fn ranged(r: &mut Random, start: &str, stop: &str, step: &str) -> Result<String, String> {
        let n = |text| crate::text::int::parse(text, 10).unwrap_or_default();
        r.range(&n(start), &n(stop), &n(step)).map(|n| n.to_string()).map_err(|e| e.message.into_owned())
    }

    #[test]
    fn selections() {
        let mut r = seeded(7);
        let mut items: Vec<usize> = (0..10).collect();
        let swaps: Vec<_> = r.shuffle(items.len()).collect();
        swaps.into_iter().for_each(|(i, j)| items.swap(i, j));
        assert_eq!(items, [8, 3, 1, 4, 7, 0, 9, 6, 2, 5]);
        assert_eq!(r.choice(5), Ok(4));
        assert!(r.choice(0).is_err());
        assert_eq!(r.sample(10, 3), Ok(vec![3, 0, 1]));
        assert_eq!(r.sample(10, 10), Ok(vec![6, 9, 1, 7, 0, 4, 3, 5, 2, 8]));
        assert_eq!(r.sample(100, 4), Ok(vec![80, 74, 7, 73]));
        assert_eq!(r.sample(100, 6), Ok(vec![74, 50, 6, 28, 5, 71]));
        assert_eq!(r.sample(85, 6), Ok(vec![17, 37, 53, 18, 69, 15]));
        assert_eq!(r.sample(86, 6), Ok(vec![73, 39, 71, 23, 13, 74]));
        assert_eq!(
            r.sample(1000, 20),
            Ok(vec![584, 654, 192, 381, 99, 560, 729, 64, 577, 61, 633, 210, 508, 696, 544, 437, 795, 321, 476, 599])
        );
        assert_eq!(r.sample(5000, 100).map(|s| s.iter().sum()), Ok(261895usize));
        assert_eq!(r.sample(277, 64).map(|s| s.iter().sum()), Ok(8029usize));
        assert_eq!(r.sample(278, 22).map(|s| s.iter().sum()), Ok(3702usize));
        assert_eq!(r.sample(1046, 85).map(|s| s.iter().sum()), Ok(43128usize));
        assert!(r.sample(3, 4).is_err());
        assert_eq!((0..8).map(|_| r.choices_even(7)).collect::<Vec<_>>(), [2, 6, 4, 1, 1, 3, 5, 3]);
        assert_eq!(
            (0..8).map(|_| r.choices_weighted(&[1.0, 1.0, 4.0, 5.0])).collect::<Vec<_>>(),
            [2, 2, 3, 3, 3, 3, 2, 2]
        );
        assert_eq!(r.random(), 0.4166370564820018);
        assert!(
            check_weights(&[1.0], 2).is_err() && check_weights(&[0.0], 1).is_err() && check_weights(&[1.0], 1).is_ok()
        );
    }

    #[test]
    fn state_moves() {
        let mut r = seeded(3);
        r.random();
        let (words, index) = r.state();
        let (words, index) = (*words, index);
        assert_eq!((words[0], words[623], index), (2763367667, 3806356908, 2));
        let mut other = seeded(0);
        assert_eq!(other.set_state(&words, index), Ok(()));
        assert_eq!(other.random(), r.random());
        assert!(other.set_state(&words[1..], index).is_err() && other.set_state(&words, 625).is_err());
    }
}
