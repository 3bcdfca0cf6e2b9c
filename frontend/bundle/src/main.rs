//! Turns the compiled browser half, the style sheets and the public files into the site folder that the server carries.

mod assets;
mod compress;
mod css;
mod inputs;
mod site;
mod wasm;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use crate::{assets::Asset, compress::Effort, inputs::Stamp, site::Site};

/// The stem of the generated files' names; also what `LEPTOS_OUTPUT_NAME` says.
const OUTPUT_NAME: &str = "latchkey";

/// Builds the site folder: `pkg/latchkey.HASH.{js,wasm,css}`, the public files, and `manifest.json`.
#[derive(Debug, Parser)]
#[command(name = "bundle")]
struct Args {
    /// The browser half as cargo built it.
    #[arg(long, value_name = "FILE")]
    wasm: PathBuf,
    /// The style sheet that imports the others.
    #[arg(long, value_name = "FILE")]
    css: PathBuf,
    /// The folder whose files are served as they are.
    #[arg(long, value_name = "DIR")]
    public: PathBuf,
    /// The site folder to write.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The wasm-opt program (binaryen); without it the module stays as wasm-bindgen wrote it.
    #[arg(long, value_name = "FILE")]
    wasm_opt: Option<PathBuf>,
    /// Compress as far as it goes, minify, and drop the module's names.
    #[arg(long)]
    release: bool,
    /// Fail when the module is larger than this many KiB after brotli.
    #[arg(long, value_name = "KIB")]
    wasm_budget_kib: Option<usize>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    ensure!(
        args.wasm.is_file(),
        "--wasm {}: no such file; build it first: cargo build -p frontend --target wasm32-unknown-unknown",
        args.wasm.display()
    );
    ensure!(args.css.is_file(), "--css {}: no such file", args.css.display());
    ensure!(args.public.is_dir(), "--public {}: no such folder", args.public.display());

    let site = Site::new(&args.out)?;
    let stamp = Stamp::of(args)?;
    if site.is_current(&stamp) {
        println!("{} is up to date", args.out.display());
        return Ok(());
    }

    let module = wasm::bind(&args.wasm, site.scratch(), args.wasm_opt.as_deref(), args.release)?;
    let style = css::bundle(&args.css, args.release)?;

    let mut files =
        assets::from_folder(&args.public).with_context(|| format!("--public {}", args.public.display()))?;
    let js = Asset::hashed("js", module.js);
    let wasm = Asset::hashed("wasm", module.wasm);
    let css = Asset::hashed("css", style.into_bytes());
    let manifest = site::manifest(&js, &wasm, &css)?;
    files.extend(module.snippets);
    files.extend([js, wasm, css]);

    let effort = if args.release { Effort::Best } else { Effort::Fast };
    let report = site.write(&files, manifest, effort)?;
    print!("{report}");
    if let Some(budget) = args.wasm_budget_kib {
        let size = report.brotli_bytes_of_wasm();
        ensure!(
            size <= budget * 1024,
            "the module has {size} bytes after brotli, more than --wasm-budget-kib {budget}"
        );
    }
    site.set_current(&stamp)
}
