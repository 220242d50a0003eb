//! Whose credentials are used: the whole way from the first ones, by roles, to the caller.

use std::fmt;

/// Keys as they are written down.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::aws) struct Written {
    pub(super) key: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Who has the first credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::aws) enum Base {
    Environment(Written),
    Written(Written),
    WebIdentity {
        role_arn: String,
        token_file: String,
        session_name: Option<String>,
        of_environment: bool,
    },
    Sso {
        account: String,
        role: String,
        region: String,
        start_url: String,
        session: Option<String>,
    },
    Login {
        session_arn: String,
    },
    Process {
        command: String,
    },
    Container,
    Instance,
}

/// A role that is assumed with the credentials before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::aws) struct Role {
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    pub(super) duration_seconds: Option<i32>,
    /// Whether the profile asks for MFA.
    pub(super) mfa: bool,
}

/// The whole way to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::aws) struct Source {
    /// The profile that was asked for.
    pub(super) profile: String,
    /// The profile that `base` is from: the last of a chain.
    pub(super) base_profile: String,
    pub(super) base: Base,
    /// In the order in which they are assumed.
    pub(super) roles: Vec<Role>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = &self.base_profile;
        let role = self.roles.last().map(|role| &role.profile);
        if let Some(role) = role {
            write!(f, "role of profile {role}, by ")?;
        }
        match &self.base {
            Base::Environment(_) => f.write_str("environment"),
            Base::WebIdentity { of_environment: true, .. } => {
                f.write_str("web identity of the environment")
            }
            Base::WebIdentity { .. } => write!(f, "web identity of profile {profile}"),
            Base::Sso { session: Some(session), .. } => {
                write!(f, "SSO session {session} of profile {profile}")
            }
            Base::Sso { session: None, .. } => write!(f, "SSO of profile {profile}"),
            Base::Login { .. } => write!(f, "login of profile {profile}"),
            Base::Process { .. } => write!(f, "process of profile {profile}"),
            Base::Written(_) => write!(f, "profile {profile}"),
            Base::Container => f.write_str("container"),
            Base::Instance => f.write_str("instance"),
        }
    }
}
