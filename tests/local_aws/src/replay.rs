//! How an account came to be, recorded and done again: the writing calls, by boto3's names.

use serde_json::{Value, json};

use super::account::{Account, Via};

/// Whose id AWS draws: the creating operation, and where its answer has the id.
const DRAWN: [(&str, &str); 2] =
    [("create_backup_plan", "/BackupPlanId"), ("create_role", "/Role/RoleId")];

impl Account {
    /// The program's writes that AWS took, in the order of arrival, each with service, region, operation and arguments,
    /// and with the id that AWS drew then.
    #[track_caller]
    pub fn recording(&self) -> Vec<Value> {
        let taken = |status: Option<u16>| status.is_some_and(|status| status < 300);
        let writes = self.writes().into_iter().filter(|call| taken(call.status));
        let requests: Vec<Value> = writes
            .map(|call| {
                let mut wire = call.wire();
                wire["region"] = call.request.region.into();
                wire
            })
            .collect();
        let answer = self.ask("calls", &json!({ "requests": requests }));
        let mut calls = answer.as_array().cloned().unwrap_or_default();
        for call in &mut calls {
            if let Some(id) = self.drawn(call) {
                call["drawn"] = id.into();
            }
        }
        calls
    }

    /// The id of what the call made, if AWS draws one. Of a role that has gone since nothing is left that names it.
    fn drawn(&self, call: &Value) -> Option<String> {
        let region = call["region"].as_str()?;
        let arguments = &call["args"];
        let id = match call["operation"].as_str()? {
            "create_role" => {
                let name = json!({ "RoleName": arguments["RoleName"] });
                let role = self.try_call(Via::Aws, "iam", region, "get_role", name).ok()?;
                role["Role"]["RoleId"].clone()
            }
            "create_backup_plan" => {
                let plans = self.call("backup", region, "list_backup_plans", json!({}));
                let name = &arguments["BackupPlan"]["BackupPlanName"];
                let mut plans = plans["BackupPlansList"].as_array()?.iter();
                plans.find(|plan| plan["BackupPlanName"] == *name)?["BackupPlanId"].clone()
            }
            _ => return None,
        };
        id.as_str().map(str::to_owned)
    }

    /// Does a recording again, past the program under test, neither logged nor hit by faults. The ids are those of then:
    /// other calls name them, and names have hashes of them.
    ///
    /// # Panics
    ///
    /// When AWS refuses a call.
    #[track_caller]
    pub fn replay(&self, calls: &[Value]) {
        for call in calls {
            let text = |member: &str| call[member].as_str().unwrap_or_default();
            let (operation, id) = (text("operation"), &call["drawn"]);
            if !id.is_null() {
                self.ask("draw_next", &json!({ "account": self.id(), "id": id }));
            }
            let arguments = call["args"].clone();
            let answer = self.call(text("service"), text("region"), operation, arguments);
            let place = DRAWN.iter().find(|(drawing, _)| *drawing == operation);
            let drawn = place.and_then(|(_, place)| answer.pointer(place));
            let is_told = drawn.is_none() || !id.is_null();
            assert!(!is_told || drawn.unwrap_or_default() == id, "what AWS drew in {operation}");
        }
    }
}
