//! An account for one test, which ends with a look at all that was sent.

use std::ops::Deref;
use std::thread;

use super::LocalAws;
use super::account::Account;

/// A fresh account. When the test has passed, all that was sent is checked against AWS's models.
pub struct TestAccount {
    account: Account,
    checked: bool,
}

impl TestAccount {
    /// A fresh account on the one local AWS of this process.
    ///
    /// # Panics
    ///
    /// With what this machine lacks.
    #[expect(
        clippy::new_without_default,
        reason = "a default that starts an emulator would surprise"
    )]
    #[track_caller]
    pub fn new() -> Self {
        Self::of(LocalAws::account)
    }

    /// The account of this number, for what was recorded in it. Nobody else in this process may have it.
    ///
    /// # Panics
    ///
    /// With what this machine lacks.
    #[track_caller]
    pub fn numbered(id: &str) -> Self {
        Self::of(|aws| aws.account_numbered(id))
    }

    #[track_caller]
    fn of(account: impl FnOnce(&'static LocalAws) -> Account) -> Self {
        match super::start(&|_| {}) {
            Ok(aws) => Self { account: account(aws), checked: true },
            Err(message) => panic!("{message}"),
        }
    }

    /// Each recorded request is as AWS's models want it.
    ///
    /// # Panics
    ///
    /// With all that is not.
    #[track_caller]
    fn assert_valid_requests(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "AWS would refuse:\n{}", violations.join("\n"));
    }

    /// For tests that send nonsense on purpose.
    pub fn allow_invalid_requests(&mut self) {
        self.checked = false;
    }
}

impl Deref for TestAccount {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.account
    }
}

impl Drop for TestAccount {
    fn drop(&mut self) {
        self.clear_faults();
        if self.checked && !thread::panicking() {
            self.assert_valid_requests();
        }
        // Hundreds of accounts live in one process, which would hold every request until its end.
        self.clear_log();
    }
}
