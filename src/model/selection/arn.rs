//! ARNs and values with wildcards.

/// Whether a text fits a pattern, in which `*` stands for any characters, none among them.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether an ARN stands for several.
pub(crate) fn is_wildcard(arn: &str) -> bool {
    arn.contains('*')
}

/// Why AWS Backup does not take an ARN with wildcards; `None` where it does. The asterisk stands at the end (API
/// reference, `BackupSelection`, `Resources`), or for a whole region or account, as in AWS's own examples.
pub(crate) fn wildcard_fault(arn: &str) -> Option<&'static str> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, region, account, resource] = fields[..] else {
        return Some(
            "that is no ARN: it looks like arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        );
    };
    if is_wildcard(service) {
        return Some("an ARN names its service: for all resources of a type there is `types`");
    }
    let whole = |field: &str| field == "*" || !is_wildcard(field);
    let at_end = resource.strip_suffix('*').unwrap_or(resource);
    if !whole(region) || !whole(account) || is_wildcard(at_end) {
        return Some(
            "AWS Backup takes an asterisk at the end of an ARN alone, or for all of its region or account",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_for_any_characters() {
        for (pattern, text, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("*c", "abcd", false),
            ("*b*", "abc", true),
            ("a*b*c", "axbyc", true),
            ("a*b*b", "ab", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("**", "x", true),
            ("", "", true),
            ("", "x", false),
            ("*prod*", "nonprod", true),
            ("é*", "écran", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn an_asterisk_within_a_name_is_refused() {
        for (arn, good) in [
            ("arn:aws:dynamodb:*:*:table/*", true),
            ("arn:aws:dynamodb:us-east-1:111122223333:table/orders-*", true),
            ("arn:aws:s3:::logs-*", true),
            ("arn:aws:s3:::*", true),
            ("arn:aws:s3:::*-logs", false),
            ("arn:aws:dynamodb:us-*:111122223333:table/x", false),
            ("arn:aws:*:*:*:*", false),
            ("table/orders", false),
            ("*", false),
        ] {
            assert_eq!(wildcard_fault(arn).is_none(), good, "{arn}");
        }
    }
}
