//! Jobs that run while a deployment is removed: ours are ended or waited for, those of others go on, and no vault goes from under one.

use local_aws::{Fault, now};
use serde_json::{Value, json};

use crate::support::{
    Aws, DELETE, PRIMARY, REGIONS, SECONDARY, TERTIARY, VAULT, deployed, point_of_plan, points,
};

fn vault_arn(aws: &Aws, region: &str) -> String {
    aws.arn("backup", region, &format!("backup-vault:{VAULT}"))
}

fn backup_job(aws: &Aws, members: &Value) -> String {
    let mut job = json!({"State": "RUNNING", "BackupVaultName": VAULT});
    job.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    aws.put_backup_job(PRIMARY, job)
}

fn stopped(aws: &Aws) -> usize {
    aws.log().iter().filter(|call| call.is("backup", "StopBackupJob")).count()
}

fn state(aws: &Aws, job: &str) -> Value {
    let id = json!({"BackupJobId": job});
    aws.call("backup", PRIMARY, "describe_backup_job", id)["State"].clone()
}

#[test]
fn jobs_of_others_run_on_and_keep_their_vault() {
    for by in [
        json!({"BackupPlanId": "theirs"}),
        json!({"BackupPlanId": "theirs", "BackupPlanName": VAULT}),
    ] {
        let aws = deployed();
        point_of_plan(&aws, PRIMARY, &json!({}));
        let job = backup_job(&aws, &json!({"CreatedBy": by}));
        let refused = aws.mrbackup(["down"]).code(3);
        refused.stdout_has("1 job still running, 1 not of this deployment");
        let dry = aws.mrbackup(DELETE.into_iter().chain(["--dry-run"])).code(3);
        dry.stdout_has("; 1 job not of this deployment is running and would go on");
        dry.stdout_has("kept: 1 job not of this deployment is running in it");
        let down = aws.mrbackup(DELETE).code(3);
        down.stdout_has("kept: 1 job not of this deployment is running in it");
        assert_eq!((stopped(&aws), state(&aws, &job)), (0, json!("RUNNING")));
        assert_eq!(points(&aws), 0);
        aws.end_jobs(PRIMARY);
        aws.mrbackup(["down"]).success().stdout_has("nothing is left");
    }
}

/// With their points those of others go too, but nobody's work is stopped.
#[test]
fn with_the_points_of_others_their_jobs_are_waited_for_and_not_stopped() {
    let aws = deployed();
    let role = aws.service_role_arn().replace("AWSBackupServiceRole", "x");
    let job = backup_job(&aws, &json!({"CreatedBy": {"BackupPlanId": "theirs"}}));
    let on_demand = backup_job(&aws, &json!({"IamRoleArn": role}));
    let all = DELETE.into_iter().chain(["--include-foreign-points"]);
    let looked = aws.fault(Fault::hold_before().on("backup", "ListBackupJobs").after(30));
    let running = aws.command().args(all).start();
    looked.wait_held();
    assert_eq!((state(&aws, &job), state(&aws, &on_demand)), (json!("RUNNING"), json!("RUNNING")));
    aws.end_jobs(PRIMARY);
    looked.release();
    running.wait().success().stdout_has("nothing is left");
    assert_eq!(stopped(&aws), 0);
}

#[test]
fn a_job_of_ours_is_stopped() {
    let aws = deployed();
    let job = backup_job(&aws, &json!({"CreatedBy": {"BackupPlanId": aws.plan_id()}}));
    aws.mrbackup(DELETE).success().stdout_has("nothing is left");
    assert!(stopped(&aws) > 0);
    assert_eq!(state(&aws, &job), "ABORTED");
}

/// The first night: nothing is in the vaults yet, and something is on its way.
#[test]
fn a_vault_into_or_out_of_which_a_job_runs_is_full() {
    let first_night: [fn(&Aws) -> &'static str; 4] = [
        |aws| {
            backup_job(aws, &json!({"State": "CREATED"}));
            PRIMARY
        },
        |aws| {
            backup_job(aws, &json!({"State": "PENDING", "CreatedBy": {"BackupPlanId": "theirs"}}));
            PRIMARY
        },
        |aws| {
            let to = vault_arn(aws, SECONDARY);
            aws.put_copy_job(PRIMARY, json!({"State": "RUNNING", "DestinationBackupVaultArn": to}));
            SECONDARY
        },
        |aws| {
            let from = vault_arn(aws, TERTIARY);
            aws.put_copy_job(TERTIARY, json!({"State": "RUNNING", "SourceBackupVaultArn": from}));
            TERTIARY
        },
    ];
    for begin in first_night {
        let aws = deployed();
        let region = begin(&aws);
        aws.clear_log();
        for dry in [&["--dry-run"][..], &[]] {
            let down = aws.mrbackup(["down"].iter().chain(dry)).code(3);
            let line =
                format!("{region} vault {VAULT}: no recovery point yet; 1 job still running");
            down.stdout_has(line);
        }
        let full = aws.mrbackup(["down", "-o", "json"]).code(3).json()["full_vaults"].clone();
        assert_eq!(full.as_array().unwrap().len(), 1, "{full}");
        assert_eq!((&full[0]["recovery_points"], &full[0]["running_jobs"]), (&json!(0), &json!(1)));
        aws.assert_nothing_written();

        let kept = aws.mrbackup(["down", "--keep-backups"]).code(3);
        kept.stdout_has("kept: it holds no recovery point yet; 1 job still running");
        kept.stdout_has("The service role stays with them");
        for region in REGIONS {
            aws.end_jobs(region);
        }
        aws.mrbackup(["down"]).success().stdout_has("nothing is left");
    }
}

/// What `up` leaves behind of earlier settings does not go from under a job either.
#[test]
fn a_former_vault_stays_while_a_job_runs_into_it() {
    let aws = deployed();
    let to = vault_arn(&aws, TERTIARY);
    let job = json!({"State": "RUNNING", "CreationDate": now(), "DestinationBackupVaultArn": to});
    aws.put_copy_job(PRIMARY, job);
    let dropped = ["up", "--drop-region", TERTIARY, "--allow-less-protection"];
    aws.mrbackup(dropped).success().stdout_has("1 job still running");
    aws.mrbackup(["down"]).code(3);
    aws.end_jobs(PRIMARY);
    aws.mrbackup(["up"]).success();
    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded().json();
    assert!(!status["regions"].to_string().contains(TERTIARY), "{}", status["regions"]);
}

/// Jobs that cannot be listed may be running.
#[test]
fn where_jobs_cannot_be_read_nothing_goes_but_with_its_vault_kept() {
    let aws = deployed();
    let text = "User: u is not authorized to perform: backup:ListBackupJobs";
    let denied = Fault::error(403, "AccessDeniedException", text);
    aws.fault(denied.on("backup", "ListBackupJobs").region(PRIMARY));
    aws.clear_log();
    for arguments in [&["down"][..], &DELETE] {
        aws.mrbackup(arguments).code(1).stderr_has("backup:ListBackupJobs");
    }
    aws.assert_nothing_written();
    let kept = aws.mrbackup(["down", "--keep-backups"]).code(3);
    kept.stdout_has("whether a job runs in it is unknown");
    kept.stdout_has("The service role stays with them");
}
