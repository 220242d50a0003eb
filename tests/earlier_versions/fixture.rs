//! A deployment as a file: the calls that made it, and the settings that its maker showed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD as BASE64, BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::Aws;

/// The functions' packages, by their hash: versions and regions share them.
const CODE: &str = "code";

/// What is in the file.
///
/// The account is the one that it was made in, and has to be: its number is in the record, and hashed elsewhere.
pub(super) struct Fixture(pub(super) Value);

/// The record that is in the service role's tags.
#[derive(Debug, PartialEq)]
pub(super) struct Record {
    pub(super) schema: String,
    /// The version of the program.
    pub(super) writer: String,
    pub(super) settings: Value,
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("deployments")
}

/// The names in a directory, in the order of the alphabet.
fn names(directory: &Path) -> BTreeSet<String> {
    let name = |entry: fs::DirEntry| entry.file_name().to_str().unwrap().to_owned();
    fs::read_dir(directory).unwrap().map(|entry| name(entry.unwrap())).collect()
}

/// All fixtures, each as `VERSION-SCHEMA-COMMIT/WHAT.json`.
pub(super) fn paths() -> Vec<String> {
    let folders = names(&directory()).into_iter();
    let folders = folders.filter(|name| name != CODE && directory().join(name).is_dir());
    folders
        .flat_map(|folder| {
            let files = names(&directory().join(&folder)).into_iter();
            files.map(move |file| format!("{folder}/{file}"))
        })
        .collect()
}

pub(super) fn code_files() -> BTreeSet<String> {
    names(&directory().join(CODE))
}

/// `config show -o json`, a line for each row.
pub(super) fn settings(shown: &Value) -> Vec<String> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let line = |row: &Value| {
        format!("{} = {} ({})", text(row, "setting"), text(row, "value"), text(row, "origin"))
    };
    shown["settings"].as_array().unwrap().iter().map(line).collect()
}

impl Fixture {
    #[track_caller]
    pub(super) fn read(path: &str) -> Self {
        let text = fs::read_to_string(directory().join(path)).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// Writes the file, and the packages in it beside it.
    pub(super) fn write(&self, root: &Path, folder: &str, name: &str) {
        let mut value = self.0.clone();
        let mut packages = BTreeMap::new();
        for call in value["calls"].as_array_mut().unwrap() {
            let Some(package) = call["args"].pointer_mut("/Code/ZipFile") else { continue };
            let bytes = BASE64.decode(package["$base64"].as_str().unwrap()).unwrap();
            let hash = format!("{:x}", Sha256::digest(&bytes));
            let file = format!("{}.zip", &hash[..16]);
            *package = json!({ "$file": file });
            packages.insert(file, bytes);
        }
        fs::create_dir_all(root.join(CODE)).unwrap();
        fs::create_dir_all(root.join(folder)).unwrap();
        for (file, bytes) in packages {
            fs::write(root.join(CODE).join(file), bytes).unwrap();
        }
        let text = serde_json::to_string_pretty(&value).unwrap();
        fs::write(root.join(folder).join(name), text + "\n").unwrap();
    }

    fn text(&self, member: &str) -> &str {
        self.0[member].as_str().unwrap()
    }

    fn list(&self, member: &str) -> impl Iterator<Item = &Value> {
        self.0[member].as_array().unwrap().iter()
    }

    pub(super) fn account(&self) -> &str {
        self.text("account")
    }

    /// The deployment's.
    pub(super) fn name(&self) -> &str {
        self.text("name")
    }

    pub(super) fn settings(&self) -> Vec<String> {
        self.list("settings").map(|line| line.as_str().unwrap().to_owned()).collect()
    }

    /// The calls of this operation.
    fn calls(&self, operation: &str) -> impl DoubleEndedIterator<Item = &Value> {
        let calls = self.0["calls"].as_array().unwrap().iter();
        calls.filter(move |call| call["operation"] == operation)
    }

    pub(super) fn primary(&self) -> String {
        self.record().settings["regions"]["primary"].as_str().unwrap().to_owned()
    }

    pub(super) fn secondary(&self) -> String {
        self.record().settings["regions"]["secondary"].as_str().unwrap().to_owned()
    }

    /// The regions without alarms.
    pub(super) fn without_alarms(&self) -> BTreeSet<String> {
        let regions = self.record().settings["regions"].take();
        let text = |region: &Value| region.as_str().map(str::to_owned);
        let further = regions["copy_to"].as_array().into_iter().flatten();
        further.chain([&regions["tertiary"]]).filter_map(text).collect()
    }

    /// The regions without alarms whose events its maker's `up` did not forward to the secondary yet.
    #[track_caller]
    pub(super) fn not_forwarding(&self) -> BTreeSet<String> {
        let mut without = self.without_alarms();
        for rule in self.calls("put_rule") {
            if rule["args"]["Name"] == format!("mrbackup-{}-forward", self.name()) {
                without.remove(rule["region"].as_str().unwrap());
            }
        }
        without
    }

    /// Of these regions those whose rule of this receiver (`jobs` or `forward`) its maker's `up` did not have listen to
    /// deleted recovery points yet. One that it has not made is none of them.
    pub(super) fn deaf_to_deletions(&self, rule: &str, regions: &[&str]) -> BTreeSet<String> {
        let name = format!("mrbackup-{}-{rule}", self.name());
        let mut deaf = BTreeSet::new();
        for put in self.calls("put_rule").filter(|put| put["args"]["Name"] == name) {
            let region = put["region"].as_str().unwrap().to_owned();
            if put["args"]["EventPattern"].as_str().unwrap().contains("Recovery Point State Change")
            {
                deaf.remove(&region);
            } else if regions.contains(&&*region) {
                deaf.insert(region);
            }
        }
        deaf
    }

    /// The regions of validators that its maker's `up` did not let judge restores.
    pub(super) fn without_judge(&self) -> BTreeSet<String> {
        let stem = format!("mrbackup-{}-validator-", self.name());
        let mut without = BTreeSet::new();
        for put in self.calls("put_role_policy") {
            let role = put["args"]["RoleName"].as_str().unwrap();
            let Some(region) = role.strip_prefix(&stem) else { continue };
            if put["args"]["PolicyDocument"].to_string().contains("PutRestoreValidationResult") {
                without.remove(region);
            } else {
                without.insert(region.to_owned());
            }
        }
        without
    }

    /// Whether its maker kept what a rule cannot deliver.
    pub(super) fn has_queues(&self) -> bool {
        self.calls("create_queue").next().is_some()
    }

    /// The packages that it needs.
    pub(super) fn files(&self) -> BTreeSet<String> {
        let file =
            |call: &Value| call["args"]["Code"]["ZipFile"]["$file"].as_str().map(str::to_owned);
        self.calls("create_function").filter_map(file).collect()
    }

    /// The package that a function was made of.
    #[track_caller]
    pub(super) fn code(&self, region: &str, function: &str) -> Vec<u8> {
        let mut calls = self.calls("create_function");
        let call = calls.find(|call| makes(call, region, function)).unwrap();
        package(&call["args"]["Code"]["ZipFile"])
    }

    /// As if its maker had had other code.
    pub(super) fn set_code(&mut self, region: &str, function: &str, package: Value) {
        let mut calls = self.0["calls"].as_array_mut().unwrap().iter_mut();
        let call = calls.find(|call| makes(call, region, function)).unwrap();
        call["args"]["Code"]["ZipFile"] = package;
    }

    /// Makes the deployment as its maker did. Then all subscribers confirm, and what is backed up is there.
    #[track_caller]
    pub(super) fn put(&self, aws: &Aws) {
        let mut calls = self.0["calls"].as_array().unwrap().clone();
        for call in &mut calls {
            if let Some(code) = call["args"].pointer_mut("/Code/ZipFile") {
                *code = json!({ "$base64": BASE64.encode(package(code)) });
            }
        }
        aws.replay(&calls);
        self.confirm(aws);
        for point in self.list("points") {
            let text = |member: &str| point[member].as_str().unwrap();
            aws.put_recovery_point(text("region"), text("vault"), point["point"].clone());
        }
    }

    /// All subscribers confirm.
    pub(super) fn confirm(&self, aws: &Aws) {
        for call in self.calls("subscribe") {
            aws.confirm_email(
                call["region"].as_str().unwrap(),
                call["args"]["Endpoint"].as_str().unwrap(),
            );
        }
    }

    /// AWS Backup deletes what is backed up.
    #[track_caller]
    pub(super) fn expire_points(&self, aws: &Aws) {
        for point in self.list("points") {
            let region = point["region"].as_str().unwrap();
            let vault = json!({ "BackupVaultName": point["vault"] });
            let list = aws.call("backup", region, "list_recovery_points_by_backup_vault", vault);
            for there in list["RecoveryPoints"].as_array().unwrap() {
                let (vault, arn) = (&point["vault"], &there["RecoveryPointArn"]);
                let which = json!({ "BackupVaultName": vault, "RecoveryPointArn": arn });
                aws.call("backup", region, "delete_recovery_point", which);
            }
        }
    }

    /// The record that its last write left on the service role.
    #[track_caller]
    pub(super) fn record(&self) -> Record {
        let tags = |call: &Value| -> BTreeMap<String, String> {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let tags = call["args"]["Tags"].as_array().into_iter().flatten();
            tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
        };
        let mut written = self.calls("tag_role").rev().map(tags);
        let tags = written.find(|tags| tags.contains_key("mrbackup:spec:0")).unwrap();
        let part = |number: u32| tags.get(&format!("mrbackup:spec:{number}")).map(String::as_str);
        let whole: String = (0..).map_while(part).collect();
        let fields: Vec<&str> = whole.splitn(6, '/').collect();
        let [schema, writer, _revision, _length, _checksum, payload] = fields[..] else {
            panic!("no record: {whole}")
        };
        let json = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
        let json = miniz_oxide::inflate::decompress_to_vec(&json).unwrap();
        Record {
            schema: schema.to_owned(),
            writer: writer.to_owned(),
            settings: serde_json::from_slice(&json).unwrap(),
        }
    }
}

fn makes(call: &Value, region: &str, function: &str) -> bool {
    let named = call["args"]["FunctionName"] == function && call["region"] == region;
    named && call["operation"] == "create_function"
}

/// The bytes, from the file or as they were recorded.
#[track_caller]
fn package(code: &Value) -> Vec<u8> {
    match code["$file"].as_str() {
        Some(file) => fs::read(directory().join(CODE).join(file)).unwrap(),
        None => BASE64.decode(code["$base64"].as_str().unwrap()).unwrap(),
    }
}
