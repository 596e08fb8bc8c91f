//! `thr run --profile`: where the ticks of a run went, written at its end.

use crate::runtime::profile::{folded, table};
use crate::vm::Vm;
use clap::Args;

/// What `--profile` without a file stands for.
const STDERR: &str = "-";

/// What is to be written of a profile.
#[derive(Args, Clone)]
pub struct ProfileOptions {
    /// Write where ticks went, by thread, function and line, to standard error or FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = STDERR, help_heading = "Profile")]
    profile: Option<String>,
    /// Write stacks with their ticks to FILE, for tools that draw flame graphs
    #[arg(long, value_name = "FILE", help_heading = "Profile")]
    profile_folded: Option<String>,
    /// Draw a flame graph into FILE
    #[cfg(feature = "flame-graph")]
    #[arg(long, value_name = "FILE", help_heading = "Profile")]
    profile_svg: Option<String>,
}

impl ProfileOptions {
    /// The file for a flame graph.
    fn svg(&self) -> Option<&str> {
        #[cfg(feature = "flame-graph")]
        return self.profile_svg.as_deref();
        #[cfg(not(feature = "flame-graph"))]
        None
    }

    /// Begins a profile, if one is asked for.
    pub fn start(&self, vm: &mut Vm) {
        if self.profile.is_some() || self.profile_folded.is_some() || self.svg().is_some() {
            vm.start_profile();
        }
    }

    /// Writes what was asked for; the error says what could not be written.
    pub fn finish(&self, vm: &mut Vm) -> Result<(), String> {
        let Some(profile) = vm.take_profile() else { return Ok(()) };
        match self.profile.as_deref() {
            Some(STDERR) => super::complain(&table(&profile)),
            Some(path) => write(path, table(&profile).as_bytes())?,
            None => {}
        }
        if let Some(path) = &self.profile_folded {
            write(path, folded(&profile).as_bytes())?;
        }
        if let Some(path) = self.svg() {
            write(path, &flame_graph(&folded(&profile)).map_err(|e| format!("can't draw '{path}': {e}"))?)?;
        }
        Ok(())
    }
}

fn write(path: &str, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|e| format!("can't write '{path}': {e}"))
}

/// An SVG, in which one can zoom and search in a browser.
#[cfg(feature = "flame-graph")]
fn flame_graph(stacks: &str) -> std::io::Result<Vec<u8>> {
    use inferno::flamegraph;
    let mut options = flamegraph::Options::default();
    options.title = "Ticks by thread and function".into();
    options.count_name = "ticks".into();
    // Colours by name: the same profile is the same picture.
    options.hash = true;
    options.deterministic = true;
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, stacks.lines(), &mut svg)?;
    Ok(svg)
}

/// No option asks for it.
#[cfg(not(feature = "flame-graph"))]
fn flame_graph(_: &str) -> std::io::Result<Vec<u8>> {
    Ok(Vec::new())
}
