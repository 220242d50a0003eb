//! What AWS's size of a backup means: it differs from type to type, and no sum over recovery points is what is stored or paid.

use schemars::JsonSchema;
use serde::Serialize;

/// What `BackupSizeInBytes` is of a type (API reference, `BackupJob`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SizeMeaning {
    /// The size of the volumes, the same each time however little has changed.
    Provisioned,
    /// What was transferred since the backup before.
    Transferred,
    /// The size of the recovery point.
    RecoveryPoint,
    /// The size of the recovery point or less: it is told late.
    AtLeast,
    /// Nothing: it is 0, or left out.
    Nothing,
    /// No page says.
    Undocumented,
}

/// A size that means something.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct BackupSize {
    bytes: i64,
    means: &'static str,
}

impl BackupSize {
    /// AWS's number for a backup of this resource; `None` where it means nothing that is known.
    pub(crate) fn new(resource: &str, bytes: Option<i64>) -> Option<Self> {
        let bytes = bytes.filter(|bytes| *bytes > 0)?;
        let means = match super::row_of(resource)?.size {
            SizeMeaning::Provisioned => "provisioned",
            SizeMeaning::Transferred => "transferred",
            SizeMeaning::RecoveryPoint => "recovery-point",
            SizeMeaning::AtLeast => "at-least",
            SizeMeaning::Nothing | SizeMeaning::Undocumented => return None,
        };
        Some(Self { bytes, means })
    }

    /// In words: "of 1.0 GiB provisioned".
    pub(crate) fn words(&self) -> String {
        let size = size(self.bytes);
        match self.means {
            "provisioned" => format!("of {size} provisioned"),
            "transferred" => format!("{size} transferred"),
            "at-least" => format!("at least {size}"),
            _ => size,
        }
    }
}

/// A size in binary units.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn size(bytes: i64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_with_what_it_means_or_not_at_all() {
        let words = |resource: &str, bytes| {
            let arn = format!("arn:aws:{resource}");
            BackupSize::new(&arn, bytes).map(|size| size.words())
        };
        for (resource, said) in [
            ("ec2:us-east-1:111122223333:volume/vol-1", Some("of 3.5 GiB provisioned")),
            ("ec2:us-east-1:111122223333:instance/i-1", Some("of 3.5 GiB provisioned")),
            (
                "elasticfilesystem:us-east-1:111122223333:file-system/fs-1",
                Some("3.5 GiB transferred"),
            ),
            ("dynamodb:us-east-1:111122223333:table/orders", Some("3.5 GiB")),
            ("backup-gateway:us-east-1:111122223333:vm/vm-1", Some("at least 3.5 GiB")),
            ("rds:us-east-1:111122223333:db:orders", None),
            ("rds:us-east-1:111122223333:cluster:shop", None),
            ("fsx:us-east-1:111122223333:file-system/fs-1", None),
            ("s3:::bucket", None),
            ("mainframe:us-east-1:111122223333:image/m-1", None),
        ] {
            assert_eq!(words(resource, Some(7 << 29)).as_deref(), said, "{resource}");
            assert_eq!(words(resource, None), None);
            assert_eq!(words(resource, Some(0)), None);
        }
        assert_eq!(words("dynamodb:us-east-1:111122223333:table/t", Some(12)).unwrap(), "12 B");
    }
}
