//! Whether every key of the file is a setting's.

use toml_edit::{Document, Item, TableLike};

use crate::config::document::{List, tables};
use crate::config::file::Source;
use crate::config::file::plain::wrong_kind;
use crate::config::set::no_such;
use crate::failure::Failure;
use crate::model::settings::table::{self, Form};

/// What stands in the place of a name that is not there.
const NAMELESS: &str = "NAME";

/// Refuses keys that no setting has, and what is no table in place of one.
///
/// # Errors
/// [`Failure::Usage`] with the line of the first, and what may be meant.
pub(super) fn check(source: &Source, document: &Document<String>) -> Result<(), Failure> {
    check_table(source, document.as_table(), &[])
}

fn check_table(source: &Source, table: &dyn TableLike, above: &[String]) -> Result<(), Failure> {
    for (name, item) in table.iter() {
        let path = [above, &[name.to_owned()]].concat();
        if !table::is_begun(&path) {
            let span = table.key(name).and_then(toml_edit::Key::span).unwrap_or_default();
            return Err(source.at(&span, &no_such(&path)));
        }
        check_item(source, item, &path)?;
    }
    Ok(())
}

fn check_item(source: &Source, item: &Item, path: &[String]) -> Result<(), Failure> {
    // What stands in the place of a single value is said to be of the wrong kind where that is read.
    let Some(form) = table::table_form(path) else { return Ok(()) };
    let list = path.last().and_then(|name| List::called(name));
    match (form, list, item.as_table_like()) {
        (Form::Groups, Some(list), _) => {
            for one in tables(item) {
                let name = list.key_of(one).unwrap_or_else(|| NAMELESS.to_owned());
                check_table(source, one, &[path, &[name]].concat())?;
            }
            Ok(())
        }
        (_, _, Some(below)) => check_table(source, below, path),
        // A word may stand in place of this one, and is judged where that is read.
        (Form::Group, _, None) if path != ["alerts"] => Err(wrong_kind(source, item, "a map")),
        _ => Ok(()),
    }
}
