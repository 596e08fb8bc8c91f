//! The module `random`: the class `Random` over the Mersenne Twister of `text::random`. Floor 7.
//!
//! Invariant: entropy comes from the run's seed alone, so the same run draws the same numbers.

use super::{set, text_error};
use crate::heap::{Gc, HeapCell, Kind, Visitor};
use crate::object::class::flag;
use crate::object::{Class, Dict, List, Native, NativeData, Str, Tuple, View};
use crate::text::random::{Random, check_weights};
use crate::value::Value;
use crate::vm::native::{NativeDef, function, method, new};
use crate::vm::{Args, ModuleDef, Res, Vm};
use dashu_int::IBig;

struct RandomData {
    rng: HeapCell<Random>,
    /// Draws from the run's entropy: `SystemRandom`, which can't be seeded.
    system: bool,
}

impl NativeData for RandomData {
    fn visit(&self, v: &mut dyn Visitor) {
        let rng = self.rng.borrow();
        let (words, index) = rng.state();
        words.iter().for_each(|&w| v.data(w as u64));
        v.data(index as u64);
    }
}

fn class(vm: &mut Vm, system: bool) -> Gc<Class> {
    let (name, key) = if system { ("SystemRandom", "random.SystemRandom") } else { ("Random", "random.Random") };
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let bases = if system { vec![class_of_random(vm)] } else { Vec::new() };
    let class = vm.new_native_class(name, "random", &bases, Kind::Native, flag::BASE | flag::HAS_DICT);
    vm.install_methods(class, if system { SYSTEM } else { RANDOM });
    set(vm, class.dict, "VERSION", Value::small(3));
    vm.module_state.insert(key, class.value());
    class
}

fn class_of_random(vm: &mut Vm) -> Gc<Class> {
    class(vm, false)
}

/// A seed from the run's: another one each time.
fn fresh_seed(vm: &mut Vm) -> IBig {
    let key = "random.fresh";
    let n = vm.module_state.get(key).and_then(|v| v.as_int()).unwrap_or(0);
    vm.module_state.insert(key, Value::small(n + 1));
    // Mixed, so that nearby seeds have nothing in common (SplitMix64).
    let mut z = vm.config.seed.wrapping_add(0x9E37_79B9_7F4A_7C15u64.wrapping_mul(n as u64 + 1));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    IBig::from(z ^ (z >> 31))
}

fn make(vm: &mut Vm, class: Gc<Class>, system: bool) -> Value {
    let seed = fresh_seed(vm);
    vm.new_native(class, RandomData { rng: HeapCell::new(Random::new(&seed)), system }).value()
}

fn random_new(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].cast::<Class>() {
        Some(class) => Ok(make(vm, class, false)),
        None => Err(vm.type_error("Random.__new__(X): X is not a type object")),
    }
}

fn system_new(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].cast::<Class>() {
        Some(class) => Ok(make(vm, class, true)),
        None => Err(vm.type_error("SystemRandom.__new__(X): X is not a type object")),
    }
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a RandomData> {
    vm.native_receiver::<RandomData>(args, "Random")
}

fn seed(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    if r.system {
        return Ok(Value::NONE);
    }
    let a = args.get(1).unwrap_or(Value::NONE);
    match a.view() {
        View::None => {
            let n = fresh_seed(vm);
            r.rng.borrow_mut().seed_int(&n);
        }
        View::Int(_) | View::Bool(_) | View::BigInt(_) => {
            let n = vm.big_int(a).unwrap_or(IBig::ZERO);
            r.rng.borrow_mut().seed_int(&n);
        }
        View::Float(f) => {
            let h = crate::text::hash::float(f);
            r.rng.borrow_mut().seed_hash(h);
        }
        View::Str(s) => r.rng.borrow_mut().seed_bytes(s.as_str().as_bytes()),
        View::Bytes(b) => r.rng.borrow_mut().seed_bytes(b.items()),
        View::ByteArray(b) => {
            let bytes = b.bytes.borrow().clone();
            r.rng.borrow_mut().seed_bytes(&bytes);
        }
        _ => {
            return Err(
                vm.type_error("The only supported seed types are:\nNone, int, float, str, bytes, and bytearray.")
            );
        }
    }
    r.rng.borrow_mut().gauss_next = None;
    Ok(Value::NONE)
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    match args.get(1) {
        None | Some(Value::NONE) => Ok(Value::NONE),
        Some(_) => seed(vm, args),
    }
}

fn random(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let x = r.rng.borrow_mut().random();
    Ok(vm.new_float(x))
}

fn getrandbits(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let k = vm.index_arg(args, 1)?;
    if k < 0 {
        return Err(vm.value_error("number of bits must be non-negative"));
    }
    if k <= 62 {
        let bits = r.rng.borrow_mut().bits_u64(k as u32);
        return Ok(vm.new_int(bits as i64));
    }
    if k > 1 << 32 {
        return Err(vm.memory_error(""));
    }
    let bits = r.rng.borrow_mut().bits(k as usize);
    Ok(vm.new_big(IBig::from(bits)))
}

fn randbytes(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let n = vm.index_arg(args, 1)?;
    if n < 0 {
        return Err(vm.value_error("number of bits must be non-negative"));
    }
    if n > 1 << 30 {
        return Err(vm.memory_error(""));
    }
    let bytes = r.rng.borrow_mut().bytes(n as usize);
    Ok(vm.new_bytes(&bytes))
}

fn below(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let n = vm.index_value(args, 1)?;
    let n = vm.big_int(n).unwrap_or(IBig::ZERO);
    let x = r.rng.borrow_mut().below_int(&n);
    Ok(vm.new_big(x))
}

fn randrange(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let start = vm.index_value(args, 1)?;
    let result = match args.get(2) {
        None | Some(Value::NONE) => {
            if args.get(3).is_some_and(|s| s.as_int() != Some(1)) {
                return Err(vm.type_error("Missing a non-None stop argument"));
            }
            let n = vm.big_int(start).unwrap_or(IBig::ZERO);
            r.rng.borrow_mut().range_to(&n)
        }
        Some(_) => {
            let stop = vm.index_value(args, 2)?;
            let step = match args.get(3) {
                Some(_) => vm.index_value(args, 3)?,
                None => Value::small(1),
            };
            if let (Some(a), Some(b), Some(1)) = (start.as_int(), stop.as_int(), step.as_int()) {
                r.rng.borrow_mut().range_i64(a, b).map(IBig::from)
            } else {
                let [a, b, c] = [start, stop, step].map(|v| vm.big_int(v).unwrap_or(IBig::ZERO));
                r.rng.borrow_mut().range(&a, &b, &c)
            }
        }
    };
    match result {
        Ok(n) => Ok(vm.new_big(n)),
        Err(e) => Err(text_error(vm, e)),
    }
}

fn randint(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let (a, b) = (vm.index_value(args, 1)?, vm.index_value(args, 2)?);
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        let result = r.rng.borrow_mut().int_i64(a, b);
        return match result {
            Ok(n) => Ok(vm.new_int(n)),
            Err(e) => Err(text_error(vm, e)),
        };
    }
    let [a, b] = [a, b].map(|v| vm.big_int(v).unwrap_or(IBig::ZERO));
    let result = r.rng.borrow_mut().range(&a, &(b + IBig::ONE), &IBig::ONE);
    match result {
        Ok(n) => Ok(vm.new_big(n)),
        Err(e) => Err(text_error(vm, e)),
    }
}

/// Item `i` of a built-in sequence; its length comes from [`seq_len`].
fn seq_item(vm: &mut Vm, seq: Value, i: usize) -> Value {
    match seq.view() {
        View::List(l) => l.get(i).unwrap_or(Value::NONE),
        View::Tuple(t) => t.items().get(i).copied().unwrap_or(Value::NONE),
        View::Range(r) => vm.new_int(r.at(i as i64)),
        View::Str(s) => match s.char_at(i) {
            Some(c) => vm.new_char(c),
            None => Value::NONE,
        },
        View::Bytes(b) => Value::small(b.items().get(i).copied().unwrap_or(0) as i64),
        _ => Value::NONE,
    }
}

/// Length of a plain built-in sequence.
fn seq_len(seq: Value) -> Option<usize> {
    if seq.as_object().is_some_and(|o| o.class().has(flag::HEAP)) {
        return None;
    }
    match seq.view() {
        View::List(l) => Some(l.len()),
        View::Tuple(t) => Some(t.len()),
        View::Range(r) => Some(r.len as usize),
        View::Str(s) => Some(s.nchars()),
        View::Bytes(b) => Some(b.len()),
        _ => None,
    }
}

fn choice(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let Some(n) = seq_len(args[1]) else { return vm.prelude_call("random_choice", &[args[0], args[1]]) };
    let at = r.rng.borrow_mut().choice(n);
    match at {
        Ok(i) => Ok(seq_item(vm, args[1], i)),
        Err(e) => Err(text_error(vm, e)),
    }
}

fn shuffle(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let list = match args[1].cast::<List>() {
        Some(l) if seq_len(args[1]).is_some() => l,
        _ => return vm.prelude_call("random_shuffle", &[args[0], args[1]]),
    };
    let mut rng = r.rng.borrow_mut();
    let mut items = list.items.borrow_mut();
    for (i, j) in rng.shuffle(items.len()) {
        items.swap(i, j);
    }
    Ok(Value::NONE)
}

fn sample(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let k = vm.index_arg(args, 2)?;
    let counted = !matches!(args.get(3), None | Some(Value::NONE));
    let n = match seq_len(args[1]) {
        Some(n) if !counted => n,
        _ => {
            let counts = args.get(3).unwrap_or(Value::NONE);
            return vm.prelude_call("random_sample", &[args[0], args[1], args[2], counts]);
        }
    };
    if k < 0 {
        return Err(vm.value_error("Sample larger than population or is negative"));
    }
    let picked = r.rng.borrow_mut().sample(n, k as usize);
    match picked {
        Ok(all) => {
            let items = all.into_iter().map(|i| seq_item(vm, args[1], i)).collect();
            Ok(vm.new_list(items))
        }
        Err(e) => Err(text_error(vm, e)),
    }
}

/// `_sample_indices(n, k)`: for the prelude.
fn sample_indices(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let (n, k) = (vm.index_arg(args, 1)?, vm.index_arg(args, 2)?);
    if k < 0 || n < 0 {
        return Err(vm.value_error("Sample larger than population or is negative"));
    }
    let picked = r.rng.borrow_mut().sample(n as usize, k as usize);
    match picked {
        Ok(all) => {
            let items = all.into_iter().map(|i| Value::small(i as i64)).collect();
            Ok(vm.new_list(items))
        }
        Err(e) => Err(text_error(vm, e)),
    }
}

fn numbers(vm: &mut Vm, items: &[Value]) -> Res<Vec<f64>> {
    let mut out = Vec::with_capacity(items.len());
    for &v in items {
        out.push(match v.view() {
            View::Float(f) => f,
            View::Int(i) => i as f64,
            View::Bool(b) => b as i64 as f64,
            View::BigInt(b) => crate::text::float::from_int(&b.value).unwrap_or(f64::INFINITY),
            _ => {
                let message = format!("must be real number, not {}", vm.class_name(v));
                return Err(vm.type_error(message));
            }
        });
    }
    Ok(out)
}

fn choices(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let k = match args.get(4) {
        Some(_) => vm.index_arg(args, 4)?.max(0) as usize,
        None => 1,
    };
    let Some(n) = seq_len(args[1]) else {
        let all: Vec<Value> = (0..5).map(|i| args.get(i).unwrap_or(Value::NONE)).collect();
        return vm.prelude_call("random_choices", &all);
    };
    let given = |i: usize| !matches!(args.get(i), None | Some(Value::NONE));
    if given(2) && given(3) {
        return Err(vm.type_error("Cannot specify both weights and cumulative weights"));
    }
    if !given(2) && !given(3) {
        if n == 0 && k > 0 {
            return Err(vm.index_error("list index out of range"));
        }
        let mut items = Vec::with_capacity(k.min(1 << 20));
        for _ in 0..k {
            let i = r.rng.borrow_mut().choices_even(n);
            items.push(seq_item(vm, args[1], i));
        }
        return Ok(vm.new_list(items));
    }
    let at = if given(3) { 3 } else { 2 };
    let weights = vm.items_arg(args, at)?;
    if !weights.iter().all(|w| matches!(w.view(), View::Float(_) | View::Int(_) | View::Bool(_) | View::BigInt(_))) {
        let totals = vm.new_list(weights);
        let all = [args[0], args[1], totals, Value::bool(at == 3), Value::small(k as i64)];
        return vm.prelude_call("random_choices_weighed", &all);
    }
    let mut totals = numbers(vm, &weights)?;
    if at == 2 {
        let mut sum = 0.0;
        for w in &mut totals {
            sum += *w;
            *w = sum;
        }
    }
    if let Err(e) = check_weights(&totals, n) {
        return Err(text_error(vm, e));
    }
    let mut items = Vec::with_capacity(k.min(1 << 20));
    for _ in 0..k {
        let i = r.rng.borrow_mut().choices_weighted(&totals);
        items.push(seq_item(vm, args[1], i));
    }
    Ok(vm.new_list(items))
}

// ---- distributions

fn real(vm: &mut Vm, args: Args<'_>, i: usize, default: f64) -> Res<f64> {
    if args.get(i).is_some() { vm.float_arg(args, i) } else { Ok(default) }
}

macro_rules! distributions {
    ($($f:ident($($i:literal $p:ident = $d:literal),*) $body:expr;)*) => {
        $(fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            let r = this(vm, args)?;
            $(let $p = real(vm, args, $i, $d)?;)*
            let draw: fn(&mut Random, $(distributions!(@f $p)),*) -> crate::text::TextResult<f64> = $body;
            let x = draw(&mut r.rng.borrow_mut(), $($p),*);
            match x {
                Ok(x) => Ok(vm.new_float(x)),
                Err(e) => Err(text_error(vm, e)),
            }
        })*
    };
    (@f $p:ident) => { f64 };
}
distributions! {
    uniform(1 a = 0.0, 2 b = 0.0) |r, a, b| Ok(r.uniform(a, b));
    betavariate(1 a = 0.0, 2 b = 0.0) |r, a, b| r.beta(a, b);
    expovariate(1 l = 1.0) |r, l| r.exponential(l);
    gammavariate(1 a = 0.0, 2 b = 0.0) |r, a, b| r.gamma(a, b);
    gauss(1 mu = 0.0, 2 sigma = 1.0) |r, mu, sigma| Ok(r.gauss(mu, sigma));
    normalvariate(1 mu = 0.0, 2 sigma = 1.0) |r, mu, sigma| Ok(r.normal(mu, sigma));
    lognormvariate(1 mu = 0.0, 2 sigma = 1.0) |r, mu, sigma| r.lognormal(mu, sigma);
    vonmisesvariate(1 mu = 0.0, 2 kappa = 0.0) |r, mu, kappa| Ok(r.von_mises(mu, kappa));
    paretovariate(1 a = 0.0) |r, a| r.pareto(a);
    weibullvariate(1 a = 0.0, 2 b = 0.0) |r, a, b| r.weibull(a, b);
}

fn triangular(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let (low, high) = (real(vm, args, 1, 0.0)?, real(vm, args, 2, 1.0)?);
    let mode = match args.get(3) {
        None | Some(Value::NONE) => None,
        Some(_) => Some(vm.float_arg(args, 3)?),
    };
    let x = r.rng.borrow_mut().triangular(low, high, mode);
    match x {
        Ok(x) => Ok(vm.new_float(x)),
        Err(e) => Err(text_error(vm, e)),
    }
}

fn binomialvariate(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let n = if args.get(1).is_some() { vm.index_arg(args, 1)? } else { 1 };
    let p = real(vm, args, 2, 0.5)?;
    let x = r.rng.borrow_mut().binomial(n, p);
    match x {
        Ok(x) => Ok(vm.new_int(x)),
        Err(e) => Err(text_error(vm, e)),
    }
}

// ---- state

fn getstate(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    if r.system {
        return Err(vm.not_implemented_error("System entropy source does not have state."));
    }
    let (mut words, gauss): (Vec<Value>, Option<f64>) = {
        let rng = r.rng.borrow();
        let (state, index) = rng.state();
        let words = state.iter().map(|&w| w as i64).chain([index as i64]).map(Value::small).collect();
        (words, rng.gauss_next)
    };
    let inner = vm.new_tuple(&words);
    words.clear();
    let gauss = match gauss {
        Some(g) => vm.new_float(g),
        None => Value::NONE,
    };
    Ok(vm.new_tuple(&[Value::small(3), inner, gauss]))
}

fn setstate(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    if r.system {
        return Err(vm.not_implemented_error("System entropy source does not have state."));
    }
    let parts = match args[1].cast::<Tuple>() {
        Some(t) if t.len() == 3 => t,
        _ => return Err(vm.type_error("state vector must be a tuple")),
    };
    if !matches!(parts.items()[0].as_int(), Some(2 | 3)) {
        let version = parts.items()[0].as_int().unwrap_or_default();
        return Err(vm.value_error(format!("state with version {version} passed to Random.setstate() of version 3")));
    }
    let Some(inner) = parts.items()[1].cast::<Tuple>() else {
        return Err(vm.type_error("state vector must be a tuple"));
    };
    if inner.len() != 625 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    if inner.items().iter().any(|v| !matches!(v.view(), View::Int(_) | View::Bool(_) | View::BigInt(_))) {
        return Err(vm.type_error("an integer is required"));
    }
    let numbers: Vec<i64> = inner.items().iter().map(|v| v.as_int().unwrap_or(-1)).collect();
    let Some((&index, words)) = numbers.split_last() else {
        return Err(vm.value_error("state vector is the wrong size"));
    };
    let words: Vec<u32> = words.iter().map(|&w| w as u32).collect();
    let done = r.rng.borrow_mut().set_state(&words, usize::try_from(index).unwrap_or(usize::MAX));
    if let Err(e) = done {
        return Err(text_error(vm, e));
    }
    r.rng.borrow_mut().gauss_next = match parts.items()[2].view() {
        View::Float(f) => Some(f),
        _ => None,
    };
    Ok(Value::NONE)
}

const RANDOM: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "A generator.", random_new),
    method("__init__(self, x=None)", "A generator seeded by x, or by the run's seed.", init),
    method("seed(self, a=None, version=2)", "Start again from a seed.", seed),
    method("getstate(self)", "The state, for setstate().", getstate),
    method("setstate(self, state)", "Go back to a state.", setstate),
    method("random(self, /)", "A float from 0.0 up to, not including, 1.0.", random),
    method("getrandbits(self, k, /)", "An int of k random bits.", getrandbits),
    method("randbytes(self, n)", "n random bytes.", randbytes),
    method("randrange(self, start, stop=None, step=1)", "An item of range(start, stop, step).", randrange),
    method("randint(self, a, b)", "An int from a to b, both included.", randint),
    method("choice(self, seq)", "An item of a sequence.", choice),
    method(
        "choices(self, population, weights=None, *, cum_weights=None, k=1)",
        "k items, drawn with replacement.",
        choices,
    ),
    method("shuffle(self, x)", "Shuffle a list in place.", shuffle),
    method("sample(self, population, k, *, counts=None)", "k different items of a sequence.", sample),
    method("uniform(self, a, b)", "A float between a and b.", uniform),
    method("triangular(self, low=0.0, high=1.0, mode=None)", "Triangular distribution.", triangular),
    method("betavariate(self, alpha, beta)", "Beta distribution.", betavariate),
    method("expovariate(self, lambd=1.0)", "Exponential distribution.", expovariate),
    method("gammavariate(self, alpha, beta)", "Gamma distribution.", gammavariate),
    method("gauss(self, mu=0.0, sigma=1.0)", "Gaussian distribution.", gauss),
    method("normalvariate(self, mu=0.0, sigma=1.0)", "Normal distribution.", normalvariate),
    method("lognormvariate(self, mu=0.0, sigma=1.0)", "Log normal distribution.", lognormvariate),
    method("vonmisesvariate(self, mu, kappa)", "Distribution of angles.", vonmisesvariate),
    method("paretovariate(self, alpha)", "Pareto distribution.", paretovariate),
    method("weibullvariate(self, alpha, beta)", "Weibull distribution.", weibullvariate),
    method("binomialvariate(self, n=1, p=0.5)", "Binomial distribution.", binomialvariate),
    method("_randbelow(self, n)", "An int from 0 up to, not including, n.", below),
    method("_sample_indices(self, n, k)", "k different ints below n.", sample_indices),
];

const SYSTEM: &[NativeDef] =
    &[new("__new__(cls, /, *args, **kwargs)", "A generator that can't be seeded.", system_new)];

/// What the module offers of its hidden generator.
const SHARED: [&str; 23] = [
    "seed",
    "getstate",
    "setstate",
    "random",
    "getrandbits",
    "randbytes",
    "randrange",
    "randint",
    "choice",
    "choices",
    "shuffle",
    "sample",
    "uniform",
    "triangular",
    "betavariate",
    "expovariate",
    "gammavariate",
    "gauss",
    "normalvariate",
    "lognormvariate",
    "vonmisesvariate",
    "paretovariate",
    "weibullvariate",
];

fn urandom(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = vm.index_arg(args, 0)?;
    if n < 0 {
        return Err(vm.value_error("negative argument not allowed"));
    }
    let seed = fresh_seed(vm);
    let bytes = Random::new(&seed).bytes(n.min(1 << 30) as usize);
    Ok(vm.new_bytes(&bytes))
}

fn init_module(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let (plain, system) = (class(vm, false), class(vm, true));
    set(vm, dict, "Random", plain.value());
    set(vm, dict, "SystemRandom", system.value());
    let inst = make(vm, plain, false);
    debug_assert!(inst.cast::<Native>().is_some());
    set(vm, dict, "_inst", inst);
    for name in SHARED.iter().copied().chain(["binomialvariate"]) {
        let key: Gc<Str> = vm.intern(name);
        if let Some(f) = vm.lookup_class(plain, key) {
            let bound = vm.new_bound(f, inst);
            dict.set_str(key, bound);
        }
    }
    Ok(())
}

/// The module `random`.
pub static RANDOM_MODULE: ModuleDef = ModuleDef {
    name: "random",
    doc: "Random numbers, the same ones for the same seed.",
    functions: &[],
    init: init_module,
    source: include_str!("random.thr"),
};

/// The run's entropy, for `os` and `secrets`.
pub const ENTROPY: &[NativeDef] = &[function("urandom(n, /)", "n random bytes, drawn from the run's seed.", urandom)];
