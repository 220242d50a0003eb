//! Form parameters of the query protocols.
//!
//! EC2 writes `Filter.1.Value.1`, and RDS `Filters.Filter.1.Values.Value.1`. Both follow from parameters in the wire's
//! own names: an object adds a name, a list adds a number from 1.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// All but the unreserved characters of RFC 3986, as a signature wants it too.
pub(super) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same for a path, whose parts stay apart.
pub(super) const IN_PATHS: &AsciiSet = &RESERVED.remove(b'/');

/// The body of a request. What is null is left out.
pub(super) fn form(operation: &str, version: &str, params: &Value) -> String {
    let mut form = format!("Action={operation}&Version={version}");
    add(&mut form, "", params);
    form
}

fn add(form: &mut String, name: &str, value: &Value) {
    let below = |child: &str| match name {
        "" => child.to_owned(),
        name => format!("{name}.{child}"),
    };
    let text = match value {
        Value::Null => return,
        Value::Object(members) => {
            return members.iter().for_each(|(member, value)| add(form, &below(member), value));
        }
        Value::Array(items) => {
            let numbered = (1..).zip(items);
            return numbered
                .for_each(|(n, item): (usize, _)| add(form, &below(&n.to_string()), item));
        }
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    form.push('&');
    form.push_str(name);
    form.push('=');
    form.extend(utf8_percent_encode(&text, RESERVED));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_numbered_from_one_and_nothing_is_left_out_but_null() {
        let ec2 = json!({
            "Filter": [{"Name": "key-name", "Value": ["a b", "ü&="]}],
            "MaxResults": 1000, "NextToken": null, "DryRun": false
        });
        assert_eq!(
            form("DescribeKeyPairs", "2016-11-15", &ec2),
            "Action=DescribeKeyPairs&Version=2016-11-15&DryRun=false&Filter.1.Name=key-name\
             &Filter.1.Value.1=a%20b&Filter.1.Value.2=%C3%BC%26%3D&MaxResults=1000"
        );
        let rds =
            json!({"Filters": {"Filter": [{"Name": "engine", "Values": {"Value": ["mysql"]}}]}});
        assert_eq!(
            form("DescribeDBInstances", "2014-10-31", &rds),
            "Action=DescribeDBInstances&Version=2014-10-31&Filters.Filter.1.Name=engine\
             &Filters.Filter.1.Values.Value.1=mysql"
        );
    }
}
