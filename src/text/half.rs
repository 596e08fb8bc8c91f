//! Floats of 16 bits (IEEE 754 binary16). Just above floor 0.

/// The float that these bits stand for.
pub fn from_bits(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        e => (1024.0 + fraction) * 2f64.powi(e - 25),
    }
}

/// The nearest such float, ties to even; `None` where it would be infinite.
pub fn to_bits(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let x = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7e00);
    }
    if x.is_infinite() {
        return Some(sign | 0x7c00);
    }
    // In units of the last place: of 2^-24 below the smallest normal number, of the number's own above it.
    let exponent = if x < 2f64.powi(-14) { -14 } else { x.log2().floor() as i32 };
    let exponent = if x >= 2f64.powi(exponent + 1) { exponent + 1 } else { exponent };
    let units = (x / 2f64.powi(exponent - 10)).round_ties_even() as u32;
    // 1024 units make the next exponent: rounding up carries over by itself.
    let bits = if exponent == -14 { units } else { units + ((exponent + 14) as u32) * 1024 };
    (bits < 0x7c00).then_some(sign | bits as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for bits in (0..0x7c00).chain(0x8000..0xfc00) {
            assert_eq!(to_bits(from_bits(bits)), Some(bits), "{bits:x}");
        }
        assert_eq!(to_bits(65519.99), Some(0x7bff));
        assert_eq!(to_bits(65520.0), None);
        assert_eq!(to_bits(1e-10), Some(0));
    }
}
