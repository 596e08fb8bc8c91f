//! Civil dates in UTC and their text in the C locale. Pure; see `text`.
//!
//! Invariant: the proleptic Gregorian calendar; any count of seconds whose year fits an `i64` has its fields and back.
//! (The `time` module of the library reference; directives as in glibc's `strftime(3)`.)

use super::format::push_fill;
use super::int::push_i64;

/// A moment in its fields, as `time.struct_time` has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// `tm_year`
    pub year: i64,
    /// `tm_mon`, from 1.
    pub month: u32,
    /// `tm_mday`, from 1.
    pub day: u32,
    /// `tm_hour`
    pub hour: u32,
    /// `tm_min`
    pub minute: u32,
    /// `tm_sec`, up to 61.
    pub second: u32,
    /// `tm_wday`, Monday 0.
    pub weekday: u32,
    /// `tm_yday`, from 1.
    pub yearday: u32,
}

const SECONDS: i64 = 86400;
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Whether `year` has a 29th of February.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970-01-01 to a date. The month may be any from 1 to 12, the day any number: it counts on.
pub fn days_from_civil(year: i64, month: u32, day: i64) -> i64 {
    // Years begin in March, so that the leap day comes last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146097 + day_of_era - 719468
}

/// The date that lies `days` after 1970-01-01: year, month, day.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719468;
    let era = days.div_euclid(146097);
    let day_of_era = days.rem_euclid(146097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

/// The day of the year, from 1.
pub fn yearday(year: i64, month: u32, day: u32) -> u32 {
    (days_from_civil(year, month, i64::from(day)) - days_from_civil(year, 1, 0)) as u32
}

/// The day of the week, Monday 0.
pub fn weekday(year: i64, month: u32, day: u32) -> u32 {
    (days_from_civil(year, month, i64::from(day)) + 3).rem_euclid(7) as u32
}

impl Civil {
    /// `time.gmtime(seconds)`. `None` for seconds whose year leaves 32 bits (`OverflowError`), as for C.
    pub fn from_epoch(seconds: i64) -> Option<Civil> {
        let days = seconds.div_euclid(SECONDS);
        let rest = seconds.rem_euclid(SECONDS) as u32;
        // 2^31 years are less than 2^40 days.
        if days.unsigned_abs() >= 1 << 40 {
            return None;
        }
        let (year, month, day) = civil_from_days(days);
        i32::try_from(year).ok()?;
        Some(Civil {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 3).rem_euclid(7) as u32,
            yearday: yearday(year, month, day),
        })
    }

    /// `calendar.timegm(self)`: seconds since the epoch; fields out of range count on, the last two fields are not looked at.
    pub fn to_epoch(&self) -> i64 {
        let days = days_from_civil(self.year, self.month, i64::from(self.day));
        days.wrapping_mul(SECONDS)
            .wrapping_add(i64::from(self.hour) * 3600)
            .wrapping_add(i64::from(self.minute) * 60)
            .wrapping_add(i64::from(self.second))
    }

    fn hour12(&self) -> u32 {
        match self.hour % 12 {
            0 => 12,
            hour => hour,
        }
    }

    /// The year and week of ISO 8601.
    pub fn iso_week(&self) -> (i64, u32) {
        // The week belongs to the year of its Thursday.
        let thursday = i64::from(self.yearday) - 1 + 3 - i64::from(self.weekday);
        let length = |year| if is_leap(year) { 366 } else { 365 };
        let (year, day) = if thursday < 0 {
            (self.year - 1, thursday + length(self.year - 1))
        } else if thursday >= length(self.year) {
            (self.year + 1, thursday - length(self.year))
        } else {
            (self.year, thursday)
        };
        (year, (day / 7 + 1) as u32)
    }
}

fn day_name(civil: &Civil) -> &'static str {
    DAYS.get(civil.weekday as usize).unwrap_or(&"?")
}

fn month_name(civil: &Civil) -> &'static str {
    (civil.month as usize).checked_sub(1).and_then(|month| MONTHS.get(month)).unwrap_or(&"?")
}

fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// Appends `time.asctime(civil)`: `Thu Jan  1 00:00:00 1970`. `ctime` is this of `localtime`.
pub fn asctime(civil: &Civil, out: &mut String) {
    out.push_str(short(day_name(civil)));
    out.push(' ');
    out.push_str(short(month_name(civil)));
    push_padded(i64::from(civil.day), 3, ' ', out);
    out.push(' ');
    strftime("%H:%M:%S", civil, "", out);
    out.push(' ');
    push_i64(civil.year, out);
}

/// Appends `n` in at least `width` places.
fn push_padded(n: i64, width: usize, fill: char, out: &mut String) {
    let digits = n.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
    let padding = width.saturating_sub(digits + usize::from(n < 0));
    if fill == ' ' {
        push_fill(' ', padding, out);
        return push_i64(n, out);
    }
    if n < 0 {
        out.push('-');
    }
    push_fill(fill, padding, out);
    super::int::push_u64(n.unsigned_abs(), out);
}

/// The flags of glibc between `%` and the directive.
#[derive(Clone, Copy, Default)]
struct Flags {
    /// `_`, `-` or `0`.
    pad: Option<char>,
    /// `^`
    upper: bool,
    /// `#`
    swap: bool,
    width: Option<usize>,
}

impl Flags {
    fn number(&self, n: i64, width: usize, fill: char, out: &mut String) {
        let (width, fill) = match self.pad {
            Some('-') => (self.width.unwrap_or(0), '0'),
            Some('_') => (self.width.unwrap_or(width), ' '),
            Some('0') => (self.width.unwrap_or(width), '0'),
            _ => (self.width.unwrap_or(width), fill),
        };
        push_padded(n, width, fill, out);
    }

    fn text(&self, text: &str, swapped_lower: bool, out: &mut String) {
        let padding = self.width.unwrap_or(0).saturating_sub(text.len());
        push_fill(if self.pad == Some('0') { '0' } else { ' ' }, padding, out);
        if self.swap && swapped_lower {
            out.push_str(&text.to_lowercase());
        } else if self.upper || self.swap {
            out.push_str(&text.to_uppercase());
        } else {
            out.push_str(text);
        }
    }
}

/// The widest field; more is taken as this much.
const MAX_WIDTH: usize = 1 << 16;

/// Appends `time.strftime(format, civil)` in the C locale, at offset 0 from UTC; `zone` is its name for `%Z`: `GMT` after
/// `time.gmtime`, `UTC` after `time.localtime`. A directive that is not known stays as it is, as in glibc.
pub fn strftime(format: &str, civil: &Civil, zone: &str, out: &mut String) {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let start = &rest[at..];
        let mut chars = start[1..].chars();
        let mut flags = Flags::default();
        let mut directive = chars.next();
        while let Some(c @ ('_' | '-' | '0' | '^' | '#' | '+')) = directive {
            match c {
                '^' => flags.upper = true,
                '#' => flags.swap = true,
                '+' => {}
                _ => flags.pad = Some(c),
            }
            directive = chars.next();
        }
        while let Some(digit) = directive.and_then(|c| c.to_digit(10)) {
            let width = flags.width.unwrap_or(0) * 10 + digit as usize;
            flags.width = Some(width.min(MAX_WIDTH));
            directive = chars.next();
        }
        if let Some('E' | 'O') = directive {
            directive = chars.next();
        }
        rest = chars.as_str();
        let known = directive.is_some_and(|directive| push_directive(directive, flags, civil, zone, out));
        if !known {
            out.push_str(&start[..start.len() - rest.len()]);
        }
    }
    out.push_str(rest);
}

fn push_directive(directive: char, flags: Flags, civil: &Civil, zone: &str, out: &mut String) -> bool {
    let n = |n: u32, width: usize, out: &mut String| flags.number(i64::from(n), width, '0', out);
    let composed = |format: &str, out: &mut String| {
        let mut text = String::new();
        strftime(format, civil, zone, &mut text);
        flags.text(&text, false, out);
    };
    match directive {
        'a' => flags.text(short(day_name(civil)), false, out),
        'A' => flags.text(day_name(civil), false, out),
        'b' | 'h' => flags.text(short(month_name(civil)), false, out),
        'B' => flags.text(month_name(civil), false, out),
        'c' => composed("%a %b %e %H:%M:%S %Y", out),
        'C' => flags.number(civil.year.div_euclid(100), 1, '0', out),
        'd' => n(civil.day, 2, out),
        'D' | 'x' => composed("%m/%d/%y", out),
        'e' => flags.number(i64::from(civil.day), 2, ' ', out),
        'F' => composed("%Y-%m-%d", out),
        'g' => n(civil.iso_week().0.rem_euclid(100) as u32, 2, out),
        'G' => flags.number(civil.iso_week().0, 1, '0', out),
        'H' => n(civil.hour, 2, out),
        'I' => n(civil.hour12(), 2, out),
        'j' => n(civil.yearday, 3, out),
        'k' => flags.number(i64::from(civil.hour), 2, ' ', out),
        'l' => flags.number(i64::from(civil.hour12()), 2, ' ', out),
        'm' => n(civil.month, 2, out),
        'M' => n(civil.minute, 2, out),
        'n' => flags.text("\n", false, out),
        'p' => flags.text(if civil.hour >= 12 { "PM" } else { "AM" }, true, out),
        'P' => flags.text(if civil.hour >= 12 { "pm" } else { "am" }, true, out),
        'r' => composed("%I:%M:%S %p", out),
        'R' => composed("%H:%M", out),
        's' => flags.number(civil.to_epoch(), 1, '0', out),
        'S' => n(civil.second, 2, out),
        't' => flags.text("\t", false, out),
        'T' | 'X' => composed("%H:%M:%S", out),
        'u' => n(civil.weekday + 1, 1, out),
        'U' => n((civil.yearday + 6 - (civil.weekday + 1) % 7) / 7, 2, out),
        'V' => n(civil.iso_week().1, 2, out),
        'w' => n((civil.weekday + 1) % 7, 1, out),
        'W' => n((civil.yearday + 6 - civil.weekday) / 7, 2, out),
        'y' => n(civil.year.rem_euclid(100) as u32, 2, out),
        'Y' => flags.number(civil.year, 1, '0', out),
        'z' => out.push_str("+0000"),
        'Z' => flags.text(zone, true, out),
        '%' => flags.text("%", false, out),
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Civil {
        match Civil::from_epoch(seconds) {
            Some(civil) => civil,
            None => panic!("{seconds}"),
        }
    }

    #[test]
    fn fields_and_back() {
        for seconds in [0, -1, 1700000000, 951782400, -62135596800, 253402300799, -2208988800, 4102444800] {
            assert_eq!(at(seconds).to_epoch(), seconds);
        }
        let civil = at(1709210096);
        assert_eq!((civil.year, civil.month, civil.day), (2024, 2, 29));
        assert_eq!((civil.hour, civil.minute, civil.second, civil.weekday, civil.yearday), (12, 34, 56, 3, 60));
        assert_eq!(Civil::from_epoch(i64::MAX), None);
        assert_eq!(weekday(2000, 1, 1), 5);
        assert_eq!(yearday(2023, 12, 31), 365);
        assert!(is_leap(2000) && !is_leap(1900));
    }

    #[test]
    fn directives() {
        for (seconds, format, expected) in [
            (0, "%a %A %b %B %h", "Thu Thursday Jan January Jan"),
            (0, "%c", "Thu Jan  1 00:00:00 1970"),
            (0, "%C %d %D %e", "19 01 01/01/70  1"),
            (0, "%F %g %G %V", "1970-01-01 70 1970 01"),
            (0, "%H %I %j %k %l", "00 12 001  0 12"),
            (0, "%m %M %p %P %r %R", "01 00 AM am 12:00:00 AM 00:00"),
            (0, "%s %S %T %u %U %w %W", "0 00 00:00:00 4 00 4 00"),
            (0, "%x %X %y %Y %z %Z %%", "01/01/70 00:00:00 70 1970 +0000 GMT %"),
            (0, "%-d %_d %^a %#Z %#p %010d %_5m %-H %^B", "1  1 THU gmt am 0000000001     1 0 JANUARY"),
            (0, "%Ex %Od %Q %", "01/01/70 01 %Q %"),
            (0, "%5Y|%_6Y|%10a|%-j|%#a|%n|%t|%5%", "01970|  1970|       Thu|1|THU|\n|\t|    %"),
            (1709210096, "%a %A %b %B %h", "Thu Thursday Feb February Feb"),
            (1709210096, "%c", "Thu Feb 29 12:34:56 2024"),
            (1709210096, "%C %d %D %e", "20 29 02/29/24 29"),
            (1709210096, "%F %g %G %V", "2024-02-29 24 2024 09"),
            (1709210096, "%H %I %j %k %l", "12 12 060 12 12"),
            (1709210096, "%m %M %p %P %r %R", "02 34 PM pm 12:34:56 PM 12:34"),
            (1709210096, "%s %S %T %u %U %w %W", "1709210096 56 12:34:56 4 08 4 09"),
            (1709210096, "%x %X %y %Y %z %Z %%", "02/29/24 12:34:56 24 2024 +0000 GMT %"),
            (1709210096, "%-d %_d %^a %#Z %#p %010d %_5m %-H %^B", "29 29 THU gmt pm 0000000029     2 12 FEBRUARY"),
            (1709210096, "%Ex %Od %Q %", "02/29/24 29 %Q %"),
            (1709210096, "%5Y|%_6Y|%10a|%-j|%#a|%n|%t|%5%", "02024|  2024|       Thu|60|THU|\n|\t|    %"),
            (1735603199, "%a %A %b %B %h", "Mon Monday Dec December Dec"),
            (1735603199, "%c", "Mon Dec 30 23:59:59 2024"),
            (1735603199, "%C %d %D %e", "20 30 12/30/24 30"),
            (1735603199, "%F %g %G %V", "2024-12-30 25 2025 01"),
            (1735603199, "%H %I %j %k %l", "23 11 365 23 11"),
            (1735603199, "%m %M %p %P %r %R", "12 59 PM pm 11:59:59 PM 23:59"),
            (1735603199, "%s %S %T %u %U %w %W", "1735603199 59 23:59:59 1 52 1 53"),
            (1735603199, "%x %X %y %Y %z %Z %%", "12/30/24 23:59:59 24 2024 +0000 GMT %"),
            (1735603199, "%-d %_d %^a %#Z %#p %010d %_5m %-H %^B", "30 30 MON gmt pm 0000000030    12 23 DECEMBER"),
            (1735603199, "%Ex %Od %Q %", "12/30/24 30 %Q %"),
            (1735603199, "%5Y|%_6Y|%10a|%-j|%#a|%n|%t|%5%", "02024|  2024|       Mon|365|MON|\n|\t|    %"),
            (-62101036800, "%a %A %b %B %h", "Tue Tuesday Feb February Feb"),
            (-62101036800, "%c", "Tue Feb  5 00:00:00 2"),
            (-62101036800, "%C %d %D %e", "0 05 02/05/02  5"),
            (-62101036800, "%F %g %G %V", "2-02-05 02 2 06"),
            (-62101036800, "%H %I %j %k %l", "00 12 036  0 12"),
            (-62101036800, "%m %M %p %P %r %R", "02 00 AM am 12:00:00 AM 00:00"),
            (-62101036800, "%s %S %T %u %U %w %W", "-62101036800 00 00:00:00 2 05 2 05"),
            (-62101036800, "%x %X %y %Y %z %Z %%", "02/05/02 00:00:00 02 2 +0000 GMT %"),
            (-62101036800, "%-d %_d %^a %#Z %#p %010d %_5m %-H %^B", "5  5 TUE gmt am 0000000005     2 0 FEBRUARY"),
            (-62101036800, "%Ex %Od %Q %", "02/05/02 05 %Q %"),
            (-62101036800, "%5Y|%_6Y|%10a|%-j|%#a|%n|%t|%5%", "00002|     2|       Tue|36|TUE|\n|\t|    %"),
        ] {
            let mut out = String::new();
            strftime(format, &at(seconds), "GMT", &mut out);
            assert_eq!(out, expected, "{seconds} {format}");
        }
    }

    #[test]
    fn asctime_form() {
        let mut out = String::new();
        asctime(&at(0), &mut out);
        assert_eq!(out, "Thu Jan  1 00:00:00 1970");
        let mut out = String::new();
        asctime(&at(1709210096), &mut out);
        assert_eq!(out, "Thu Feb 29 12:34:56 2024");
        let mut out = String::new();
        asctime(&at(-62135596800), &mut out);
        assert_eq!(out, "Mon Jan  1 00:00:00 1");
    }
}
