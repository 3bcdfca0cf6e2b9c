//! The provider as a program: honest unless told otherwise, quick, silent after its first lines.

use std::process::ExitCode;

use fake_idp::{Alg, FakeIdp, Fault, Options, Person};

const USAGE: &str = "usage: fake_idp [--port N] [--alg RS256|RS384|RS512|PS256|ES256|ES384|ES512|EdDSA|HS256]
                [--client-id ID] [--client-secret SECRET] [--sub NAME] [--group NAME]... [--fault NAME]...
                [--openid on|off]   off: OAuth 2.0 only";

#[derive(Default)]
struct Arguments {
    options: Options,
    faults: Vec<Fault>,
    sub: Option<String>,
    groups: Vec<String>,
}

/// `on` or `off`.
struct Switch(bool);

impl std::str::FromStr for Switch {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "on" => Ok(Self(true)),
            "off" => Ok(Self(false)),
            _ => Err(()),
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    // ES256 is the quickest to sign.
    arguments.options.config.alg = Alg::Es256;
    // Recording every request would grow without end under load.
    arguments.options.record = false;
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let wrong = || format!("{flag} does not know {value:?}");
        match flag.as_str() {
            "--port" => arguments.options.port = value.parse().map_err(|_| wrong())?,
            "--alg" => arguments.options.config.alg = Alg::parse(&value).ok_or_else(wrong)?,
            "--openid" => arguments.options.config.openid = value.parse::<Switch>().map_err(|_| wrong())?.0,
            "--client-id" => arguments.options.client_id = value,
            "--client-secret" => arguments.options.client_secret = value,
            "--sub" => arguments.sub = Some(value),
            "--group" => arguments.groups.push(value),
            "--fault" => arguments.faults.push(Fault::parse(&value).ok_or_else(wrong)?),
            _ => return Err(format!("unknown flag {flag}")),
        }
    }
    Ok(arguments)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let idp = match FakeIdp::start_with(arguments.options).await {
        Ok(idp) => idp,
        Err(why) => {
            eprintln!("cannot listen: {why}");
            return ExitCode::FAILURE;
        }
    };
    if arguments.sub.is_some() || !arguments.groups.is_empty() {
        let groups: Vec<&str> = arguments.groups.iter().map(String::as_str).collect();
        idp.set_person(Person::new(arguments.sub.as_deref().unwrap_or("alice")).groups(&groups));
    }
    idp.set_faults(arguments.faults);
    idp.warm_up();
    println!("issuer={}", idp.issuer());
    println!("client_id={}", idp.client_id());
    println!("client_secret={}", idp.client_secret());
    wait_for_the_end().await;
    ExitCode::SUCCESS
}

/// Ctrl-C, or SIGTERM where it exists.
async fn wait_for_the_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    drop(interrupt.await);
}
