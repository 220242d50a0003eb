//! Keys: those that no test has made are there all the same, and let everybody in whom AWS's guides let in.

use serde_json::json;

use super::Case;
use crate::answer::Answer;

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    if case.request.operation != "GetKeyPolicy" || answer.code() != "NotFoundException" {
        return answer;
    }
    if case.text("KeyId").contains("alias/") {
        let message = format!("Invalid keyId {}", case.text("KeyId"));
        return case.refuse(400, "NotFoundException", &message);
    }
    let account = &case.request.account;
    let allow = |principal| json!({ "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*" });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            allow(json!({ "AWS": format!("arn:aws:iam::{account}:root") })),
            allow(json!({ "Service": "cloudwatch.amazonaws.com" })),
        ],
    });
    let answer = json!({ "Policy": policy.to_string(), "PolicyName": "default" });
    Answer::new(200, "application/x-amz-json-1.1", answer.to_string())
}
