//! Writes programs of the generator into a folder, for `tests/differential`:
//! `cargo +nightly run --example write_programs -- FOLDER COUNT [SEED]`.

use thr::sched::policy::SplitMix;
use thr_fuzz::source::{Threads, program};

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, rest @ ..] = args.as_slice() else { panic!("FOLDER COUNT [SEED]") };
    let number = |text: &String| text.parse::<u64>().expect("a number");
    let first = rest.first().map_or(0, number);
    std::fs::create_dir_all(folder)?;
    for n in first..first + number(count) {
        let mut random = SplitMix::new(n);
        let size = 200 + random.below(1500);
        let bytes: Vec<u8> = (0..size).map(|_| random.draw() as u8).collect();
        std::fs::write(format!("{folder}/{n:06}.thr"), program(&bytes, Threads::InTurn))?;
    }
    Ok(())
}
