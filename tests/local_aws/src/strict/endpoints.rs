//! Where a topic's messages can go: what an endpoint has to look like, and whose owner is asked first.

/// What is wrong with the endpoint for this protocol.
pub(crate) fn fault(protocol: &str, endpoint: &str) -> Option<String> {
    let fits = match protocol {
        "email" | "email-json" => endpoint.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.contains('@')
        }),
        "http" | "https" => endpoint
            .strip_prefix(protocol)
            .and_then(|rest| rest.strip_prefix("://"))
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')),
        "sms" => is_number(endpoint),
        "sqs" => resource(endpoint, "sqs").is_some(),
        "lambda" => resource(endpoint, "lambda").is_some_and(|name| name.starts_with("function:")),
        "firehose" | "application" => true,
        _ => {
            let what = "Amazon SNS does not support this protocol string";
            return Some(format!("Invalid parameter: {what}: {protocol}"));
        }
    };
    let what = match protocol {
        "email" | "email-json" => "Invalid parameter: Email address".to_owned(),
        "sms" => format!("Invalid parameter: Invalid SMS endpoint: {endpoint}"),
        "sqs" => "Invalid parameter: SQS endpoint ARN".to_owned(),
        "lambda" => "Invalid parameter: Lambda endpoint ARN".to_owned(),
        _ => "Invalid parameter: Endpoint must match the specified protocol".to_owned(),
    };
    (!fits).then_some(what)
}

/// Whether the endpoint's owner has to confirm: people and URLs always, other accounts' queues and functions too, and
/// telephones never.
pub(crate) fn asks(protocol: &str, endpoint: &str, account: &str) -> bool {
    match protocol {
        "email" | "email-json" | "http" | "https" => true,
        "lambda" | "sqs" => endpoint.split(':').nth(4) != Some(account),
        _ => false,
    }
}

/// E.164: `+` and up to 15 digits, the first of which is no zero.
fn is_number(endpoint: &str) -> bool {
    endpoint.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// What follows the account in an ARN of the service.
fn resource<'a>(arn: &'a str, service: &str) -> Option<&'a str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, of, region, account, resource]
            if of == service && ![region, account, resource].contains(&"") =>
        {
            Some(resource)
        }
        _ => None,
    }
}
