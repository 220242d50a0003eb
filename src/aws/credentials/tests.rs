//! For each environment and files: who AWS CLI is, as botocore's providers decide.

use std::path::Path;

use super::decide::decide;
use super::files::AwsFiles;
use super::source::Source;
use crate::failure::Failure;

const CREDENTIALS: &str = "[keys]\naws_access_key_id = A\naws_secret_access_key = s\n[all]\naws_access_key_id = A\naws_secret_access_key = s\n";
const CONFIG: &str = "
[profile role]
role_arn = arn:role
source_profile = keys
[profile second]
role_arn = arn:second
source_profile = role
[profile self]
role_arn = arn:self
source_profile = self
aws_access_key_id = C
aws_secret_access_key = s
[profile circle]
role_arn = arn:circle
source_profile = round
[profile round]
role_arn = arn:round
source_profile = circle
[profile lost]
role_arn = arn:lost
source_profile = nowhere
[profile named]
role_arn = arn:named
credential_source = EcsContainer
[profile sso]
sso_session = work
sso_account_id = 1
sso_role_name = admin
[profile old-sso]
sso_account_id = 1
sso_role_name = admin
sso_start_url = https://x
sso_region = us-east-1
[profile no-session]
sso_session = home
sso_account_id = 1
sso_role_name = admin
[sso-session work]
sso_start_url = https://x
sso_region = us-east-1
[profile web]
role_arn = arn:web
web_identity_token_file = /token
[profile login]
login_session = arn:login
[profile process]
credential_process = run
[profile all]
credential_process = run
login_session = arn:login
[profile half]
aws_access_key_id = A
[profile bare]
region = us-east-1
[profile broken]
region
";

fn of(env: &[(&str, &str)], profile: &str, by_flag: bool) -> Result<Source, Failure> {
    let files =
        AwsFiles::new((CONFIG, Path::new("config")), (CREDENTIALS, Path::new("credentials")));
    let env = |name: &str| {
        env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    decide(&env, &files, profile, by_flag)
}

/// By the flag as by the variable.
fn both(env: &[(&str, &str)], profile: &str) -> String {
    let say = |by_flag| match of(env, profile, by_flag) {
        Ok(source) => source.to_string(),
        Err(failure) => format!("error: {failure}"),
    };
    assert_eq!(say(true), say(false), "{profile}");
    say(true)
}

#[test]
fn every_kind_of_profile() {
    for (profile, source) in [
        ("keys", "profile keys"),
        ("role", "role of profile role, by profile keys"),
        ("second", "role of profile second, by profile keys"),
        ("self", "role of profile self, by profile self"),
        ("named", "role of profile named, by container"),
        ("sso", "SSO session work of profile sso"),
        ("old-sso", "SSO of profile old-sso"),
        ("web", "web identity of profile web"),
        ("login", "login of profile login"),
        ("process", "process of profile process"),
        ("bare", "instance"),
    ] {
        assert_eq!(both(&[], profile), source, "{profile}");
    }
    let arns = of(&[], "second", true).unwrap().roles.into_iter().map(|role| role.arn);
    assert_eq!(arns.collect::<Vec<_>>(), ["arn:role", "arn:second"]);
}

/// The SDK would go on to a process, a container or an instance.
#[test]
fn where_the_sdk_goes_on_in_silence_it_ends_or_is_as_aws_cli() {
    for (profile, said) in [
        ("all", "profile all"),
        (
            "lost",
            "error: profile `lost` names source_profile `nowhere`, which is not in the AWS configuration files",
        ),
        (
            "no-session",
            "error: profile `no-session` names sso_session `home`, which is not in the AWS configuration file",
        ),
        ("half", "error: aws_secret_access_key of profile `half` is missing"),
        ("circle", "error: source_profile leads in a circle: circle, round, circle"),
        ("broken", "error: profile `broken` cannot be read: config:50: a setting is NAME = VALUE"),
    ] {
        let said = said.replace(":50:", &format!(":{}:", CONFIG.lines().count()));
        assert_eq!(both(&[], profile), said, "{profile}");
    }
}

#[test]
fn the_environment_has_no_say_where_a_profile_was_typed() {
    let keys = [("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:e")];
    let say = |env: &[(&str, &str)], profile: &str, by_flag| {
        of(env, profile, by_flag)
            .map_or_else(|failure| failure.to_string(), |source| source.to_string())
    };
    assert_eq!(say(&keys, "sso", false), "environment");
    assert_eq!(say(&keys, "sso", true), "SSO session work of profile sso");
    assert_eq!(say(&web, "keys", false), "web identity of the environment");
    assert_eq!(say(&web, "keys", true), "profile keys");
    // A profile with a role comes before it.
    assert_eq!(say(&web, "role", false), "role of profile role, by profile keys");
    assert_eq!(
        say(&keys[..1], "keys", false),
        "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"
    );
    assert_eq!(say(&web[..1], "keys", false), "a web identity token is configured, and no role");
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost")];
    assert_eq!(say(&container, "bare", true), "container");
    assert_eq!(say(&container, "keys", false), "profile keys");
}

#[test]
fn the_older_name_of_the_session_token_comes_first() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "E"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_SESSION_TOKEN", "new"),
        ("AWS_SECURITY_TOKEN", "old"),
    ];
    let Ok(Source { base: super::source::Base::Environment(written), .. }) =
        of(&keys, "keys", false)
    else {
        panic!("not the environment")
    };
    assert_eq!(written.token.as_deref(), Some("old"));
    assert!(!format!("{written:?}").contains("old"), "no secret in a debug text");
}
