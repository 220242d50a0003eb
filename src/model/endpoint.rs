//! The form of an endpoint that stands in for AWS's own.

/// Whether it is a URL that a client can be sent to.
pub(crate) fn is_endpoint(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else { return false };
    matches!(url.scheme_str(), Some("http" | "https"))
        && url.host().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_urls() {
        for bad in
            ["localhost:4566", "ftp://x", "http://", "http://a b", "http://[", "http://a:b:c", ""]
        {
            assert!(!is_endpoint(bad), "{bad}");
        }
        assert!(is_endpoint("http://localhost:4566"));
    }
}
