//! How far this machine's figures can be trusted.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use serde_json::{Value, json};

use crate::report::{highest, lowest, median};

/// Runs of the calibration loop each time.
const RUNS: usize = 7;
/// Steps of the calibration loop: about 20 ms.
const STEPS: u64 = 12_000_000;

/// What the machine is, and how steadily it works.
pub struct Noise {
    model: String,
    cores: usize,
    pinned: String,
    load: String,
    calibration: Vec<f64>,
    ticks: Option<Ticks>,
}

/// Time of all cores since the machine started, in clock ticks.
#[derive(Clone, Copy)]
struct Ticks {
    stolen: u64,
    all: u64,
}

impl Noise {
    /// Looks at the machine; `pinned` tells where server and driver run.
    #[must_use]
    pub fn new(pinned: String) -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let value_of = |line: &str| line.split_once(':').map(|(_, value)| value.trim().to_owned());
        let model = info.lines().find(|line| line.starts_with("model name")).and_then(value_of);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            model: model.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: info.lines().filter(|line| line.starts_with("processor")).count(),
            pinned,
            load: load.split(' ').take(3).collect::<Vec<_>>().join(" "),
            calibration: Vec::new(),
            ticks: ticks(),
        }
    }

    /// Runs the calibration loop a few times. Called between the measurements, so that it sees what they saw.
    pub fn calibrate(&mut self) {
        for _ in 0..RUNS {
            let start = Instant::now();
            black_box(spin(black_box(STEPS)));
            self.calibration.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
    }

    fn spread_percent(&self) -> f64 {
        let middle = median(&self.calibration);
        if middle > 0.0 {
            (highest(&self.calibration) - lowest(&self.calibration)) / middle * 100.0
        } else {
            0.0
        }
    }

    /// Time the hypervisor gave to others since the start, of all cores.
    fn stolen_percent(&self) -> f64 {
        let Some((before, after)) = self.ticks.zip(ticks()) else { return 0.0 };
        let all = after.all.saturating_sub(before.all);
        let stolen = after.stolen.saturating_sub(before.stolen);
        if all == 0 { 0.0 } else { stolen as f64 / all as f64 * 100.0 }
    }

    /// One line for below the table.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "Machine: {} × {}; {}; load {} at the start; a fixed loop took {:.1} ms (median of {}), \
             spread {:.0} %; {:.1} % of the time stolen by the hypervisor.",
            self.cores,
            self.model,
            self.pinned,
            self.load,
            median(&self.calibration),
            self.calibration.len(),
            self.spread_percent(),
            self.stolen_percent(),
        )
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "model": self.model, "cores": self.cores, "pinned": self.pinned, "load": self.load,
            "calibrationMs": self.calibration, "spreadPercent": self.spread_percent(),
            "stolenPercent": self.stolen_percent(),
        })
    }
}

/// The xorshift generator: every step needs the one before, and no memory.
fn spin(steps: u64) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}

fn ticks() -> Option<Ticks> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> =
        stat.lines().next()?.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    Some(Ticks { stolen: *fields.get(7)?, all: fields.iter().take(8).sum() })
}
