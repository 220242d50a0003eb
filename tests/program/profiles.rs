//! Every kind of profile, by the flag as by the variable; and why one cannot be used, in AWS's words, with its name.

use crate::support::{Aws, Outcome, account, for_each_case};

use super::sign_in::SignIn;

const LOGIN_KEY: &str = "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\\n-----END EC PRIVATE KEY-----\\n";

/// An account with all that signs in to it, and a home directory with profiles of every kind.
struct Home {
    aws: Aws,
    sign_in: SignIn,
    directory: String,
}

impl Home {
    fn new() -> Self {
        let aws = account();
        let sign_in = SignIn::new(aws.id());
        let id = aws.id().to_owned();
        let keys = format!("aws_access_key_id = {id}\naws_secret_access_key = local\n");
        let config = aws.file("home/.aws/config", &config(&id, &aws.file("token", "a.b.c")));
        aws.file("home/.aws/credentials", &format!("[keys]\n{keys}[both]\n{keys}"));
        // The names are the hashes of what they are for, as AWS CLI has them.
        let token = r#"{"accessToken": "a", "expiresAt": "2099-01-01T00:00:00Z", "startUrl": "https://portal.example.com/start"}"#;
        for name in
            ["e274eeff768c6396088ec6eb091f4bf4d47ab1e0", "f99d968d2b4037e9fb98a14ff5546d9ef0c014b8"]
        {
            aws.file(&format!("home/.aws/sso/cache/{name}.json"), token);
        }
        let login = format!(
            r#"{{"accessToken": {{"accessKeyId": "{id}", "secretAccessKey": "local", "sessionToken": "t", "accountId": "{id}", "expiresAt": "2099-01-01T00:00:00Z"}}, "tokenType": "aws_sigv4", "refreshToken": "r", "clientId": "c", "dpopKey": "{LOGIN_KEY}"}}"#
        );
        let name = "9a81860ff734c84a11caeeaaae0fb67edfb1d624e2892b4870d6f03bc880591e";
        aws.file(&format!("home/.aws/login/cache/{name}.json"), &login);
        let directory = config.trim_end_matches("/.aws/config").to_owned();
        Self { aws, sign_in, directory }
    }

    /// `list` with a profile and nothing of the account in the environment.
    fn list(&self, profile: &str, by_flag: bool, variables: &[(&str, &str)]) -> Outcome {
        let mut run = self.aws.command().env("HOME", &self.directory);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"] {
            run = run.without_env(name);
        }
        for name in
            ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO", "AWS_EC2_METADATA_SERVICE_ENDPOINT"]
        {
            run = run.env(name, self.sign_in.url());
        }
        for (name, value) in variables {
            run = run.env(name, value);
        }
        if by_flag {
            run.args(["list", "-o", "json", "--profile", profile]).run()
        } else {
            run.env("AWS_PROFILE", profile).args(["list", "-o", "json"]).run()
        }
    }

    /// The one error of both ways, and its fix.
    #[track_caller]
    fn error(&self, profile: &str) -> (String, String) {
        let [flag, variable] = [true, false].map(|by_flag| {
            let outcome = self.list(profile, by_flag, &[]).code(1);
            let error = outcome.json()["error"].clone();
            assert_eq!(outcome.stderr.lines().count(), 2, "{outcome:?}");
            let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
            (text("message"), text("fix"))
        });
        assert_eq!(flag, variable);
        flag
    }
}

fn config(id: &str, token: &str) -> String {
    format!(
        "[profile role]
role_arn = arn:aws:iam::{id}:role/admin
source_profile = keys
[profile second]
role_arn = arn:aws:iam::{id}:role/second
source_profile = role
[profile of-sso]
role_arn = arn:aws:iam::{id}:role/admin
source_profile = sso
[profile of-container]
role_arn = arn:aws:iam::{id}:role/admin
credential_source = EcsContainer
[profile of-instance]
role_arn = arn:aws:iam::{id}:role/admin
credential_source = Ec2InstanceMetadata
[profile sso]
sso_session = work
sso_account_id = {id}
sso_role_name = admin
[profile old-sso]
sso_start_url = https://portal.example.com/start
sso_region = us-east-1
sso_account_id = {id}
sso_role_name = admin
[sso-session work]
sso_start_url = https://portal.example.com/start
sso_region = us-east-1
[profile web]
role_arn = arn:aws:iam::{id}:role/admin
web_identity_token_file = {token}
[profile login]
login_session = arn:aws:iam::111122223333:user/ops
[profile process]
credential_process = echo '{{\"Version\": 1, \"AccessKeyId\": \"{id}\", \"SecretAccessKey\": \"local\"}}'
[profile both]
credential_process = false
[profile bare]
region = us-east-1
[profile refused]
role_arn = arn:aws:iam::{id}:role/refused
source_profile = keys
[profile mfa]
role_arn = arn:aws:iam::{id}:role/refused
source_profile = keys
mfa_serial = arn:aws:iam::{id}:mfa/phone
[profile refused-web]
role_arn = arn:aws:iam::{id}:role/refused-web
web_identity_token_file = {token}
[profile no-token]
role_arn = arn:aws:iam::{id}:role/admin
web_identity_token_file = /nonexistent/token
[profile lost]
role_arn = arn:aws:iam::{id}:role/admin
source_profile = nowhere
[profile over]
sso_session = home
sso_account_id = {id}
sso_role_name = admin
[sso-session home]
sso_start_url = https://home.example.com/start
sso_region = us-east-1
[profile ended]
sso_session = work
sso_account_id = {id}
sso_role_name = ended
[profile forbidden]
sso_session = work
sso_account_id = {id}
sso_role_name = forbidden
[profile stray]
aws_access_key_id = two words
aws_secret_access_key = local
[profile logged-out]
login_session = arn:aws:iam::111122223333:user/other
[profile broken-process]
credential_process = sh -c 'echo the vault is sealed >&2; exit 3'
[profile unreadable]
this is no setting
"
    )
}

/// Profile, where the credentials are from, and what was asked for them.
const KINDS: &[(&str, &str, &[&str])] = &[
    ("keys", "profile keys", &[]),
    ("both", "profile both", &[]),
    ("role", "role of profile role, by profile keys", &["AssumeRole"]),
    ("second", "role of profile second, by profile keys", &["AssumeRole", "AssumeRole"]),
    (
        "of-sso",
        "role of profile of-sso, by SSO session work of profile sso",
        &["GetRoleCredentials", "AssumeRole"],
    ),
    ("sso", "SSO session work of profile sso", &["GetRoleCredentials"]),
    ("old-sso", "SSO of profile old-sso", &["GetRoleCredentials"]),
    ("web", "web identity of profile web", &["AssumeRoleWithWebIdentity"]),
    ("login", "login of profile login", &[]),
    ("process", "process of profile process", &[]),
    (
        "of-instance",
        "role of profile of-instance, by instance",
        &["metadata token", "extended", "role of the instance", "instance", "AssumeRole"],
    ),
    ("bare", "instance", &["metadata token", "extended", "role of the instance", "instance"]),
];

#[test]
fn every_kind_of_profile_is_used_by_flag_as_by_variable() {
    let home = Home::new();
    for_each_case(KINDS, |(profile, source, requests)| {
        for by_flag in [true, false] {
            home.sign_in.take_requests();
            let listed = home.list(profile, by_flag, &[]).code(3);
            let caller = &listed.json()["caller"];
            assert_eq!(
                (&caller["account"], &caller["credentials"]),
                (&home.aws.id().into(), &(*source).into()),
                "{listed:?}"
            );
            listed.stderr_has(format!("account {} · assumed-role/admin ({source})", home.aws.id()));
            let mut asked = home.sign_in.take_requests();
            // Some releases of the SDK ask for the extended list, and some do not.
            let is_sign_in = |word: &String| word != "GetCallerIdentity" && word != "extended";
            asked.retain(is_sign_in);
            let wanted: Vec<&str> =
                requests.iter().copied().filter(|word| *word != "extended").collect();
            assert_eq!(asked, wanted, "{profile}");
        }
    });
}

#[test]
fn a_container_gives_credentials() {
    let home = Home::new();
    let container = format!("{}/container", home.sign_in.url());
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.as_str())];
    for (profile, source) in [
        ("bare", "container"),
        ("of-container", "role of profile of-container, by container"),
        ("keys", "profile keys"),
    ] {
        for by_flag in [true, false] {
            let listed = home.list(profile, by_flag, &variables).code(3);
            assert_eq!(listed.json()["caller"]["credentials"], source, "{listed:?}");
        }
    }
}

/// The SDK takes the keys of the profile first.
#[test]
fn a_web_identity_of_the_environment_comes_before_a_profiles_keys() {
    let home = Home::new();
    let token = home.aws.file("token", "a.b.c");
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web"),
    ];
    let source =
        |by_flag| home.list("keys", by_flag, &variables).json()["caller"]["credentials"].clone();
    assert_eq!(source(false), "web identity of the environment");
    assert_eq!(source(true), "profile keys");
}

const WHY: &[(&str, &[&str], &str)] = &[
    (
        "refused",
        &[
            "the AWS credentials of profile refused cannot be used: us-east-1: sts:AssumeRole on arn:aws:iam::",
            "AccessDenied: User: arn:aws:iam::111122223333:user/u is not authorized",
        ],
        "name it in the role's trust policy",
    ),
    (
        "mfa",
        &["the AWS credentials of profile mfa cannot be used: ", "AccessDenied: "],
        "aws configure export-credentials --profile mfa",
    ),
    (
        "refused-web",
        &[
            "web identity of profile refused-web cannot be used",
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ],
        "trust policy and the token",
    ),
    ("no-token", &["profile no-token", "/nonexistent/token: No such file"], "a file with a token"),
    (
        "lost",
        &[
            "profile `lost` names source_profile `nowhere`, which is not in the AWS configuration files",
        ],
        "correct the profile",
    ),
    (
        "over",
        &["the AWS credentials of profile over cannot be used: ", "the cached SSO token"],
        "aws sso login --profile over",
    ),
    (
        "ended",
        &[
            "credentials of profile ended cannot be used: UnauthorizedException: Session token not found or invalid",
        ],
        "aws sso login --profile ended",
    ),
    (
        "forbidden",
        &["credentials of profile forbidden cannot be used: ForbiddenException: No access"],
        "for forbidden in account",
    ),
    (
        "stray",
        &["of profile stray cannot be used: the access key or the session token has a blank"],
        "copy it",
    ),
    (
        "logged-out",
        &["the AWS credentials of profile logged-out cannot be used: "],
        "aws login --profile logged-out",
    ),
    (
        "broken-process",
        &["profile broken-process cannot be used", "the vault is sealed"],
        "credential_process",
    ),
    (
        "unreadable",
        &["profile `unreadable` cannot be read: ", ".aws/config:", ": a setting is NAME = VALUE"],
        "correct the line",
    ),
];

#[test]
fn why_a_profile_cannot_be_used_is_said_in_aws_s_words_with_its_name() {
    let home = Home::new();
    for_each_case(WHY, |(profile, texts, advice)| {
        let (message, fix) = home.error(profile);
        for text in *texts {
            assert!(message.contains(text), "{profile}: {message}");
        }
        assert!(fix.contains(advice), "{profile}: {fix}");
    });
}

#[test]
fn what_would_be_somebody_else_is_refused() {
    let home = Home::new();
    let half = home.list("keys", false, &[("AWS_ACCESS_KEY_ID", "111122223333")]).code(1);
    half.stderr_has("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not");
    let boto = home.aws.file("boto", "[Credentials]\naws_access_key_id = x\n");
    home.list("bare", true, &[("BOTO_CONFIG", &boto)])
        .code(1)
        .stderr_has("which AWS CLI would use");
}

/// AWS CLI reads these lines, or is not concerned by them; the SDK refuses the whole file for each.
#[test]
fn a_line_of_another_profile_is_of_no_matter() {
    let home = Home::new();
    let id = home.aws.id();
    let keys = format!("aws_access_key_id: {id}\n  aws_secret_access_key = local\n");
    for other in
        ["[profile x]\nnonsense\n", "[profile x\n", "nonsense\n", "[profile x]\n  indented = yes\n"]
    {
        let file = home.aws.file("other", &format!("{other}[profile mine] ; comment\n  {keys}"));
        let listed = home.list("mine", true, &[("AWS_CONFIG_FILE", &file)]).code(3);
        assert_eq!(listed.json()["caller"]["credentials"], "profile mine", "{other:?} {listed:?}");
    }
    let file = home.aws.file("other", "[profile mine\n");
    let listed = home.list("mine", true, &[("AWS_CONFIG_FILE", &file)]).code(1);
    listed.stderr_has("/other:1: a section's name stands in brackets");
}

/// Where the SDK assumes a role or signs in, it panics on these.
#[test]
fn an_empty_endpoint_is_no_panic_for_any_profile() {
    let home = Home::new();
    for (profile, name, code) in [
        ("role", "AWS_ENDPOINT_URL_STS", 3),
        ("web", "AWS_ENDPOINT_URL_STS", 3),
        ("sso", "AWS_ENDPOINT_URL_SSO", 2),
        ("login", "AWS_ENDPOINT_URL_SIGNIN", 2),
    ] {
        let outcome = home.list(profile, true, &[(name, "")]);
        outcome.stderr_lacks("this is a bug");
        if code == 2 {
            outcome.code(2).stderr_has(format!("{name} is empty"));
        }
    }
}
