//! The program `latchkey`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(server::cli::run(std::env::args_os())),
        Err(error) => {
            // Nothing is running yet that could log it.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("latchkey: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
