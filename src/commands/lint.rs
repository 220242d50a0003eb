//! `lint`: backup plans of documents and of the account, checked.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::account::listings::Listings;
use crate::account::{plan_documents, plan_surroundings};
use crate::aws::{Caller, connect};
use crate::config::file::ConfigFile;
use crate::config::{Config, Options};
use crate::deployment::introduction::Introduction;
use crate::deployment::session::{identify, with_home};
use crate::failure::Failure;
use crate::lint::model::{Content, Place};
use crate::lint::read::{Format, Reading, read};
use crate::lint::{own_file, rules};
use crate::model::names::Names;
use crate::model::region::Region;
use crate::report::{DocumentRow, LintReport, Unread};

/// A plan of Terraform can be large; what is larger than this is none.
const SIZE_MAX: u64 = 256 << 20;
/// The name of stdin among the files.
const STDIN: &str = "-";

/// What is to be checked.
#[derive(Debug)]
pub(crate) struct LintOptions {
    pub(crate) files: Vec<String>,
    pub(crate) account: bool,
    /// The regions that were typed.
    pub(crate) regions: Vec<Region>,
    /// The same, or those of the environment where none was typed.
    pub(crate) named: Vec<Region>,
}

/// Checks every document, and the account where that is wanted. What cannot be read is in the report.
///
/// # Errors
/// Where the caller is not known to AWS, and Ctrl-C.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &LintOptions,
) -> Result<LintReport, Failure> {
    let now = Timestamp::now();
    let mut report = LintReport::default();
    let in_use = config.file.as_ref().map(|file| file.path().display().to_string());
    let in_use = in_use.filter(|_| options.files.is_empty() && !options.account);
    for file in options.files.iter().chain(&in_use) {
        match document(file) {
            Ok((format, content)) => {
                let found = rules::check(&content, &options.regions, now);
                let row = DocumentRow::new(Some(file.clone()), format, &content.plans);
                report.add(row, found);
            }
            Err(failure) => report.unread.push(Unread::of_document(shown(file), &failure)),
        }
    }
    if options.account {
        account(config, caller, options, now, &mut report).await?;
    }
    Ok(report.in_order())
}

/// A file as it is called in the report.
fn shown(name: &str) -> &str {
    if name == STDIN { "stdin" } else { name }
}

/// Reads a document.
///
/// # Errors
/// [`Failure::Usage`] with the file and the line.
pub(super) fn document(name: &str) -> Result<(Format, Content), Failure> {
    let text = text(name)?;
    let shown = shown(name);
    let place = Place { file: Some(shown.to_owned()), ..Place::default() };
    match read(&text, &place) {
        Ok(Reading::Content(format, content)) => Ok((format, content)),
        Ok(Reading::OwnFile) => {
            let file = ConfigFile::from_document(Path::new(shown), text)?;
            Ok((Format::OwnFile, own(&file, &place)?))
        }
        Err(malformed) => {
            let line = malformed.line.map(|line| format!(":{line}")).unwrap_or_default();
            Err(Failure::Usage(format!("{shown}{line}: {}", malformed.why)))
        }
    }
}

fn own(file: &ConfigFile, place: &Place) -> Result<Content, Failure> {
    let options = Options::default();
    options.check(Some(file))?;
    let settings = options.resolve(Some(file), None)?.settings;
    let deployment = file.deployment.clone().unwrap_or_default();
    let partition = settings.regions.primary.partition();
    // No name that is read holds the account.
    let names = Names { deployment, account: String::new(), partition };
    Ok(own_file::read(&settings, &names, &file.rule_lines(), place))
}

fn text(name: &str) -> Result<String, Failure> {
    let unreadable = |why: String| Failure::Usage(format!("{name} cannot be read: {why}"));
    let source: Box<dyn Read> = if name == STDIN {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(name).map_err(|error| unreadable(error.to_string()))?)
    };
    let mut bytes = Vec::new();
    let taken = source.take(SIZE_MAX + 1).read_to_end(&mut bytes);
    taken.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > SIZE_MAX {
        return Err(unreadable(format!("it is larger than {} MiB", SIZE_MAX >> 20)));
    }
    String::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8 text".to_owned()))
}

/// Checks all plans of the account in the regions.
async fn account(
    config: &Config,
    caller: Caller,
    options: &LintOptions,
    now: Timestamp,
    report: &mut LintReport,
) -> Result<(), Failure> {
    let clients = connect(&config.connect).await?;
    let caller = caller.within_attempts_of(&clients);
    let (with_home, iam_region) = with_home(config, &clients, options.named.clone());
    let regions = if options.regions.is_empty() { with_home } else { options.regions.clone() };
    if regions.is_empty() {
        let why = "no region is named: --region REGION, which may be repeated";
        return Err(Failure::Usage(why.to_owned()));
    }
    let (account, _) = identify(&caller, &clients, &regions, &iam_region).await?;
    let introduction = Introduction {
        command: "lint",
        caller: caller.identity().cloned(),
        regions: regions.clone(),
        endpoint: clients.endpoint(),
        ..Introduction::default()
    };
    caller.progress.note(&introduction.to_string());
    let listings = Listings::default();
    let reads = regions
        .iter()
        .map(|region| plan_documents::read(&caller, &clients, &listings, region, &account));
    let mut read = Vec::new();
    for (region, plans) in regions.iter().zip(join_all(reads).await) {
        match plans {
            Ok(plans) => {
                report.unread.extend(plans.unread.iter().map(|(what, why)| Unread::new(what, why)));
                read.push((region, plans.plans));
            }
            Err(failure @ Failure::Interrupted) => return Err(failure),
            Err(failure) => {
                report.unread.push(Unread::new(&format!("the plans of {region}"), &failure));
            }
        }
    }
    let all: Vec<_> = read.iter().flat_map(|(_, plans)| plans).cloned().collect();
    let (seen, unread) =
        plan_surroundings::read(&caller, &clients, &listings, &iam_region, &all).await?;
    report.unread.extend(unread.iter().map(|(what, why)| Unread::new(what, why)));
    for (region, plans) in read {
        let mut content = Content { plans, vaults: seen.vaults(), notes: Vec::new() };
        let mut found = rules::check(&content, &[], now);
        content.plans.iter_mut().for_each(|plan| plan.given = None);
        found.findings.extend(seen.check(&content.plans));
        report.add(DocumentRow::of_region(region.clone(), &content.plans), found);
    }
    report.account = Some(account);
    Ok(())
}
