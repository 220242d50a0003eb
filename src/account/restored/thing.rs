//! What a restore job's `CreatedResourceArn` names, and what its service says of it.

/// Something that a restore makes, by what its service calls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    Volume(String),
    Instance(String),
    DbInstance(String),
    DbCluster(String),
    Table(String),
    FileSystem(String),
    Bucket(String),
}

impl Thing {
    /// Reads an ARN; `None` for a type that is not finished here.
    pub(crate) fn parse(arn: &str) -> Option<Self> {
        let mut fields = arn.splitn(6, ':').skip(2);
        let (service, resource) = (fields.next()?, fields.nth(2)?);
        let below = |kind: &str| resource.strip_prefix(kind).map(str::to_owned);
        match service {
            "ec2" => below("volume/")
                .map(Self::Volume)
                .or_else(|| below("instance/").map(Self::Instance)),
            "rds" => below("db:")
                .map(Self::DbInstance)
                .or_else(|| below("cluster:").map(Self::DbCluster)),
            "dynamodb" => below("table/").map(Self::Table),
            "elasticfilesystem" => below("file-system/").map(Self::FileSystem),
            "s3" => Some(Self::Bucket(resource.to_owned())),
            _ => None,
        }
    }
}

/// A name that a service gives as empty where it has none.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_a_thing_of_its_service() {
        let of = |arn: &str| Thing::parse(arn);
        let name = |name: &str| name.to_owned();
        let here = "us-west-2:111122223333";
        assert_eq!(
            of(&format!("arn:aws:ec2:{here}:volume/vol-1")),
            Some(Thing::Volume(name("vol-1")))
        );
        assert_eq!(
            of(&format!("arn:aws-cn:ec2:{here}:instance/i-1")),
            Some(Thing::Instance(name("i-1")))
        );
        assert_eq!(
            of(&format!("arn:aws:rds:{here}:db:orders")),
            Some(Thing::DbInstance(name("orders")))
        );
        assert_eq!(
            of(&format!("arn:aws:rds:{here}:cluster:shop")),
            Some(Thing::DbCluster(name("shop")))
        );
        assert_eq!(of(&format!("arn:aws:dynamodb:{here}:table/t")), Some(Thing::Table(name("t"))));
        assert_eq!(
            of(&format!("arn:aws:elasticfilesystem:{here}:file-system/fs-1")),
            Some(Thing::FileSystem(name("fs-1")))
        );
        assert_eq!(of("arn:aws:s3:::b"), Some(Thing::Bucket(name("b"))));
        for other in
            ["", "arn:aws:fsx:us-west-2:1:file-system/fs-1", "arn:aws:rds:x:1:snapshot:awsbackup:y"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
