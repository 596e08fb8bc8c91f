//! The distributions of `random.Random`. Pure; see `text`.
//!
//! Invariant: the operations and their order are those of CPython's `Lib/random.py`, so that results agree to the last bit where the
//! platform's `log`, `exp`, `cos` and their like do.

use std::f64::consts::{E, PI, TAU};

use super::Random;
use crate::text::float::{self, Power};
use crate::text::{TextError, TextResult};

/// `x / y`, which Python refuses for 0.
fn divide(x: f64, y: f64) -> TextResult<f64> {
    if y == 0.0 { Err(TextError::zero_division("float division by zero")) } else { Ok(x / y) }
}

/// `x ** y` of a base that is not negative.
fn power(x: f64, y: f64) -> TextResult<f64> {
    match float::pow(x, y) {
        Power::Float(result) => Ok(result),
        Power::ZeroDivision => Err(TextError::zero_division("0.0 cannot be raised to a negative power")),
        _ => Err(TextError::overflow("(34, 'Numerical result out of range')")),
    }
}

fn domain() -> TextError {
    TextError::value("math domain error")
}

impl Random {
    /// `uniform(a, b)`.
    pub fn uniform(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.random()
    }

    /// `triangular(low, high, mode)`. `ValueError` if the mode is not between the two.
    pub fn triangular(&mut self, low: f64, high: f64, mode: Option<f64>) -> TextResult<f64> {
        let mut u = self.random();
        let (mut low, mut high) = (low, high);
        let mut c = match mode {
            None => 0.5,
            Some(_) if high == low => return Ok(low),
            Some(mode) => (mode - low) / (high - low),
        };
        if u > c {
            u = 1.0 - u;
            c = 1.0 - c;
            (low, high) = (high, low);
        }
        let area = u * c;
        if area < 0.0 {
            return Err(domain());
        }
        Ok(low + (high - low) * area.sqrt())
    }

    /// `normalvariate(mu, sigma)`.
    pub fn normal(&mut self, mu: f64, sigma: f64) -> f64 {
        let magic = 4.0 * (-0.5f64).exp() / 2f64.sqrt();
        loop {
            let u1 = self.random();
            let u2 = 1.0 - self.random();
            let z = magic * (u1 - 0.5) / u2;
            if z * z / 4.0 <= -u2.ln() {
                return mu + z * sigma;
            }
        }
    }

    /// `gauss(mu, sigma)`: draws two numbers at a time and keeps the second in `gauss_next`.
    pub fn gauss(&mut self, mu: f64, sigma: f64) -> f64 {
        let z = match self.gauss_next.take() {
            Some(z) => z,
            None => {
                let angle = self.random() * TAU;
                let radius = (-2.0 * (1.0 - self.random()).ln()).sqrt();
                self.gauss_next = Some(angle.sin() * radius);
                angle.cos() * radius
            }
        };
        mu + z * sigma
    }

    /// `lognormvariate(mu, sigma)`. `OverflowError` out of range.
    pub fn lognormal(&mut self, mu: f64, sigma: f64) -> TextResult<f64> {
        let x = self.normal(mu, sigma);
        let result = x.exp();
        if result.is_infinite() && x.is_finite() {
            return Err(TextError::overflow("math range error"));
        }
        Ok(result)
    }

    /// `expovariate(lambd)`. `ZeroDivisionError` for 0.
    pub fn exponential(&mut self, lambda: f64) -> TextResult<f64> {
        divide(-(1.0 - self.random()).ln(), lambda)
    }

    /// `vonmisesvariate(mu, kappa)`.
    pub fn von_mises(&mut self, mu: f64, kappa: f64) -> f64 {
        if kappa <= 1e-6 {
            return TAU * self.random();
        }
        let s = 0.5 / kappa;
        let r = s + (1.0 + s * s).sqrt();
        let z = loop {
            let z = (PI * self.random()).cos();
            let d = z / (r + z);
            let u = self.random();
            if u < 1.0 - d * d || u <= (1.0 - d) * d.exp() {
                break z;
            }
            // A NaN would never leave the loop.
            if !u.is_finite() || !d.is_finite() {
                break z;
            }
        };
        let q = 1.0 / r;
        let f = (q + z) / (1.0 + q * z);
        let theta = if self.random() > 0.5 { mu + f.acos() } else { mu - f.acos() };
        float::modulo(theta, TAU).unwrap_or(theta)
    }

    /// `gammavariate(alpha, beta)`. `ValueError` unless both are positive.
    pub fn gamma(&mut self, alpha: f64, beta: f64) -> TextResult<f64> {
        if alpha <= 0.0 || beta <= 0.0 {
            return Err(TextError::value("gammavariate: alpha and beta must be > 0.0"));
        }
        if !alpha.is_finite() {
            return Err(domain());
        }
        if alpha > 1.0 {
            let ainv = (2.0 * alpha - 1.0).sqrt();
            let bbb = alpha - 4f64.ln();
            let ccc = alpha + ainv;
            let magic = 1.0 + 4.5f64.ln();
            loop {
                let u1 = self.random();
                if !(1e-7 < u1 && u1 < 0.9999999) {
                    continue;
                }
                let u2 = 1.0 - self.random();
                let v = (u1 / (1.0 - u1)).ln() / ainv;
                let x = alpha * v.exp();
                let z = u1 * u1 * u2;
                let r = bbb + ccc * v - x;
                if r + magic - 4.5 * z >= 0.0 || r >= z.ln() {
                    return Ok(x * beta);
                }
            }
        }
        if alpha == 1.0 {
            return Ok(-(1.0 - self.random()).ln() * beta);
        }
        loop {
            let u = self.random();
            let b = (E + alpha) / E;
            let p = b * u;
            let x = if p <= 1.0 { power(p, 1.0 / alpha)? } else { -((b - p) / alpha).ln() };
            let u1 = self.random();
            let accepted = if p > 1.0 { u1 <= power(x, alpha - 1.0)? } else { u1 <= (-x).exp() };
            if accepted {
                return Ok(x * beta);
            }
        }
    }

    /// `betavariate(alpha, beta)`. `ValueError` unless both are positive.
    pub fn beta(&mut self, alpha: f64, beta: f64) -> TextResult<f64> {
        let y = self.gamma(alpha, 1.0)?;
        if y == 0.0 {
            return Ok(0.0);
        }
        Ok(y / (y + self.gamma(beta, 1.0)?))
    }

    /// `paretovariate(alpha)`. `ZeroDivisionError` for 0.
    pub fn pareto(&mut self, alpha: f64) -> TextResult<f64> {
        let u = 1.0 - self.random();
        power(u, divide(-1.0, alpha)?)
    }

    /// `weibullvariate(alpha, beta)`. `ZeroDivisionError` for a beta of 0.
    pub fn weibull(&mut self, alpha: f64, beta: f64) -> TextResult<f64> {
        let u = 1.0 - self.random();
        Ok(alpha * power(-u.ln(), divide(1.0, beta)?)?)
    }

    /// `binomialvariate(n, p)`. `ValueError` for a negative `n` or a `p` that is no probability.
    pub fn binomial(&mut self, n: i64, p: f64) -> TextResult<i64> {
        if n < 0 {
            return Err(TextError::value("n must be non-negative"));
        }
        if p == 0.0 {
            return Ok(0);
        }
        if p == 1.0 {
            return Ok(n);
        }
        if !(0.0 < p && p < 1.0) {
            return Err(TextError::value("p must be in the range 0.0 <= p <= 1.0"));
        }
        if n == 1 {
            return Ok(i64::from(self.random() < p));
        }
        if p > 0.5 {
            return Ok(n - self.binomial(n, 1.0 - p)?);
        }
        if (n as f64) * p < 10.0 {
            return Ok(self.binomial_by_gaps(n, p));
        }
        Ok(self.binomial_by_rejection(n as f64, p))
    }

    /// Devroye's second waiting time method, for a small expectation.
    fn binomial_by_gaps(&mut self, n: i64, p: f64) -> i64 {
        let c = (1.0 - p).log2();
        let (mut x, mut y) = (0i64, 0i64);
        if c == 0.0 {
            return x;
        }
        loop {
            y = y.saturating_add((self.random().log2() / c).floor() as i64).saturating_add(1);
            if y > n {
                return x;
            }
            x += 1;
        }
    }

    /// Hörmann's BTRS, for an expectation of 10 and more.
    fn binomial_by_rejection(&mut self, n: f64, p: f64) -> i64 {
        let spq = (n * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spq;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let c = n * p + 0.5;
        let vr = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spq;
        let lpq = (p / (1.0 - p)).ln();
        let m = ((n + 1.0) * p).floor();
        let h = lgamma(m + 1.0) + lgamma(n - m + 1.0);
        loop {
            let u = self.random() - 0.5;
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + c).floor();
            if !(0.0..=n).contains(&k) {
                continue;
            }
            let mut v = self.random();
            if us >= 0.07 && v <= vr {
                return k as i64;
            }
            v *= alpha / (a / (us * us) + b);
            if v.ln() <= h - lgamma(k + 1.0) - lgamma(n - k + 1.0) + (k - m) * lpq {
                return k as i64;
            }
        }
    }
}

const LANCZOS_G: f64 = 6.024_680_040_776_73;
const LANCZOS_NUM: [f64; 13] = [
    23531376880.41076,
    42919803642.6491,
    35711959237.35567,
    17921034426.03721,
    6039542586.352028,
    1439720407.3117216,
    248874557.86205417,
    31426415.585400194,
    2876370.6289353725,
    186056.26539522348,
    8071.672002365816,
    210.82427775157935,
    2.5066282746310002,
];
const LANCZOS_DEN: [f64; 13] = [
    0.0,
    39916800.0,
    120543840.0,
    150917976.0,
    105258076.0,
    45995730.0,
    13339535.0,
    2637558.0,
    357423.0,
    32670.0,
    1925.0,
    66.0,
    1.0,
];

/// `math.lgamma(x)` for a positive `x`, as CPython's own Lanczos sum computes it; NaN for any other.
pub fn lgamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    if x < 1e-20 {
        return -x.ln();
    }
    let pairs = LANCZOS_NUM.iter().zip(&LANCZOS_DEN);
    let (num, den) = if x < 5.0 {
        pairs.rev().fold((0.0, 0.0), |(num, den), (n, d)| (num * x + n, den * x + d))
    } else {
        pairs.fold((0.0, 0.0), |(num, den), (n, d)| (num / x + n, den / x + d))
    };
    let r = (num / den).ln() - LANCZOS_G;
    r + (x - 0.5) * ((x + LANCZOS_G - 0.5).ln() - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashu_int::IBig;

    #[test]
    fn distributions() {
        let mut r = Random::new(&IBig::from(2024));
        assert_eq!(r.uniform(-1.5, 10.0), 3.906043261957312);
        assert_eq!(r.triangular(0.0, 1.0, None), Ok(0.6313974304370679));
        assert_eq!(r.triangular(2.0, 9.0, Some(3.0)), Ok(3.5923717816807166));
        assert_eq!(r.triangular(2.0, 2.0, Some(2.0)), Ok(2.0));
        assert_eq!(r.gauss(0.0, 1.0), -1.3413059186256628);
        assert_eq!(r.gauss(5.0, 2.0), 6.700343396543868);
        assert_eq!(r.gauss(5.0, 2.0), 4.856760633102473);
        assert_eq!(r.normal(0.0, 1.0), 1.0688537730883607);
        assert_eq!(r.normal(10.0, 0.5), 9.734933719456835);
        assert_eq!(r.exponential(1.5), Ok(2.202404978933641));
        assert_eq!(r.lognormal(0.0, 0.25), Ok(0.7587873377923979));
        assert_eq!(r.von_mises(0.0, 4.0), 0.5183980275228292);
        assert_eq!(r.von_mises(3.0, 0.0), 1.2967352990650998);
        assert_eq!(r.von_mises(-3.0, 0.5), 5.291554196380085);
        assert_eq!(r.gamma(2.5, 1.5), Ok(1.9486307562409353));
        assert_eq!(r.gamma(1.0, 2.0), Ok(0.12053007629755506));
        assert_eq!(r.gamma(0.3, 2.0), Ok(0.08521383398045297));
        assert_eq!(r.beta(2.0, 3.0), Ok(0.113480389165879));
        assert_eq!(r.beta(0.5, 0.5), Ok(0.39559420823017066));
        assert_eq!(r.pareto(3.0), Ok(1.083601663890139));
        assert_eq!(r.weibull(1.0, 1.5), Ok(1.5997817017522589));
        assert_eq!(r.binomial(1, 0.3), Ok(1));
        assert_eq!(r.binomial(20, 0.3), Ok(2));
        assert_eq!(r.binomial(20, 0.8), Ok(14));
        assert_eq!(r.binomial(1000, 0.4), Ok(419));
        assert_eq!(r.binomial(100000, 0.7), Ok(70056));
        assert_eq!(r.uniform(-1.5, 10.0), 4.173430449128906);
        assert_eq!(r.triangular(0.0, 1.0, None), Ok(0.7140923342875998));
        assert_eq!(r.triangular(2.0, 9.0, Some(3.0)), Ok(2.994876824432989));
        assert_eq!(r.triangular(2.0, 2.0, Some(2.0)), Ok(2.0));
        assert_eq!(r.gauss(0.0, 1.0), 0.7465836751191122);
        assert_eq!(r.gauss(5.0, 2.0), 2.5269025718325864);
        assert_eq!(r.gauss(5.0, 2.0), 9.04943830676387);
        assert_eq!(r.normal(0.0, 1.0), -1.860780846280154);
        assert_eq!(r.normal(10.0, 0.5), 10.463659661440392);
        assert_eq!(r.exponential(1.5), Ok(0.15454625543554876));
        assert_eq!(r.lognormal(0.0, 0.25), Ok(1.0927644927495908));
        assert_eq!(r.von_mises(0.0, 4.0), 4.717561039273422);
        assert_eq!(r.von_mises(3.0, 0.0), 4.422357921842564);
        assert_eq!(r.von_mises(-3.0, 0.5), 4.03520295352392);
        assert_eq!(r.gamma(2.5, 1.5), Ok(2.103187167490699));
        assert_eq!(r.gamma(1.0, 2.0), Ok(0.6120338639131206));
        assert_eq!(r.gamma(0.3, 2.0), Ok(0.328235536329529));
        assert_eq!(r.beta(2.0, 3.0), Ok(0.2566094343057757));
        assert_eq!(r.beta(0.5, 0.5), Ok(0.5665681754386609));
        assert_eq!(r.pareto(3.0), Ok(1.1782151651318118));
        assert_eq!(r.weibull(1.0, 1.5), Ok(0.806410187806934));
        assert_eq!(r.binomial(1, 0.3), Ok(1));
        assert_eq!(r.binomial(20, 0.3), Ok(10));
        assert_eq!(r.binomial(20, 0.8), Ok(16));
        assert_eq!(r.binomial(1000, 0.4), Ok(400));
        assert_eq!(r.binomial(100000, 0.7), Ok(69965));
        assert_eq!(r.uniform(-1.5, 10.0), 0.36340939997185195);
        assert_eq!(r.triangular(0.0, 1.0, None), Ok(0.25031480204868933));
        assert_eq!(r.triangular(2.0, 9.0, Some(3.0)), Ok(2.854448052186191));
        assert_eq!(r.triangular(2.0, 2.0, Some(2.0)), Ok(2.0));
        assert_eq!(r.gauss(0.0, 1.0), -2.993149700423783);
        assert_eq!(r.gauss(5.0, 2.0), 2.5566196725327757);
        assert_eq!(r.gauss(5.0, 2.0), 3.1769565239591753);
        assert_eq!(r.normal(0.0, 1.0), 0.22599344458209292);
        assert_eq!(r.normal(10.0, 0.5), 9.818831063443383);
        assert_eq!(r.exponential(1.5), Ok(0.019564091326253665));
        assert_eq!(r.lognormal(0.0, 0.25), Ok(1.151324221745323));
        assert_eq!(r.von_mises(0.0, 4.0), 6.112592189108145);
        assert_eq!(r.von_mises(3.0, 0.0), 1.1696653819360008);
        assert_eq!(r.von_mises(-3.0, 0.5), 3.948542735225396);
        assert_eq!(r.gamma(2.5, 1.5), Ok(8.424350219204733));
        assert_eq!(r.gamma(1.0, 2.0), Ok(0.48996270898138977));
        assert_eq!(r.gamma(0.3, 2.0), Ok(0.4783237917146205));
        assert_eq!(r.beta(2.0, 3.0), Ok(0.3988368959284089));
        assert_eq!(r.beta(0.5, 0.5), Ok(0.8994594688223131));
        assert_eq!(r.pareto(3.0), Ok(1.6388826689879068));
        assert_eq!(r.weibull(1.0, 1.5), Ok(1.2483482178587686));
        assert_eq!(r.binomial(1, 0.3), Ok(0));
        assert_eq!(r.binomial(20, 0.3), Ok(6));
        assert_eq!(r.binomial(20, 0.8), Ok(15));
        assert_eq!(r.binomial(1000, 0.4), Ok(418));
        assert_eq!(r.binomial(100000, 0.7), Ok(69800));
        assert_eq!((0..200).map(|_| r.binomial(1000, 0.3).unwrap_or(0)).sum::<i64>(), 60285);
        assert!(r.gamma(0.0, 1.0).is_err() && r.exponential(0.0).is_err() && r.pareto(0.0).is_err());
        assert!(r.binomial(-1, 0.5).is_err() && r.binomial(5, 1.5).is_err() && r.binomial(5, f64::NAN).is_err());
    }

    #[test]
    fn log_gamma() {
        assert_eq!(lgamma(0.5), 0.5723649429247004);
        assert_eq!(lgamma(1.0), 0.0);
        assert_eq!(lgamma(2.0), 0.0);
        assert_eq!(lgamma(3.5), 1.2009736023470738);
        assert_eq!(lgamma(4.999), 3.1765478233491224);
        assert_eq!(lgamma(5.0), 3.178053830347945);
        assert_eq!(lgamma(10.0), 12.801827480081467);
        assert_eq!(lgamma(171.5), 709.1431630309282);
        assert_eq!(lgamma(1000000.0), 12815504.569147611);
        assert_eq!(lgamma(1e-30), 69.07755278982137);
    }
}
