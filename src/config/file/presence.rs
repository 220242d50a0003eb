//! What the file says, and what it leaves to the defaults.

use toml_edit::{Item, TableLike};

use crate::config::document::find;
use crate::config::file::ConfigFile;

impl ConfigFile {
    /// Whether the file says anything of a setting.
    pub(crate) fn has(&self, setting: &str) -> bool {
        let path: Vec<String> = setting.split('.').map(str::to_owned).collect();
        let by_word = self.content.alerts.none && setting == "alerts.required";
        by_word || self.says(&path)
    }

    /// The same of a field of one of a list of tables.
    pub(crate) fn has_path(&self, path: &[&str]) -> bool {
        self.says(&path.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    fn says(&self, path: &[String]) -> bool {
        find(self.document.as_table(), path).is_some_and(|(_, item)| !is_empty(item))
    }

    /// What its tables of restores say, each value with its path; those of a list each.
    pub(crate) fn restores(&self) -> Vec<(Vec<String>, String)> {
        let restore = "restore".to_owned();
        let tables = self.document.get("restore").and_then(Item::as_table_like);
        tables.map(|tables| leaves(tables, &[restore])).unwrap_or_default()
    }
}

fn is_empty(item: &Item) -> bool {
    let no_entry = item.as_table_like().is_some_and(TableLike::is_empty);
    no_entry || item.as_array().is_some_and(toml_edit::Array::is_empty)
}

fn leaves(table: &dyn TableLike, above: &[String]) -> Vec<(Vec<String>, String)> {
    let below = |(name, item): (&str, &Item)| {
        let path = [above, &[name.to_owned()]].concat();
        if let Some(table) = item.as_table_like() {
            return leaves(table, &path);
        }
        let listed = item.as_array().into_iter().flatten().filter_map(toml_edit::Value::as_str);
        let texts = item.as_str().into_iter().chain(listed);
        texts.map(|text| (path.clone(), text.to_owned())).collect()
    };
    table.iter().flat_map(below).collect()
}
