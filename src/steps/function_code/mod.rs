//! The code of the Lambda functions, embedded and packed the same way everywhere.

mod zip;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::model::lambda::Lambda;

/// A function's files. The first is its handler's; the others it loads when it needs them.
fn files(lambda: Lambda) -> &'static [(&'static str, &'static [u8])] {
    match lambda {
        Lambda::Validator => &[
            ("validator.py", include_bytes!("validator.py")),
            ("judge.py", include_bytes!("judge.py")),
        ],
        Lambda::Watchdog => &[("watchdog.py", include_bytes!("watchdog.py"))],
    }
}

/// The deployment package.
pub(crate) fn package(lambda: Lambda) -> Vec<u8> {
    zip::zip(files(lambda))
}

/// Lambda's `CodeSha256` of a package.
pub(crate) fn code_sha256(package: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(package))
}

/// Lambda's `CodeSha256` of this version's validator.
pub(crate) fn validator_code() -> String {
    code_sha256(&package(Lambda::Validator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_holds_its_sources_as_they_are() {
        for lambda in [Lambda::Validator, Lambda::Watchdog] {
            let (package, files) = (package(lambda), files(lambda));
            let handler = lambda.handler();
            assert_eq!(files[0].0.strip_suffix(".py"), handler.strip_suffix(".handler"));
            for (name, source) in files {
                assert!(package.windows(source.len()).any(|window| window == *source), "{name}");
            }
        }
        assert_eq!(code_sha256(b"").len(), 44);
    }
}
