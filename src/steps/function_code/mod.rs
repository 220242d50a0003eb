//! The code of the Lambda functions, embedded and packed the same way everywhere.

mod zip;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::model::lambda::Lambda;

fn source(lambda: Lambda) -> &'static [u8] {
    match lambda {
        Lambda::Validator => include_bytes!("validator.py"),
        Lambda::Watchdog => include_bytes!("watchdog.py"),
    }
}

/// The deployment package.
pub(crate) fn package(lambda: Lambda) -> Vec<u8> {
    zip::zip(&format!("{lambda}.py"), source(lambda))
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
    fn a_package_holds_its_source_as_it_is() {
        for lambda in [Lambda::Validator, Lambda::Watchdog] {
            let (package, source) = (package(lambda), source(lambda));
            assert!(package.windows(source.len()).any(|window| window == source), "{lambda}");
        }
        assert_eq!(code_sha256(b"").len(), 44);
    }
}
