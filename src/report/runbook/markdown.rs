//! A runbook as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::names;
use crate::model::time::{Time, utc};
use crate::recovery::source::name_of;
use crate::report::plural;
use crate::report::runbook::content::{Content, Covered, title};
use crate::report::runbook::shell::one_line;
use crate::report::runbook::steps::{Command, RunbookScope, Step};

/// The whole text.
pub(super) fn write(content: &Content<'_>, scope: &RunbookScope<'_>, now: Time) -> String {
    let Content { set_up, covered, .. } = content;
    let mut text = head(content, scope, now);
    text += &not_covered(content);
    if covered.is_empty() {
        return text;
    }
    text += "\n## 1. Set up the shell\n\nRun this in AWS CloudShell of the region, and again in every new shell: the files of the folder stay.\n";
    text += &block(set_up);
    text += "\nStop here unless it prints \"The account is right.\"\n";
    text += &starts(scope, covered);
    text += &ends(covered);
    text += &differences(covered);
    text
}

fn head(content: &Content<'_>, scope: &RunbookScope<'_>, now: Time) -> String {
    let RunbookScope { names, region, .. } = scope;
    let name = names.deployment.as_str();
    let all = content.covered.len() + content.not_covered.len();
    let again = names::command(name, &format!("recover --region {region} --runbook"));
    let run = names::command(name, &format!("recover --region {region}"));
    let until = match (content.covered.len(), content.good_until) {
        (0, _) => "It has no command to run.".to_owned(),
        (_, Some(at)) => format!(
            "Good until {}: then the first of its recovery points expires or moves to cold storage.",
            utc(at)
        ),
        (_, None) => "None of its recovery points expires.".to_owned(),
    };
    let mut text = format!(
        "# Runbook: recover the deployment {name} in {region}\n\n\
         For people who cannot run mrbackup: these commands restore {} of {} from the vault in {region}, in account {}, into {region}. `{run}` does the same, follows the restores and finishes them.\n\n\
         - Made {} from the recovery points of that minute.\n- {until}\n- Make it again every day, for newer backups do not enter it by themselves: `{again} > runbook.md`\n\
         - It needs AWS CloudShell of {region}, or any POSIX shell with AWS CLI, and the rights to start restores and to tag.\n\
         - A command can be run again: what has its job's file is not started again, and within an hour AWS Backup starts nothing twice, also where mrbackup runs beside it.\n",
        content.covered.len(),
        plural(all, "resource"),
        names.account,
        utc(now),
    );
    for warning in &content.warnings {
        let _ = writeln!(text, "- Before the start: {}.", one_line(warning));
    }
    text
}

fn not_covered(content: &Content<'_>) -> String {
    let mut text = "\n## Not covered\n\n".to_owned();
    if content.not_covered.is_empty() {
        text += if content.covered.is_empty() {
            "The vault holds no recovery point of what was asked for.\n"
        } else {
            "Every resource with a recovery point in the vault is covered. What has none is not known here.\n"
        };
    }
    for missing in &content.not_covered {
        let reasons: Vec<String> = missing.reasons.iter().map(|reason| one_line(reason)).collect();
        let title = title(&missing.kind, &missing.resource);
        let _ = writeln!(text, "- {title}: {}", reasons.join("; "));
        if let Some(command) = &missing.command {
            let _ = writeln!(
                text,
                "\n  By hand, with the words in capitals filled in:\n\n  ```sh\n  {command}\n  ```\n"
            );
        }
    }
    text
}

fn starts(scope: &RunbookScope<'_>, covered: &[Covered<'_>]) -> String {
    let mut text = format!(
        "\n## 2. Start the restores\n\nIn this order: databases first, instances last. At most {} of one type at a time; wait for some (section 3) before the next. \
         The first command of each checks the recovery point: it prints COMPLETED or AVAILABLE.\n",
        scope.parallel
    );
    for Covered { number, item, start, other_zones, .. } in covered {
        let _ =
            writeln!(text, "\n### {number}. {}\n", title(&item.source.kind, &item.source.resource));
        match (&item.earlier, item.source.point.created) {
            (Some(job), _) if job.has_ended() => text += "It is restored already.\n",
            (Some(_), _) => text += "Its restore is running already.\n",
            (None, Some(made)) => {
                let _ = writeln!(text, "Data of {}.", utc(made));
            }
            (None, None) => (),
        }
        text += &block(start);
        if !other_zones.is_empty() {
            text += "\nOnly where its job failed because the zone lacks capacity, one of these, and wait again:\n";
            text += &block(other_zones);
        }
    }
    text
}

fn ends(covered: &[Covered<'_>]) -> String {
    let mut text = "\n## 3. Wait, check, finish\n\nA restore takes minutes to hours. CloudShell may end a shell in which no one types: set up again, and run the same line again. \
         Of a job that ends with FAILED, the second command shows why. COMPLETED with a message that objects failed is a restore in part.\n".to_owned();
    for Covered { number, item, wait, finish, .. } in covered {
        let _ = writeln!(
            text,
            "\n### {number}. {}\n",
            title(&item.source.kind, name_of(&item.source.resource))
        );
        if let Some(minutes) = item.usual_minutes {
            let _ = writeln!(text, "Restores of this type took {minutes} minutes in this region.");
        }
        text += &block(wait);
        let makes = finish.iter().filter(|command| command.step == Step::Finish).count();
        text += if makes > 1 || !item.translation.finish.is_empty() {
            "\nThen tag it and make what it is reached by; the last command shows how far that is. What exists already is refused, which is no failure.\n"
        } else {
            "\nThen tag it:\n"
        };
        text += &block(finish);
    }
    text += "\nAll that was restored:\n";
    text += "\n```sh\ncat made-*\n```\n";
    text
}

/// What differs, once for all that differ in the same way.
fn differences(covered: &[Covered<'_>]) -> String {
    let mut groups: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for Covered { number, item, differs, .. } in covered {
        for loss in differs {
            groups.entry((&item.source.kind, loss)).or_default().push(*number);
        }
    }
    let mut text = "\n## 4. What differs from the sources\n\n".to_owned();
    for ((kind, loss), numbers) in groups {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "- {kind} ({}): {}", numbers.join(", "), one_line(loss));
    }
    text += "- DNS, configuration of clients, secrets and infrastructure as code name the old resources until you change them.\n";
    text
}

fn block(commands: &[Command]) -> String {
    let mut text = "\n```sh\n".to_owned();
    for command in commands {
        text += &command.command;
        text.push('\n');
    }
    text + "```\n"
}
