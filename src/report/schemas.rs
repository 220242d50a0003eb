//! The JSON Schema of each document, made from the type that is printed, and of the file, made from the table of settings.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::config::file::schema;
use crate::report::{
    CompletionsReport, ConfigInitReport, ConfigReport, Document, DownDryRun, DownReport,
    DrillBackupReport, DrillReport, DrillRestoreReport, ErrorReport, ExplainReport, FromPlanReport,
    HelpReport, LintReport, ListReport, ManReport, PlanReport, RecoveryReport, RepairReport,
    Report, RunbookReport, SchemaReport, StatusReport, TagReport, UpReport,
};

/// A document and what makes its schema.
type Entry = (&'static str, fn() -> Schema);

/// Each schema by its name. One that is missing here is found by the test that validates the documents of all commands.
const SCHEMAS: &[Entry] = &[
    ("mrbackup.up/1", document::<UpReport>),
    ("mrbackup.plan/1", document::<PlanReport>),
    ("mrbackup.status/1", document::<StatusReport>),
    ("mrbackup.list/1", document::<ListReport>),
    ("mrbackup.lint/1", document::<LintReport>),
    ("mrbackup.lint-explain/1", document::<ExplainReport>),
    ("mrbackup.config/1", document::<ConfigReport>),
    ("mrbackup.config-init/1", document::<ConfigInitReport>),
    ("mrbackup.config-from-plan/1", document::<FromPlanReport>),
    ("mrbackup.drill-alarm/1", document::<DrillReport>),
    ("mrbackup.drill-backup/1", document::<DrillBackupReport>),
    ("mrbackup.drill-restore/1", document::<DrillRestoreReport>),
    ("mrbackup.repair/1", document::<RepairReport>),
    ("mrbackup.restore/1", document::<RecoveryReport>),
    ("mrbackup.recover/1", document::<RecoveryReport>),
    ("mrbackup.runbook/1", document::<RunbookReport>),
    ("mrbackup.tag/1", document::<TagReport>),
    ("mrbackup.untag/1", document::<TagReport>),
    ("mrbackup.down/1", document::<DownReport>),
    ("mrbackup.down-dry-run/1", document::<DownDryRun>),
    ("mrbackup.completions/1", document::<CompletionsReport>),
    ("mrbackup.man/1", document::<ManReport>),
    ("mrbackup.help/1", document::<HelpReport>),
    ("mrbackup.schema/1", document::<SchemaReport>),
    ("mrbackup.error/1", described::<ErrorReport<'static>, ErrorReport<'static>>),
    ("mrbackup.toml/1", schema::schema),
];

/// A schema by its name, short (`status`) or full (`mrbackup.status/1`); without one the names of all, short.
///
/// # Errors
/// One sentence with the nearest name, or with all of them.
pub(crate) fn report(name: Option<&str>) -> Result<SchemaReport, String> {
    let names: Vec<&str> = SCHEMAS.iter().map(|(name, _)| short(name)).collect();
    let Some(name) = name else { return Ok(SchemaReport { names, json_schema: None }) };
    let Some(json_schema) = find(name) else {
        let nearness = |known: &&&str| strsim::jaro_winkler(name, known);
        let near = names.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        let hint = match near.filter(|near| nearness(near) > 0.7) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are: {}", names.join(", ")),
        };
        return Err(format!("no document has a schema {name:?}: {hint}"));
    };
    Ok(SchemaReport { names, json_schema: Some(json_schema) })
}

/// A schema with its full name as its id; `None` where there is none of that name, short or full.
fn find(name: &str) -> Option<Schema> {
    let is_it = |(full, _): &&Entry| {
        let without_version = full.split('/').next();
        *full == name || short(full) == name || without_version == Some(name)
    };
    let (full, make) = SCHEMAS.iter().find(is_it)?;
    let mut schema = make();
    schema.insert("$id".to_owned(), Value::from(*full));
    schema.insert("title".to_owned(), Value::from(*full));
    Some(schema)
}

fn short(name: &str) -> &str {
    let name = name.strip_prefix("mrbackup.").unwrap_or(name);
    name.split('/').next().unwrap_or(name)
}

fn document<R: Report + 'static>() -> Schema {
    described::<Document<'static, R>, R>()
}

/// The schema of what is printed, with the description of what it is about.
fn described<Printed: JsonSchema, About: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.clone().into_generator().into_root_schema_for::<Printed>();
    let about = settings.into_generator().into_root_schema_for::<About>();
    if let Some(description) = about.get("description") {
        schema.insert("description".to_owned(), description.clone());
    }
    schema
}
