//! Where alarms can be sent to, as SNS names it: recognised by its form, and pure.

use std::collections::BTreeSet;

use crate::failure::Failure;

/// Longest address that SMTP can carry (RFC 5321, 4.5.3.1).
const EMAIL_MAX: usize = 254;

/// How SNS reaches a subscriber (API reference, `Subscribe`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Email,
    Https,
    Lambda,
    Sms,
    Sqs,
}

impl Protocol {
    /// The protocol of an endpoint that was checked when it was typed.
    pub(crate) fn from_endpoint(endpoint: &str) -> Self {
        match endpoint.split(':').nth(2) {
            _ if endpoint.starts_with("https://") => Self::Https,
            _ if endpoint.starts_with('+') => Self::Sms,
            Some("lambda") if endpoint.starts_with("arn:") => Self::Lambda,
            Some("sqs") if endpoint.starts_with("arn:") => Self::Sqs,
            _ => Self::Email,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Https => "https",
            Self::Lambda => "lambda",
            Self::Sms => "sms",
            Self::Sqs => "sqs",
        }
    }

    /// How a subscription that is pending gets confirmed.
    pub(crate) fn confirmation(self) -> &'static str {
        match self {
            Self::Email => "the link in its e-mail expires after 48 hours",
            Self::Https => "it has to visit the SubscribeURL that SNS has sent it, within 48 hours",
            Self::Lambda | Self::Sms | Self::Sqs => "SNS should confirm it by itself",
        }
    }
}

/// The options of `up` that add these endpoints, as a shell takes them.
pub(crate) fn options_to_add<'a>(endpoints: impl IntoIterator<Item = &'a String>) -> String {
    let option = |endpoint: &String| match Protocol::from_endpoint(endpoint) {
        Protocol::Email => format!("--email {}", quoted(endpoint)),
        Protocol::Https | Protocol::Lambda | Protocol::Sms | Protocol::Sqs => {
            format!("--notify {}", quoted(endpoint))
        }
    };
    endpoints.into_iter().map(option).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Reads an endpoint that a person typed: an e-mail address, an https URL, the ARN of a queue or a
/// function, or a telephone number.
///
/// # Errors
/// [`Failure::Usage`] for what SNS cannot send to.
pub(crate) fn parse(typed: &str) -> Result<String, Failure> {
    let refuse = |why: &str| {
        Err(Failure::Usage(format!(
            "{typed:?} is not a valid subscriber: {why}; it can be an e-mail address, https://..., the ARN of an SQS queue or a Lambda function, or a telephone number as +4915112345678"
        )))
    };
    match Protocol::from_endpoint(typed) {
        Protocol::Https => {
            let host = typed["https://".len()..].split(['/', '?']).next().unwrap_or_default();
            match host {
                "" => refuse("it has no host"),
                // SNS masks it in its lists, so that nobody could find the subscriber again.
                host if host.contains('@') => refuse("it has a user name or password in it"),
                _ if typed.contains(char::is_whitespace) => refuse("it has a blank"),
                _ => Ok(typed.to_owned()),
            }
        }
        Protocol::Sms => {
            let digits = &typed[1..];
            let good =
                (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            if good {
                Ok(typed.to_owned())
            } else {
                refuse("a telephone number is + and 7 to 15 digits")
            }
        }
        Protocol::Lambda | Protocol::Sqs => {
            let fields: Vec<&str> = typed.split(':').collect();
            let named = fields.last().is_some_and(|name| !name.is_empty());
            let good = fields.len() >= 6 && named && fields[4].len() == 12;
            if good { Ok(typed.to_owned()) } else { refuse("its ARN is not complete") }
        }
        Protocol::Email if typed.starts_with("arn:") => {
            refuse("SNS sends to queues and functions only")
        }
        Protocol::Email if typed.contains("://") => refuse("SNS's messages need https"),
        Protocol::Email if !typed.contains('@') => refuse("SNS sends to nothing of this form"),
        Protocol::Email => parse_email(typed),
    }
}

/// Subscribers, each checked.
///
/// # Errors
/// [`Failure::Usage`] for what SNS cannot send to.
pub(crate) fn subscribers(
    emails: &[String],
    endpoints: &[String],
) -> Result<BTreeSet<String>, Failure> {
    let emails = emails.iter().map(|email| parse_email(email));
    emails.chain(endpoints.iter().map(|typed| parse(typed))).collect()
}

/// One address, as SNS can send to it.
pub(crate) fn parse_email(typed: &str) -> Result<String, Failure> {
    let refuse = |why: &str| {
        Failure::Usage(format!(
            "{typed:?} is not an e-mail address: {why} (one address per flag, as ops@example.com)"
        ))
    };
    if typed.len() > EMAIL_MAX {
        return Err(refuse(&format!("it is longer than {EMAIL_MAX} characters")));
    }
    if typed.contains(|c: char| c.is_whitespace() || c.is_control() || ",;<>\"()".contains(c)) {
        return Err(refuse("it has a blank, comma, bracket or quote"));
    }
    let Some((local, domain)) = typed.split_once('@') else { return Err(refuse("it has no @")) };
    if domain.contains('@') {
        return Err(refuse("it has two @"));
    }
    if local.is_empty() {
        return Err(refuse("nothing stands before the @"));
    }
    let labels: Vec<&str> = domain.split('.').collect();
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) {
        return Err(refuse("its domain is not complete"));
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_protocol() {
        for (typed, protocol) in [
            ("ops@example.com", Protocol::Email),
            ("https://alarms.example.com/hook?x=1", Protocol::Https),
            ("arn:aws:sqs:us-west-2:111122223333:alarms", Protocol::Sqs),
            ("arn:aws:lambda:us-west-2:111122223333:function:pager", Protocol::Lambda),
            ("+4915112345678", Protocol::Sms),
        ] {
            assert_eq!(parse(typed).unwrap(), typed);
            assert_eq!(Protocol::from_endpoint(typed), protocol, "{typed}");
        }
    }

    #[test]
    fn each_is_added_by_the_option_of_its_kind() {
        let endpoints = [
            "o'hara@example.com",
            "https://alarms.example.com/hook?x=1&y=2",
            "arn:aws:sqs:us-west-2:111122223333:alarms",
            "+4915112345678",
        ];
        assert_eq!(
            options_to_add(&endpoints.map(str::to_owned)),
            r"--email 'o'\''hara@example.com' --notify 'https://alarms.example.com/hook?x=1&y=2' --notify arn:aws:sqs:us-west-2:111122223333:alarms --notify +4915112345678"
        );
    }

    #[test]
    fn what_sns_cannot_send_to_is_refused_with_the_reason() {
        for (typed, why) in [
            ("http://example.com", "need https"),
            ("https://", "no host"),
            ("https://user:secret@example.com/", "user name or password"),
            ("+49 151", "7 to 15 digits"),
            ("arn:aws:sqs:us-west-2:alarms", "not complete"),
            ("arn:aws:s3:::bucket", "queues and functions"),
            ("ops", "SNS sends to nothing of this form"),
        ] {
            let message = parse(typed).unwrap_err().to_string();
            assert!(message.contains(why), "{typed}: {message}");
        }
    }

    #[test]
    fn bad_addresses_say_why() {
        for (typed, why) in [
            ("ops", "it has no @"),
            ("a@b@example.com", "it has two @"),
            ("@example.com", "nothing stands before the @"),
            ("ops@localhost", "its domain is not complete"),
            ("ops@example.com.", "its domain is not complete"),
            ("o ps@example.com", "it has a blank"),
            ("a@example.com,b@example.com", "it has a blank, comma"),
            ("Ops <ops@example.com>", "it has a blank, comma, bracket"),
            (&format!("{}@example.com", "x".repeat(250)), "it is longer than 254"),
        ] {
            let message = parse_email(typed).unwrap_err().to_string();
            assert!(message.contains(why), "{typed}: {message}");
        }
        assert_eq!(parse_email("ops+aws@example.co.uk").unwrap(), "ops+aws@example.co.uk");
    }
}
