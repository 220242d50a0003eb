//! The form of an endpoint that stands in for AWS's own.

/// Whether it is a URL that a client can be sent to.
pub(crate) fn is_endpoint(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_urls() {
        for bad in ["localhost:4566", "ftp://x", "http://", "http://a b", ""] {
            assert!(!is_endpoint(bad), "{bad}");
        }
        assert!(is_endpoint("http://localhost:4566"));
    }
}
