//! Starts the local AWS and leaves it on until Ctrl-C, so that commands can be tried without an AWS account.

use std::io::{self, Read as _, Write as _};

fn main() -> io::Result<()> {
    let aws = match local_aws::start(&|message| {
        let _ = writeln!(io::stderr(), "{message}");
    }) {
        Ok(aws) => aws,
        Err(message) => {
            writeln!(io::stderr(), "{message}")?;
            std::process::exit(1);
        }
    };
    let mut out = io::stdout();
    writeln!(out, "# A local AWS is on. In another terminal:")?;
    for (name, value) in aws.account().environment() {
        writeln!(out, "export {name}={value}")?;
    }
    writeln!(out, "export AWS_REGION=us-east-1")?;
    writeln!(
        out,
        "# Any 12 digits as the key are an account of their own. Ctrl-C, or the end of input, ends it all."
    )?;
    out.flush()?;
    // Ctrl-C ends this process as it does any other; the emulator notices, and ends too.
    io::copy(&mut io::stdin().by_ref(), &mut io::sink())?;
    Ok(())
}
