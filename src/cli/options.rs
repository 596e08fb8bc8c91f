//! Options that decide how a program runs, shared by `run` and `repl`; reading source files.

use crate::base::config::{ClockMode, Preempt, VmConfig};
use crate::base::diag::{Diagnostic, Label, Style};
use crate::bytecode::program::Source;
use crate::sched::policy::{self, Policy};
use crate::syntax::error::{SyntaxError, SyntaxErrorKind};
use clap::{Args, ValueEnum};
use std::io::{IsTerminal, Read};

#[derive(Clone, Copy, ValueEnum)]
enum ClockOption {
    /// Virtual time decides every order; sleeps take their time
    Paced,
    /// Virtual time; sleeps take no time
    Virtual,
    /// Real time decides, as in CPython
    Wall,
}

#[derive(Clone, Copy, ValueEnum)]
enum PreemptOption {
    /// Before every visible operation
    Visible,
    /// At calls and loop back-edges only, as CPython since 3.10
    Cpython,
}

/// What a run depends on besides the program and its input.
#[derive(Args, Clone)]
pub struct ScheduleOptions {
    /// Seed of the schedule and of `random`: a number, or `random` to have one picked and printed
    #[arg(long, value_name = "N", default_value = "0", help_heading = "Schedule")]
    seed: String,
    /// Longest time in seconds that a thread keeps the GIL while others want it
    #[arg(long, value_name = "SECONDS", default_value_t = 0.005, help_heading = "Schedule")]
    switch_interval: f64,
    /// How time passes
    #[arg(long, value_enum, default_value = "paced", help_heading = "Schedule")]
    clock: ClockOption,
    /// Where a switch may happen
    #[arg(long, value_enum, default_value = "visible", help_heading = "Schedule")]
    preempt: PreemptOption,
    /// Who runs next: round-robin or random
    #[arg(long, value_name = "NAME", default_value = "round-robin", help_heading = "Schedule")]
    policy: String,
    /// Date at which the clock starts, as 2026-01-01T00:00:00Z [default: now]
    #[arg(long, value_name = "DATE", help_heading = "Schedule")]
    epoch: Option<String>,
    /// A rule for warnings, as CPython's -W has it: action:message:category:module:line
    #[arg(short = 'W', value_name = "RULE")]
    warnings: Vec<String>,
}

impl ScheduleOptions {
    /// The configuration that these options ask for, or what is wrong with them.
    pub fn config(&self) -> Result<VmConfig, String> {
        let seed = match self.seed.as_str() {
            "random" => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let seed = now.map_or(1, |d| d.as_nanos() as u64) % 1_000_000_007;
                super::complain(&format!("thr: --seed {seed}\n"));
                seed
            }
            text => text.parse().map_err(|_| format!("--seed takes a number or `random`, not '{text}'"))?,
        };
        if !(self.switch_interval > 0.0 && self.switch_interval.is_finite()) {
            return Err("--switch-interval must be more than 0 seconds".into());
        }
        if policy::by_name(&self.policy, seed).is_none() {
            return Err(format!("no policy '{}'; there are: {}", self.policy, policy::NAMES.join(", ")));
        }
        let epoch_ns = match &self.epoch {
            Some(text) => {
                Some(parse_date(text).ok_or_else(|| format!("--epoch '{text}' is no date like 2026-01-01T00:00:00Z"))?)
            }
            None => None,
        };
        Ok(VmConfig {
            seed,
            switch_interval_ns: ((self.switch_interval * 1e9) as u64).max(1),
            clock: match self.clock {
                ClockOption::Paced => ClockMode::Paced,
                ClockOption::Virtual => ClockMode::Virtual,
                ClockOption::Wall => ClockMode::Wall,
            },
            preempt: match self.preempt {
                PreemptOption::Visible => Preempt::Visible,
                PreemptOption::Cpython => Preempt::Cpython,
            },
            epoch_ns,
            warn_options: self.warnings.clone(),
            gc_stress: switched_on("THR_GC_STRESS"),
            quicken: !switched_on("THR_NO_QUICKEN"),
            ..VmConfig::default()
        })
    }

    /// The scheduling policy.
    pub fn policy(&self, seed: u64) -> Box<dyn Policy> {
        policy::by_name(&self.policy, seed).unwrap_or_else(|| Box::new(policy::round_robin::RoundRobin::new(seed)))
    }
}

/// Whether a switch of the environment is on: set, and not to `0`.
fn switched_on(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|v| v != "0")
}

/// Nanoseconds since 1970 of `YYYY-MM-DD[THH:MM:SS[Z]]`, or of a plain number of seconds.
fn parse_date(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000_000_000);
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once('T').unwrap_or((text, "0:0:0"));
    let numbers = |s: &str, sep: char| s.split(sep).map(|p| p.parse::<i64>().ok()).collect::<Option<Vec<_>>>();
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let (&[y, mo, d], &[h, mi, s]) = (&date[..], &time[..]) else { return None };
    let fits = (1..=12).contains(&mo) && (1..=31).contains(&d) && (0..24).contains(&h) && (0..60).contains(&mi);
    if !fits || !(0..61).contains(&s) || !(1..=9999).contains(&y) {
        return None;
    }
    let days = crate::text::strftime::days_from_civil(y, mo as u32, d);
    (days * 86_400 + h * 3_600 + mi * 60 + s).checked_mul(1_000_000_000)
}

/// How diagnostics are drawn on this standard error.
pub fn style() -> Style {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()) || !std::io::stderr().is_terminal();
    if plain { Style::Plain } else { Style::Colour }
}

/// Reads a program: a file, or standard input for `-`. The error is a message and an exit status.
pub fn read_program(path: &str) -> Result<Vec<u8>, (String, u8)> {
    if path == "-" {
        let mut bytes = Vec::new();
        return match std::io::stdin().lock().read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(e) => Err((format!("can't read standard input: {e}"), super::STATUS_USAGE)),
        };
    }
    if std::path::Path::new(path).is_dir() {
        return Err((format!("can't run '{path}': it is a directory"), super::STATUS_USAGE));
    }
    std::fs::read(path).map_err(|e| {
        let number = e.raw_os_error().map_or(String::new(), |n| format!("[Errno {n}] "));
        let text = e.to_string();
        let text = text.split(" (os error").next().unwrap_or_default().to_owned();
        (format!("can't open file '{path}': {number}{text}"), super::STATUS_USAGE)
    })
}

/// Prints a syntax error: a diagnostic on a terminal, CPython's form elsewhere.
pub fn print_syntax_error(e: &SyntaxError, source: &Source) {
    // These are about the file as a whole: CPython shows no place either.
    if e.message.starts_with("Non-UTF-8 code") || e.message.starts_with("encoding problem") {
        super::complain(&format!("{}: {}\n", class_name(e.kind), e.message));
        return;
    }
    if std::io::stderr().is_terminal() {
        let code = match e.kind {
            SyntaxErrorKind::SyntaxError => "thr::syntax",
            SyntaxErrorKind::IndentationError => "thr::indentation",
            SyntaxErrorKind::TabError => "thr::tabs",
        };
        let label =
            Label { source: source.name.clone(), text: source.text.clone(), span: e.span, message: "here".into() };
        let diagnostic = Diagnostic {
            code,
            message: format!("{}: {}", class_name(e.kind), e.message),
            labels: vec![label],
            help: e.help.clone(),
        };
        super::complain(&diagnostic.render(style()));
        return;
    }
    super::complain(&plain_syntax_error(e, source));
}

fn class_name(kind: SyntaxErrorKind) -> &'static str {
    match kind {
        SyntaxErrorKind::SyntaxError => "SyntaxError",
        SyntaxErrorKind::IndentationError => "IndentationError",
        SyntaxErrorKind::TabError => "TabError",
    }
}

/// CPython's form: file and line, the line without its blanks (but tabs stay), carets, class and message.
fn plain_syntax_error(e: &SyntaxError, source: &Source) -> String {
    let len = source.text.len() as u32;
    let column = |at: u32| {
        let (line, col) = source.lines.line_col(at.min(len));
        let before = source.lines.line_text(&source.text, line).get(..col as usize);
        (line, before.map_or(col as usize, |t| t.chars().count()))
    };
    let ((line, start), (end_line, end)) = (column(e.span.start), column(e.span.end));
    let whole = source.lines.line_text(&source.text, line);
    let text = whole.trim_start_matches([' ', '\x0c']);
    let indent = whole.chars().count() - text.chars().count();
    let mut out = format!("  File \"{}\", line {line}\n", source.name);
    if !text.trim_end().is_empty() {
        out.push_str(&format!("    {}\n", text.trim_end()));
        if start >= indent {
            let end = if end_line == line { end } else { whole.trim_end().chars().count() };
            let mut blanks: String =
                text.chars().take(start - indent).map(|c| if c.is_whitespace() { c } else { ' ' }).collect();
            let missing = (start - indent).saturating_sub(blanks.chars().count());
            blanks.extend(std::iter::repeat_n(' ', missing));
            out.push_str(&format!("    {blanks}{}\n", "^".repeat(end.saturating_sub(start).max(1))));
        }
    }
    out.push_str(&format!("{}: {}\n", class_name(e.kind), e.message));
    out
}
