mod evaluate;
mod noise;
mod report;
fn main() {
    let mut noise = noise::Noise::new("unpinned".into());
    noise.calibrate();
    let figures = evaluate::measure(5).unwrap_or_default();
    println!("{}", report::markdown(&figures, &noise));
}
