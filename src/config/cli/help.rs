//! What the helps show beside the options: examples first, topics last.

pub(super) const EXAMPLES: &str = "\
Examples:
  mrbackup up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1
  mrbackup status
  mrbackup down";

pub(super) const UP_EXAMPLES: &str = "\
Examples:
  mrbackup up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1
  mrbackup up --email ops@example.com     add a subscriber to what is there
  mrbackup up --set rules.daily.delete_after_days=400
  mrbackup up                             repair what was changed or removed by hand";

pub(super) const PLAN_EXAMPLES: &str = "\
Examples:
  mrbackup plan                           what `up` would repair
  mrbackup plan --email ops@example.com --exit-code
  mrbackup plan --offline --primary us-east-1 --secondary us-west-2";

pub(super) const CONFIG_EXAMPLES: &str = "\
Examples:
  mrbackup config show
  mrbackup config show --config prod/mrbackup.toml -o json
  mrbackup config init                    write what is recorded to mrbackup.toml
  mrbackup config init --offline --primary us-east-1 --secondary us-west-2 --stdout
  mrbackup config from-plan template.yaml   take over from another backup plan";

pub(super) const FROM_PLAN_EXAMPLES: &str = "\
Examples:
  mrbackup config from-plan 8f81f553-3a74-4a3f-b93d-b3360dc80c50 --region us-east-1
  mrbackup config from-plan template.yaml --plan nightly --region us-east-1
  terraform show -json | mrbackup config from-plan - --stdout";

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  mrbackup status
  mrbackup status -o json | jq .healthy
  mrbackup status --resource arn:aws:dynamodb:us-east-1:111122223333:table/orders
  mrbackup status --watch
  mrbackup status --region us-west-2      with the primary region unreachable";

pub(super) const DOWN_EXAMPLES: &str = "\
Examples:
  mrbackup down
  mrbackup down --without-region us-west-2  leave a region that cannot be read
  mrbackup down --keep-backups            what holds backups stays until they expire
  mrbackup down --delete-backups --confirm default";

pub(super) const DRILL_EXAMPLES: &str = "\
Examples:
  mrbackup drill alarm                    would a failure reach a person?
  mrbackup drill alarm --no-alarms        the same, without CloudWatch's alarms
  mrbackup drill backup arn:aws:ec2:us-east-1:111122223333:volume/vol-0123456789abcdef0
  mrbackup drill restore arn:aws:dynamodb:us-east-1:111122223333:table/orders --region us-west-2
  mrbackup drill restore --all --region us-west-2
  mrbackup drill restore --clean-up";

pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  mrbackup list
  mrbackup list --region ap-southeast-7   also in a region that may not be listed";

pub(super) const LINT_EXAMPLES: &str = "\
Examples:
  mrbackup lint template.yaml
  terraform show -json plan.tfplan | mrbackup lint -
  mrbackup lint --account --region us-east-1,us-west-2,eu-west-1
  mrbackup lint template.yaml -o sarif > lint.sarif
  mrbackup lint --explain L007";

pub(super) const REPAIR_EXAMPLES: &str = "\
Examples:
  mrbackup repair --dry-run
  mrbackup repair
  mrbackup repair --since 2026-11-20 --confirm default";

pub(super) const RESTORE_EXAMPLES: &str = "\
Examples:
  mrbackup restore arn:aws:rds:us-east-1:111122223333:db:orders --as orders-restored
  mrbackup restore arn:aws:dynamodb:us-east-1:111122223333:table/orders --region us-west-2 --dry-run
  mrbackup restore arn:aws:ec2:us-east-1:111122223333:volume/vol-0123456789abcdef0 --set volumeType=io2 --set iops=4000";

pub(super) const RECOVER_EXAMPLES: &str = "\
Examples:
  mrbackup recover --region us-west-2 --dry-run   could we, and with what loss?
  mrbackup recover --region us-west-2
  mrbackup recover --region us-west-2 --only-type RDS --only-type Aurora
  mrbackup recover --region us-west-2 --runbook > runbook.md
  mrbackup recover --region us-west-2 --dry-run --publish";

pub(super) const TAG_EXAMPLES: &str = "\
Examples:
  mrbackup tag arn:aws:dynamodb:us-east-1:111122223333:table/orders
  mrbackup tag --from arns.txt --dry-run
  aws rds describe-db-instances --query 'DBInstances[].[DBInstanceArn]' --output text \
    | mrbackup tag --from -";

pub(super) const UNTAG_EXAMPLES: &str = "\
Examples:
  mrbackup untag arn:aws:dynamodb:us-east-1:111122223333:table/orders";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  mrbackup completions bash > ~/.local/share/bash-completion/completions/mrbackup
  mrbackup completions zsh > ~/.zfunc/_mrbackup
  mrbackup completions fish > ~/.config/fish/completions/mrbackup.fish";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  mrbackup man ~/.local/share/man/man1";

pub(super) const SCHEMA_EXAMPLES: &str = "\
Examples:
  mrbackup schema
  mrbackup schema status > status.schema.json
  mrbackup schema toml > mrbackup.schema.json";

pub(super) const HELP_EXAMPLES: &str = "\
Examples:
  mrbackup help drill alarm
  mrbackup help exit-codes";

pub(super) const AFTERWORDS: &str = "\
Exit codes: 0 success, 1 failed or refused, 2 usage, 3 needs attention, 130 interrupted.

More about: mrbackup help exit-codes | environment | config | json | freshness | safety";
