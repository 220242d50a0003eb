//! Buckets: each answers in its own region only, and says elsewhere where that is.

use hyper::header::HeaderValue;

use super::Case;
use crate::answer::Answer;

const REGION: &str = "x-amz-bucket-region";

/// Of a bucket in another region, S3 tells nobody anything but where it is (its "Making requests", permanent redirect).
pub(crate) async fn answer(case: Case<'_>) -> Answer {
    let (bucket, operation) = (case.text("Bucket"), case.request.operation.as_str());
    if bucket.is_empty() || ["CreateBucket", "GetBucketLocation"].contains(&operation) {
        return case.forward().await;
    }
    let found = case.emulator.head(case.request, &format!("/{bucket}")).await;
    let region = found.headers.get(REGION).and_then(|region| region.to_str().ok());
    match region {
        Some(region) if found.is_success() && region != case.request.region => {
            let message = "The bucket you are attempting to access must be addressed using the specified endpoint.";
            let mut answer = case.refuse(301, "PermanentRedirect", message);
            if case.request.method == "HEAD" {
                answer = answer.with_body("");
            }
            let region = HeaderValue::from_str(region).expect("a header value that came in");
            answer.headers.insert(REGION, region);
            answer
        }
        _ => case.forward().await,
    }
}
