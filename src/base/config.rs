//! How a VM is to behave. Plain data. Floor 0.

/// How time passes; see `docs/scheduling.md`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClockMode {
    /// Virtual time decides every order; the VM sleeps through idle jumps, so that a person sees `sleep(1)` last a
    /// second.
    #[default]
    Paced,
    /// Virtual time, without sleeping.
    Virtual,
    /// Real time decides, as in CPython.
    Wall,
}

/// Where a thread switch may happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Preempt {
    /// Before every visible operation.
    #[default]
    Visible,
    /// At calls and loop back-edges only, as CPython does since 3.10.
    Cpython,
}

/// Nanoseconds that one tick of virtual time stands for.
pub const TICK_NS: u64 = 100;
/// CPython's default switch interval: 5 ms.
pub const DEFAULT_SWITCH_INTERVAL_NS: u64 = 5_000_000;
/// CPython's default recursion limit.
pub const DEFAULT_RECURSION_LIMIT: usize = 1000;

/// Everything that a run is a function of, besides the script and its input.
#[derive(Clone, Debug)]
pub struct VmConfig {
    pub seed: u64,
    pub switch_interval_ns: u64,
    pub clock: ClockMode,
    pub preempt: Preempt,
    /// The date at which virtual time starts: nanoseconds since 1970 (UTC). `None`: the real date.
    pub epoch_ns: Option<i64>,
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// `sys.warnoptions`: rules for warnings.
    pub warn_options: Vec<String>,
    /// Collect at every safepoint after an allocation.
    pub gc_stress: bool,
    /// Learn while running: inline caches, and instructions made for what was seen. Off, the program does and counts
    /// exactly the same, more slowly.
    pub quicken: bool,
    /// `input()` and tracebacks treat the session as interactive.
    pub interactive: bool,
    /// The folder in which imports are looked for first (`sys.path[0]`).
    pub script_dir: Option<String>,
}

impl Default for VmConfig {
    fn default() -> Self {
        VmConfig {
            seed: 0,
            switch_interval_ns: DEFAULT_SWITCH_INTERVAL_NS,
            clock: ClockMode::Paced,
            preempt: Preempt::Visible,
            epoch_ns: None,
            argv: vec![String::new()],
            warn_options: Vec::new(),
            gc_stress: false,
            quicken: true,
            interactive: false,
            script_dir: None,
        }
    }
}
