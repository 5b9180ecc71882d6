//! 16-bit floats, widened to f32 without loss.

/// IEEE 754 binary16.
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff);
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

/// The nearest IEEE 754 binary16, ties to even; `None` beyond its range and for NaN.
pub(crate) fn f32_to_f16(value: f32) -> Option<u16> {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = value.abs();
    if magnitude.is_nan() || magnitude >= 65520.0 {
        return None;
    }
    // In a binade of exponent e numbers are 2^(e - 10) apart, and nowhere less than 2^-24 (subnormals).
    let exponent = ((magnitude.to_bits() >> 23) as i32 - 127).max(-14);
    let steps = (magnitude * 2f32.powi(10 - exponent)).round_ties_even() as u16;
    // A step count of 1024 and more carries into the exponent by itself.
    Some(sign | (((exponent + 14) as u16) << 10).wrapping_add(steps))
}

/// bfloat16: the upper half of an f32.
pub(crate) fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_known_values() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x0001, 2f32.powi(-24)),
            (0x03ff, 1023.0 * 2f32.powi(-24)),
            (0x3555, 0.333_251_95),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(f16_to_f32(bits), value, "{bits:#06x}");
        }
        assert!(f16_to_f32(0x7e00).is_nan());
        assert_eq!(f16_to_f32(0x8000).to_bits(), (-0.0f32).to_bits());
        assert_eq!(bf16_to_f32(0xc040), -3.0);
    }

    #[test]
    fn every_finite_half_survives_and_ties_go_to_even() {
        for bits in (0..=u16::MAX).filter(|bits| bits & 0x7c00 != 0x7c00) {
            assert_eq!(f32_to_f16(f16_to_f32(bits)), Some(bits), "{bits:#06x}");
        }
        for (value, bits) in [(2049.0, 0x6800), (2051.0, 0x6802), (65519.0, 0x7bff), (1e-9, 0), (2f32.powi(-25), 0)] {
            assert_eq!(f32_to_f16(value), Some(bits), "{value}");
        }
        assert_eq!([f32_to_f16(65520.0), f32_to_f16(f32::NAN)], [None, None]);
    }
}
