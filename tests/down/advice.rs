//! What an output advises reaches no further than what it shows: whoever follows every advice deletes nothing of others.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    Aws, DELETE, Outcome, PRIMARY, REGIONS, SECONDARY, TERTIARY, VAULT, account, deployed,
    point_of_plan, with_points,
};

/// Where whoever follows advice begins.
const FIRST: [&[&str]; 8] = [
    &["down", "--dry-run"],
    &["down"],
    &["status"],
    &["plan"],
    &["list"],
    &["repair", "--dry-run"],
    &["down", "--keep-backups"],
    &DELETE,
];

/// The commands of mrbackup in a text, each as its arguments.
fn advised(text: &str) -> Vec<Vec<String>> {
    let begins = text.match_indices("mrbackup ").map(|(at, begin)| &text[at + begin.len()..]);
    let command = |rest: &str| -> Option<Vec<String>> {
        let line = rest.lines().next()?.split('`').next()?;
        let is_argument = |word: &&str| {
            !word.is_empty()
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/=,".contains(c))
        };
        let mut words = line.split(' ').take_while(is_argument);
        let name = words.next().filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))?;
        let mut arguments = vec![name.to_owned()];
        // Words of the sentence follow, unless a flag stands before them.
        let mut after_flag = false;
        for word in words {
            let is_flag = word.starts_with("--");
            if !is_flag && !after_flag {
                break;
            }
            arguments.push(word.trim_end_matches(['.', ',', ':']).to_owned());
            after_flag = is_flag;
        }
        Some(arguments)
    };
    begins.filter_map(command).collect()
}

/// A plan of a stranger that has the name of ours, and that lives or is gone and forgotten.
fn stranger(aws: &Aws, lives: bool) -> Value {
    let vault = json!({"BackupVaultName": "theirs"});
    aws.call("backup", PRIMARY, "create_backup_vault", vault);
    let rule = json!({
        "RuleName": "r", "TargetBackupVaultName": "theirs", "ScheduleExpression": "cron(0 5 ? * * *)",
    });
    let plan = json!({"BackupPlan": {"BackupPlanName": VAULT, "Rules": [rule]}});
    let id = aws.call("backup", PRIMARY, "create_backup_plan", plan)["BackupPlanId"].clone();
    if !lives {
        aws.call("backup", PRIMARY, "delete_backup_plan", json!({"BackupPlanId": id}));
        aws.forget_plan(id.as_str().unwrap());
    }
    let arn = aws.arn("backup", PRIMARY, &format!("backup-plan:{}", id.as_str().unwrap()));
    json!({"BackupPlanId": id, "BackupPlanName": VAULT, "BackupPlanArn": arn})
}

/// Points of a stranger's in each vault, in each state in which a point may be.
fn points_of(aws: &Aws, plan: &Value) -> BTreeSet<String> {
    let by = |more: Value| {
        let mut members = json!({"CreatedBy": plan});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members
    };
    let elsewhere = aws.arn("backup", "ap-south-1", "backup-vault:theirs");
    let states = [
        (PRIMARY, by(json!({}))),
        (PRIMARY, by(json!({"Status": "EXPIRED"}))),
        (SECONDARY, by(json!({"Status": "AVAILABLE"}))),
        (SECONDARY, by(json!({"SourceBackupVaultArn": elsewhere}))),
        (TERTIARY, by(json!({"IsParent": true}))),
        (TERTIARY, by(json!({"ParentRecoveryPointArn": "arn:gone"}))),
    ];
    states.iter().map(|(region, members)| point_of_plan(aws, region, members)).collect()
}

fn there(aws: &Aws) -> BTreeSet<String> {
    let points = REGIONS.iter().flat_map(|region| aws.recovery_points(region, VAULT));
    points.map(|point| point["RecoveryPointArn"].as_str().unwrap().to_owned()).collect()
}

/// Runs what is advised, and what that advises, until nothing new is.
fn follow(aws: &Aws, mut check: impl FnMut(&[String], &Outcome)) -> BTreeSet<Vec<String>> {
    let mut done: BTreeSet<Vec<String>> = BTreeSet::new();
    let typed = |words: &&[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut next: Vec<Vec<String>> = FIRST.iter().map(typed).collect();
    while !next.is_empty() {
        let arguments = next.remove(0);
        if !done.insert(arguments.clone()) {
            continue;
        }
        let outcome = aws.mrbackup(&arguments);
        check(&arguments, &outcome);
        next.extend(advised(&outcome.stdout));
        next.extend(advised(&outcome.stderr));
    }
    done
}

#[test]
fn a_strangers_points_survive_whatever_is_advised() {
    for lives in [true, false] {
        let aws = with_points();
        let plan = stranger(&aws, lives);
        let theirs = points_of(&aws, &plan);
        let done = follow(&aws, |arguments, outcome| {
            assert!(theirs.is_subset(&there(&aws)), "{outcome:?}");
            assert!(arguments[0] != "down" || outcome.exit_code() == Some(3), "{outcome:?}");
            for further in ["include-foreign-points", "points-of-plan"] {
                assert!(!outcome.stdout.contains(further), "{outcome:?}");
                assert!(!outcome.stderr.contains(further), "{outcome:?}");
            }
        });
        let delete: Vec<String> = DELETE.iter().map(|word| (*word).to_owned()).collect();
        assert!(done.contains(&delete) && done.contains(&vec!["up".to_owned()]), "{done:?}");
        assert_eq!(there(&aws), theirs);
        if lives {
            let id = json!({"BackupPlanId": plan["BackupPlanId"]});
            aws.call("backup", PRIMARY, "get_backup_plan", id);
        }
    }
}

#[test]
fn advice_is_found_in_texts() {
    let text = "Keep them:  mrbackup down --keep-backups\n`mrbackup up` takes them up again; go on with: \
                mrbackup down --delete-backups --confirm default\nmrbackup down · deployment x";
    let found: Vec<String> = advised(text).iter().map(|words| words.join(" ")).collect();
    let delete = "down --delete-backups --confirm default";
    assert_eq!(found, ["down --keep-backups", "up", delete, "down"]);
}

/// Not even what is refused for want of a record names a flag that takes all.
#[test]
fn without_a_record_nothing_further_is_advised() {
    let aws = deployed();
    point_of_plan(&aws, PRIMARY, &json!({"CreatedBy": {"BackupPlanId": "theirs"}}));
    for arguments in [&["down"][..], &DELETE] {
        for outcome in [aws.mrbackup(arguments), account().mrbackup(arguments)] {
            outcome.stdout_lacks("--include-foreign-points");
            outcome.stderr_lacks("--include-foreign-points");
        }
    }
}
