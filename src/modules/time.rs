//! The module `time`. Floor 7.
//!
//! The zone is UTC. Invariant: every clock is read through the VM, so a run's times are a function of its inputs.

use super::{set, text_error};
use crate::base::config::{ClockMode, TICK_NS};
use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Class, Dict, List, Tuple, View};
use crate::text::strftime::{self, Civil};
use crate::value::Value;
use crate::vm::block::Wait;
use crate::vm::native::{NativeDef, Resume, Step, attribute, function, method, new};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// What monotonic clocks show at the start: nobody takes it for "no time at all".
const CLOCK_START_NS: u64 = 1_000_000_000_000;

fn seconds(vm: &mut Vm, ns: i64) -> Res {
    Ok(vm.new_float(ns as f64 / 1e9))
}

fn time(vm: &mut Vm, _: Args<'_>) -> Res {
    let ns = vm.date_ns();
    seconds(vm, ns)
}

fn time_ns(vm: &mut Vm, _: Args<'_>) -> Res {
    let ns = vm.date_ns();
    Ok(vm.new_int(ns))
}

fn steady_ns(vm: &Vm) -> i64 {
    (vm.now() + CLOCK_START_NS) as i64
}

fn monotonic(vm: &mut Vm, _: Args<'_>) -> Res {
    let ns = steady_ns(vm);
    seconds(vm, ns)
}

fn monotonic_ns(vm: &mut Vm, _: Args<'_>) -> Res {
    let ns = steady_ns(vm);
    Ok(vm.new_int(ns))
}

/// CPU time: ticks only, without what was slept.
fn cpu_ns(vm: &Vm) -> i64 {
    match vm.config.clock {
        ClockMode::Wall => vm.host.process_time_ns() as i64,
        _ => (vm.ticks() * TICK_NS) as i64,
    }
}

fn process_time(vm: &mut Vm, _: Args<'_>) -> Res {
    let ns = cpu_ns(vm);
    seconds(vm, ns)
}

fn process_time_ns(vm: &mut Vm, _: Args<'_>) -> Res {
    let ns = cpu_ns(vm);
    Ok(vm.new_int(ns))
}

fn sleep(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = match args[0].view() {
        View::Str(_) | View::None | View::List(_) | View::Tuple(_) | View::Dict(_) => {
            let message = format!("'{}' object cannot be interpreted as an integer", vm.class_name(args[0]));
            return Err(vm.type_error(message));
        }
        _ => vm.float_arg(args, 0)?,
    };
    if s.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if s < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    if s > 9_223_372_036.0 {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    let until = if s == 0.0 { Value::NONE } else { Value::small(vm.deadline_in(s).min(i64::MAX as u64 >> 1) as i64) };
    vm.enter(sleep_step, &[until])
}

/// Register: the deadline, or `None` to let others go first.
fn sleep_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match resume {
        Resume::Start => match vm.mreg(0).as_int() {
            Some(until) => Ok(Step::Park(Wait { on: Value::NONE, verb: "sleep", deadline: Some(until.max(0) as u64) })),
            None => Ok(Step::YieldCpu),
        },
        Resume::Raised(e) => Err(e.into()),
        _ => Ok(Step::Return(Value::NONE)),
    }
}

// ---- dates

fn struct_class(vm: &mut Vm) -> Gc<Class> {
    let key = "time.struct_time";
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let base = vm.types.tuple;
    let class = vm.new_native_class("struct_time", "time", &[base], Kind::Tuple, flag::SEQUENCE);
    vm.install_methods(class, STRUCT_TIME);
    vm.module_state.insert(key, class.value());
    class
}

fn to_struct(vm: &mut Vm, c: &Civil, isdst: i64) -> Value {
    let fields = [
        c.year,
        c.month.into(),
        c.day.into(),
        c.hour.into(),
        c.minute.into(),
        c.second.into(),
        c.weekday.into(),
        c.yearday.into(),
        isdst,
    ];
    let class = struct_class(vm);
    vm.new_tuple_of(class, &fields.map(Value::small)).value()
}

/// The moment in argument `i`: seconds, or now.
fn moment(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<Civil> {
    let secs = match args.get(i) {
        None | Some(Value::NONE) => vm.date_ns().div_euclid(1_000_000_000),
        Some(v) => match v.view() {
            View::Int(n) => n,
            View::Str(_) | View::List(_) | View::Tuple(_) | View::Dict(_) => {
                let message = format!("'{}' object cannot be interpreted as an integer", vm.class_name(v));
                return Err(vm.type_error(message));
            }
            _ => {
                let f = vm.float_arg(args, i)?;
                if !f.is_finite() || f.abs() > 9e15 {
                    return Err(vm.overflow_error("timestamp out of range for platform time_t"));
                }
                f.floor() as i64
            }
        },
    };
    match Civil::from_epoch(secs) {
        Some(c) => Ok(c),
        None => Err(vm.value_error("year is out of range")),
    }
}

/// The fields in argument `i`: a tuple of nine, or now.
fn fields(vm: &mut Vm, args: Args<'_>, i: usize, name: &str) -> Res<Civil> {
    let Some(v) = args.get(i) else { return moment(vm, args, i) };
    let Some(t) = v.cast::<Tuple>() else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if t.len() != 9 {
        return Err(vm.type_error(format!("{name}(): illegal time tuple argument")));
    }
    let mut n = [0i64; 9];
    for (slot, &v) in n.iter_mut().zip(t.items()) {
        match v.as_int() {
            Some(i) => *slot = i,
            None => {
                let message = format!("'{}' object cannot be interpreted as an integer", vm.class_name(v));
                return Err(vm.type_error(message));
            }
        }
    }
    let checks: [(usize, i64, i64, &str); 6] = [
        (1, 0, 12, "month out of range"),
        (2, 0, 31, "day of month out of range"),
        (3, 0, 23, "hour out of range"),
        (4, 0, 59, "minute out of range"),
        (5, 0, 61, "seconds out of range"),
        (7, 0, 366, "day of year out of range"),
    ];
    for (at, low, high, message) in checks {
        if n[at] < low || n[at] > high {
            return Err(vm.value_error(message));
        }
    }
    if n[6] < -1 {
        return Err(vm.value_error("day of week out of range"));
    }
    Ok(Civil {
        year: n[0],
        month: n[1].max(1) as u32,
        day: n[2].max(1) as u32,
        hour: n[3] as u32,
        minute: n[4] as u32,
        second: n[5] as u32,
        weekday: n[6].rem_euclid(7) as u32,
        yearday: n[7].max(1) as u32,
    })
}

fn gmtime(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = moment(vm, args, 0)?;
    Ok(to_struct(vm, &c, 0))
}

fn mktime(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(t) = args[0].cast::<Tuple>().filter(|t| t.len() == 9) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    // Fields out of range count on: days and months too.
    let n: Vec<i64> = t.items().iter().map(|v| v.as_int().unwrap_or(0)).collect();
    let months = n[0].saturating_mul(12).saturating_add(n[1] - 1);
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as u32 + 1);
    if year.abs() > 1 << 31 {
        return Err(vm.overflow_error("mktime argument out of range"));
    }
    let days = strftime::days_from_civil(year, month, n[2]);
    let total = days as f64 * 86400.0 + n[3] as f64 * 3600.0 + n[4] as f64 * 60.0 + n[5] as f64;
    Ok(vm.new_float(total))
}

fn ctime(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = moment(vm, args, 0)?;
    let mut out = String::new();
    strftime::asctime(&c, &mut out);
    Ok(vm.new_str(&out))
}

fn asctime(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = fields(vm, args, 0, "asctime")?;
    let mut out = String::new();
    strftime::asctime(&c, &mut out);
    Ok(vm.new_str(&out))
}

fn strftime_(vm: &mut Vm, args: Args<'_>) -> Res {
    let format = vm.str_arg(args, 0, "strftime() argument 1 must be str, not {}")?;
    let c = fields(vm, args, 1, "strftime")?;
    let mut out = String::new();
    strftime::strftime(format.as_str(), &c, "UTC", &mut out);
    Ok(vm.new_str(&out))
}

fn struct_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = vm.items_arg(args, 1)?;
    if items.len() < 9 {
        let message = format!("time.struct_time() takes an at least 9-sequence ({}-sequence given)", items.len());
        return Err(vm.type_error(message));
    }
    let class = struct_class(vm);
    Ok(vm.new_tuple_of(class, &items[..9]).value())
}

const FIELDS: [&str; 9] =
    ["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"];

fn struct_repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = args[0].cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
    let parts: Vec<String> =
        FIELDS.iter().zip(items).map(|(n, v)| format!("{n}={}", v.as_int().unwrap_or(0))).collect();
    Ok(vm.new_str(&format!("time.struct_time({})", parts.join(", "))))
}

macro_rules! field_getters {
    ($($f:ident $i:literal;)*) => {
        $(fn $f(_: &mut Vm, args: Args<'_>) -> Res {
            Ok(args[0].cast::<Tuple>().and_then(|t| t.items().get($i).copied()).unwrap_or(Value::NONE))
        })*
    };
}
field_getters! {
    tm_year 0; tm_mon 1; tm_mday 2; tm_hour 3; tm_min 4; tm_sec 5; tm_wday 6; tm_yday 7; tm_isdst 8;
}

fn tm_zone(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.new_str("UTC"))
}

fn tm_gmtoff(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(0))
}

/// `_strptime`'s result: a `struct_time` of a list of fields, the last two computed.
fn make_struct(vm: &mut Vm, args: Args<'_>) -> Res {
    let n: Vec<i64> = match args[0].cast::<List>() {
        Some(l) => l.to_vec().iter().map(|v| v.as_int().unwrap_or(0)).collect(),
        None => Vec::new(),
    };
    let [year, month, day, hour, minute, second] = n[..] else {
        return Err(text_error(vm, crate::text::TextError::value("six fields are needed")));
    };
    let (month, day) = (month.clamp(1, 12) as u32, day.clamp(1, 31) as u32);
    let c = Civil {
        year,
        month,
        day,
        hour: hour as u32,
        minute: minute as u32,
        second: second as u32,
        weekday: strftime::weekday(year, month, day),
        yearday: strftime::yearday(year, month, day),
    };
    Ok(to_struct(vm, &c, -1))
}

const STRUCT_TIME: &[NativeDef] = &[
    new("__new__(cls, sequence, /)", "A moment in its fields.", struct_new),
    method("__repr__(self, /)", "Return repr(self).", struct_repr),
    attribute("tm_year", "year", tm_year),
    attribute("tm_mon", "month, 1 to 12", tm_mon),
    attribute("tm_mday", "day, 1 to 31", tm_mday),
    attribute("tm_hour", "hour, 0 to 23", tm_hour),
    attribute("tm_min", "minute, 0 to 59", tm_min),
    attribute("tm_sec", "second, 0 to 61", tm_sec),
    attribute("tm_wday", "day of the week, Monday is 0", tm_wday),
    attribute("tm_yday", "day of the year, 1 to 366", tm_yday),
    attribute("tm_isdst", "whether it is summer time", tm_isdst),
    attribute("tm_zone", "name of the zone", tm_zone),
    attribute("tm_gmtoff", "seconds east of UTC", tm_gmtoff),
];

const FUNCTIONS: &[NativeDef] = &[
    function("time()", "Seconds since 1970.", time),
    function("time_ns()", "Nanoseconds since 1970.", time_ns),
    function("monotonic()", "Seconds on a clock that never goes back.", monotonic),
    function("monotonic_ns()", "Nanoseconds on a clock that never goes back.", monotonic_ns),
    function("perf_counter()", "Seconds for measuring.", monotonic),
    function("perf_counter_ns()", "Nanoseconds for measuring.", monotonic_ns),
    function("process_time()", "Seconds of CPU time.", process_time),
    function("process_time_ns()", "Nanoseconds of CPU time.", process_time_ns),
    function("thread_time()", "Seconds of CPU time.", process_time),
    function("thread_time_ns()", "Nanoseconds of CPU time.", process_time_ns),
    function("sleep(seconds, /)", "Let this thread rest for so many seconds.", sleep),
    function("gmtime(seconds=None, /)", "The fields of a moment in UTC.", gmtime),
    function("localtime(seconds=None, /)", "The fields of a moment.", gmtime),
    function("mktime(fields, /)", "Seconds since 1970 of a moment's fields.", mktime),
    function("ctime(seconds=None, /)", "A moment as text.", ctime),
    function("asctime(fields=None, /)", "A moment's fields as text.", asctime),
    function("strftime(format, fields=None, /)", "A moment's fields as text in a format.", strftime_),
    function("tzset()", "Nothing: the zone is UTC.", tzset),
    function("_make_struct(fields, /)", "A struct_time.", make_struct),
];

fn tzset(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NONE)
}

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let class = struct_class(vm);
    set(vm, dict, "struct_time", class.value());
    for name in ["timezone", "altzone", "daylight"] {
        set(vm, dict, name, Value::small(0));
    }
    let utc = vm.new_str("UTC");
    let names = vm.new_tuple(&[utc, utc]);
    set(vm, dict, "tzname", names);
    for (i, name) in
        ["CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID"].iter().enumerate()
    {
        set(vm, dict, name, Value::small(i as i64));
    }
    Ok(())
}

/// The module `time`.
pub static TIME: ModuleDef = ModuleDef {
    name: "time",
    doc: "Clocks, dates and sleeping.",
    functions: FUNCTIONS,
    init,
    source: include_str!("time.thr"),
};
