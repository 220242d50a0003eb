//! Where a request goes: the regional endpoint of the region's partition, or the one that the person has set.

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::aws::raw::service::Service;
use crate::model::region::{Partition, Region};

/// Services whose endpoints in AWS `GovCloud` (US) are FIPS endpoints under their plain names (botocore's endpoint rules).
const PLAIN_IN_GOVCLOUD: &[&str] = &["ec2", "rds", "dynamodb", "servicequotas", "sqs"];

/// The base of a URL, and the path that goes before the request's own.
#[derive(Debug, PartialEq)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) path: String,
}

/// The target of a request in the region of the configuration, and in no other.
///
/// # Errors
/// A configuration without a region.
pub(super) fn target(
    config: &SdkConfig,
    service: &Service,
    bucket: Option<&str>,
) -> Result<Target, String> {
    let in_path = || bucket.map(|bucket| format!("/{bucket}")).unwrap_or_default();
    if let Some(url) = set_by_person(config, service) {
        return Ok(Target { url, path: in_path() });
    }
    let region = config.region().ok_or("no region is set")?;
    let partition = Region::parse_lenient(region.as_ref())?.partition();
    let fips = config.use_fips().unwrap_or_default();
    let plain = partition == Partition::GovCloud && PLAIN_IN_GOVCLOUD.contains(&service.prefix);
    let fips = if fips && !plain { "-fips" } else { "" };
    let host = format!("{}{fips}.{region}.{}", service.prefix, partition.dns_suffix());
    Ok(match bucket {
        // A certificate's wildcard covers one label.
        Some(bucket) if !bucket.contains('.') => {
            Target { url: format!("https://{bucket}.{host}"), path: "/".to_owned() }
        }
        _ => Target { url: format!("https://{host}"), path: in_path() },
    })
}

/// In the order of the SDK's own clients: the flag, the service's own setting, that of all services.
fn set_by_person(config: &SdkConfig, service: &Service) -> Option<String> {
    let of_all = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return of_all;
    }
    let key = ServiceConfigKey::builder()
        .service_id(service.id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let of_service = config.service_config().and_then(|set| set.load_config(key));
    of_service.or(of_all)
}

#[cfg(test)]
mod tests {
    use aws_types::region::Region;
    use aws_types::service_config::LoadServiceConfig;

    use super::*;
    use crate::aws::raw::service::{DYNAMODB, EC2, EFS, S3, SERVICE_QUOTAS};

    fn url(region: &'static str, service: &Service, fips: bool) -> String {
        let config = SdkConfig::builder().region(Region::new(region)).use_fips(fips).build();
        target(&config, service, None).unwrap().url
    }

    #[test]
    fn an_endpoint_is_the_regions_own_in_its_partition() {
        assert_eq!(url("us-west-2", &EC2, false), "https://ec2.us-west-2.amazonaws.com");
        assert_eq!(
            url("cn-north-1", &DYNAMODB, false),
            "https://dynamodb.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            url("us-gov-west-1", &SERVICE_QUOTAS, true),
            "https://servicequotas.us-gov-west-1.amazonaws.com"
        );
        assert_eq!(
            url("us-gov-west-1", &EFS, true),
            "https://elasticfilesystem-fips.us-gov-west-1.amazonaws.com"
        );
        assert_eq!(url("eusc-de-east-1", &EC2, false), "https://ec2.eusc-de-east-1.amazonaws.eu");
    }

    #[test]
    fn a_bucket_is_in_the_host_unless_an_endpoint_is_set_or_its_name_has_a_dot() {
        let config = SdkConfig::builder().region(Region::new("eu-west-1")).build();
        let to = |url: &str, path: &str| Target { url: url.to_owned(), path: path.to_owned() };
        assert_eq!(
            target(&config, &S3, Some("b")).unwrap(),
            to("https://b.s3.eu-west-1.amazonaws.com", "/")
        );
        assert_eq!(
            target(&config, &S3, Some("b.c")).unwrap(),
            to("https://s3.eu-west-1.amazonaws.com", "/b.c")
        );
        let config = config.to_builder().endpoint_url("http://localhost:1").build();
        assert_eq!(target(&config, &S3, Some("b")).unwrap(), to("http://localhost:1", "/b"));
    }

    #[derive(Debug)]
    struct OfEc2;

    impl LoadServiceConfig for OfEc2 {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            (key.service_id() == "EC2").then(|| "http://ec2.local".to_owned())
        }
    }

    #[test]
    fn a_services_own_endpoint_goes_before_that_of_all_services() {
        let config =
            SdkConfig::builder().region(Region::new("eu-west-1")).service_config(OfEc2).build();
        assert_eq!(target(&config, &EC2, None).unwrap().url, "http://ec2.local");
        assert_eq!(
            target(&config, &EFS, None).unwrap().url,
            "https://elasticfilesystem.eu-west-1.amazonaws.com"
        );
    }
}
