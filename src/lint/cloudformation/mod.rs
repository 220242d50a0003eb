//! `CloudFormation` and SAM templates: their backup plans, selections and vaults, under each condition that is not known.

mod functions;
mod template;

use crate::lint::members::{CLOUDFORMATION, Reader, others};
use crate::lint::model::{Content, Known, Note, Place, Plan, Vault};
use crate::lint::tree::{Kind, Node};
use crate::model::vault_lock::VaultLock;
use template::Template;

const PLAN: &str = "AWS::Backup::BackupPlan";
const SELECTION: &str = "AWS::Backup::BackupSelection";
pub(super) const VAULT: &str = "AWS::Backup::BackupVault";
const AIR_GAPPED_VAULT: &str = "AWS::Backup::LogicallyAirGappedBackupVault";

/// Whether a document is a template.
pub(crate) fn is_it(node: &Node) -> bool {
    let resources = node.get("Resources").map_or(&[][..], Node::entries);
    let has_type = |(_, resource): &(String, Node)| resource.get("Type").is_some();
    !resources.is_empty() && resources.iter().any(has_type)
}

/// Reads a template.
pub(crate) fn read(node: &Node, place: &Place) -> Content {
    let mut content = Content::default();
    let mut used = std::collections::BTreeSet::new();
    for (given, template) in Template::new(node).variants() {
        let of_variant = read_variant(&template, place, given.as_deref());
        content.plans.extend(of_variant.plans);
        content.vaults.extend(of_variant.vaults);
        content.notes.extend(of_variant.notes);
        used.extend(template.used_defaults());
    }
    if Template::new(node).has_too_many_conditions() {
        let text = "more than 4 conditions depend on parameters without a default: each Fn::If on them was not followed, and what it decides was not checked";
        content.notes.push(Note { place: place.clone(), text: text.to_owned() });
    }
    if !used.is_empty() {
        let used: Vec<String> = used.into_iter().collect();
        let text = format!(
            "read with the defaults of its parameters: {}; other values may have other findings",
            used.join(", ")
        );
        content.notes.push(Note { place: place.clone(), text });
    }
    content.notes.sort();
    content.notes.dedup();
    content
}

fn read_variant(template: &Template<'_>, place: &Place, given: Option<&str>) -> Content {
    let mut reader = Reader::new(&CLOUDFORMATION);
    let mut plans = Vec::new();
    let mut vaults = Vec::new();
    for (id, kind, resource) in template.resources() {
        let pointer = format!("/Resources/{id}");
        let place = Place { pointer: Some(pointer), ..place.at(resource.line) };
        match kind {
            PLAN => plans.push((id, plan(&mut reader, template, id, resource, &place, given))),
            VAULT | AIR_GAPPED_VAULT => vaults.extend(vault(template, id, resource, kind)),
            _ => (),
        }
    }
    for (id, kind, resource) in template.resources() {
        if kind != SELECTION {
            continue;
        }
        let Some(properties) = resource.get("Properties") else { continue };
        let properties = template.resolved(properties);
        let pointer = Some(format!("/Resources/{id}/Properties/BackupSelection"));
        let place = Place { pointer, ..place.at(resource.line) };
        let Some(selection) = properties.get("BackupSelection") else { continue };
        let mut selection = reader.selection(selection, &place);
        if selection.label.is_empty() {
            id.clone_into(&mut selection.label);
        }
        let of = Reader::symbol(&properties, "BackupPlanId");
        let of_plan = |(id, _): &&mut (&str, Plan)| of.value == Known::Is(format!("${{{id}}}"));
        if let Some((_, plan)) = plans.iter_mut().find(of_plan) {
            plan.selections.push(selection);
        } else {
            let given = given.map(str::to_owned);
            let label = format!("of selection {id}");
            let selections = vec![selection];
            plans.push((id, Plan { label, selections, place, given, ..Plan::default() }));
        }
    }
    Content {
        plans: plans.into_iter().map(|(_, plan)| plan).collect(),
        vaults,
        notes: reader.notes,
    }
}

fn plan(
    reader: &mut Reader,
    template: &Template<'_>,
    id: &str,
    resource: &Node,
    place: &Place,
    given: Option<&str>,
) -> Plan {
    let properties = resource.get("Properties").map(|properties| template.resolved(properties));
    let document = properties.as_ref().and_then(|properties| properties.get("BackupPlan"));
    let mut plan = Plan {
        label: id.to_owned(),
        place: place.clone(),
        given: given.map(str::to_owned),
        ..Plan::default()
    };
    let Some(document) = document else { return plan };
    plan.name = Reader::symbol(document, "BackupPlanName");
    plan.others = others(document, &["BackupPlanName", "BackupPlanRule"]);
    if let Some(name) = document.get("BackupPlanName").and_then(Node::text) {
        name.clone_into(&mut plan.label);
    }
    if let Some(rules) = document.get("BackupPlanRule") {
        if let Kind::Symbolic { why, .. } = &rules.kind {
            let text = format!("the rules of {id} are not known ({why}), and were not checked");
            reader.notes.push(Note { place: place.at(rules.line), text });
        } else {
            let base = format!("/Resources/{id}/Properties/BackupPlan/BackupPlanRule");
            let rules = rules.items().iter().enumerate().map(|(n, rule)| {
                let pointer = Some(format!("{base}/{n}"));
                reader.rule(rule, &Place { pointer, ..place.at(rule.line) })
            });
            plan.rules = rules.collect();
        }
    }
    plan
}

fn vault(template: &Template<'_>, id: &str, resource: &Node, kind: &str) -> Option<Vault> {
    let properties = template.resolved(resource.get("Properties")?);
    let name = properties.get("BackupVaultName").and_then(Node::text).map(str::to_owned);
    let days = |owner: &Node, member: &str| owner.get(member)?.text()?.parse().ok();
    let owner = if kind == VAULT { properties.get("LockConfiguration") } else { Some(&properties) };
    let lock = owner.map(|owner| VaultLock {
        final_from: None,
        min_days: days(owner, "MinRetentionDays"),
        max_days: days(owner, "MaxRetentionDays"),
    });
    let name = name.unwrap_or_else(|| format!("${{{id}}}"));
    let key = properties.get("EncryptionKeyArn").and_then(Node::text).map(str::to_owned);
    Some(Vault { name, region: None, lock, key, is_air_gapped: kind == AIR_GAPPED_VAULT })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::tree::yaml;

    fn content(text: &str) -> Content {
        let place = Place { file: Some("t.yaml".to_owned()), ..Place::default() };
        read(&yaml(text).unwrap()[0], &place)
    }

    const TEMPLATE: &str = r#"
Parameters:
  Stage: {Type: String, Default: prod}
  Copy: {Type: String}
Mappings:
  Days: {prod: {Kept: 90}, test: {Kept: 7}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Copies: !Equals [!Ref Copy, "yes"]
  CopiesFar: !And [!Condition IsProd, !Condition Copies]
Resources:
  Vault:
    Type: AWS::Backup::BackupVault
    Properties: {BackupVaultName: !Join ["-", [main, !Ref Stage]]}
  Plan:
    Type: AWS::Backup::BackupPlan
    Properties:
      BackupPlan:
        BackupPlanName: !Sub "${Stage}-nightly"
        BackupPlanRule:
          - RuleName: daily
            TargetBackupVault: !Ref Vault
            ScheduleExpression: !If [IsProd, "cron(0 5 ? * * *)", !Ref "AWS::NoValue"]
            Lifecycle:
              DeleteAfterDays: !FindInMap [Days, !Ref Stage, Kept]
              MoveToColdStorageAfterDays: !Ref AWS::NoValue
            CopyActions:
              !If
                - CopiesFar
                - - DestinationBackupVaultArn: !Select [0, !Split [",", "arn:aws:backup:us-west-2:111122223333:backup-vault:dr,x"]]
                - []
"#;

    #[test]
    fn functions_are_carried_out_and_both_cases_of_a_condition_are_read() {
        let content = content(TEMPLATE);
        let cases: Vec<_> = content
            .plans
            .iter()
            .map(|plan| (&*plan.label, plan.given.as_deref(), plan.rules[0].copies.len()))
            .collect();
        let wanted = [
            ("prod-nightly", Some("CopiesFar is true"), 1),
            ("prod-nightly", Some("CopiesFar is false"), 0),
        ];
        assert_eq!(cases, wanted);
        let rule = &content.plans[0].rules[0];
        let is = |text: &str| Known::Is(text.to_owned());
        assert_eq!(rule.vault.value, is("main-prod"));
        assert_eq!(rule.schedule.value, is("cron(0 5 ? * * *)"));
        let lifecycle = &rule.lifecycle;
        assert_eq!(
            (&lifecycle.delete.value, &lifecycle.cold.value),
            (&Known::Is(90), &Known::Absent)
        );
        let copy = &rule.copies[0].vault.value;
        assert_eq!(*copy, is("arn:aws:backup:us-west-2:111122223333:backup-vault:dr"));
        assert!(content.notes[0].text.contains("Stage=prod"), "{:?}", content.notes);
    }

    #[test]
    fn what_is_not_known_is_a_note_and_no_value() {
        let text = "Resources:\n  Plan:\n    Type: AWS::Backup::BackupPlan\n    Properties:\n      BackupPlan:\n        BackupPlanName: n\n        BackupPlanRule:\n          - RuleName: daily\n            TargetBackupVault: !ImportValue shared\n            StartWindowMinutes: !Ref Window\n            Lifecycle: {DeleteAfterDays: '{{resolve:ssm:/days}}'}\n";
        let content = content(text);
        let rule = &content.plans[0].rules[0];
        assert_eq!(rule.start_window.value, Known::Unknown);
        assert_eq!(rule.lifecycle.delete.value, Known::Unknown);
        assert_eq!(rule.vault.value, Known::Is("${Fn::ImportValue:shared}".to_owned()));
        let notes: Vec<&str> = content.notes.iter().map(|note| note.text.as_str()).collect();
        let has = |words: &str| notes.iter().any(|note| note.contains(words));
        assert!(has("parameter Window has no default") && has("a dynamic reference"), "{notes:?}");
    }
}
