//! What a path leads to in the text of a file: the tables of a list are called by one of their own settings.

use toml_edit::{Item, Key, TableLike, Value};

/// A list of tables, of which each has a name.
pub(crate) struct List {
    name: &'static str,
    key: &'static str,
    what: &'static str,
}

const LISTS: [List; 4] = [
    List { name: "plans", key: "name", what: "plan" },
    List { name: "selections", key: "name", what: "selection" },
    List { name: "rules", key: "name", what: "rule" },
    List { name: "copies", key: "region", what: "copy to" },
];

impl List {
    /// The list of this name.
    pub(crate) fn called(name: &str) -> Option<&'static Self> {
        LISTS.iter().find(|list| list.name == name)
    }

    /// What one of its tables is called.
    pub(crate) fn key_of(&self, table: &dyn TableLike) -> Option<String> {
        table.get(self.key)?.as_str().map(|key| key.trim().to_owned())
    }

    /// Whether one of its tables is called so.
    pub(crate) fn is_called(&self, table: &dyn TableLike, name: &str) -> bool {
        // A region may be in capitals.
        let same =
            |key: String| key == name || self.key == "region" && key.eq_ignore_ascii_case(name);
        self.key_of(table).is_some_and(same)
    }

    /// Why there is no table of this name among those that are there.
    pub(crate) fn missing(&self, name: &str, there: &[String]) -> String {
        let Self { what, .. } = self;
        let names = match there {
            [] => "none".to_owned(),
            some => {
                let names = some.iter().map(|name| written(std::slice::from_ref(name)));
                names.collect::<Vec<_>>().join(", ")
            }
        };
        format!(
            "there is no {what} {name}; there are: {names}. A further one is added in the file, which `mrbackup config init` writes"
        )
    }
}

/// A path as the file and `--set` take it: `tags."cost.center"`.
pub(crate) fn written(path: &[String]) -> String {
    path.iter().map(|name| Key::new(name).to_string()).collect::<Vec<_>>().join(".")
}

/// The tables of a list, in either form that TOML has for it.
pub(crate) fn tables(list: &Item) -> Vec<&dyn TableLike> {
    match list {
        Item::ArrayOfTables(tables) => tables.iter().map(|table| table as &dyn TableLike).collect(),
        Item::Value(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_inline_table)
            .map(|table| table as &dyn TableLike)
            .collect(),
        _ => Vec::new(),
    }
}

/// The same, to be changed.
pub(crate) fn tables_mut(list: &mut Item) -> Vec<&mut dyn TableLike> {
    match list {
        Item::ArrayOfTables(tables) => {
            tables.iter_mut().map(|table| table as &mut dyn TableLike).collect()
        }
        Item::Value(Value::Array(values)) => values
            .iter_mut()
            .filter_map(|value| value.as_inline_table_mut())
            .map(|table| table as &mut dyn TableLike)
            .collect(),
        _ => Vec::new(),
    }
}

/// The key and the value that a path leads to from a table on.
pub(crate) fn find<'a>(table: &'a dyn TableLike, path: &[String]) -> Option<(&'a Key, &'a Item)> {
    let [name, rest @ ..] = path else { return None };
    let (key, item) = table.get_key_value(name)?;
    match (rest, List::called(name)) {
        ([], _) => Some((key, item)),
        ([member, rest @ ..], Some(list)) => {
            let mut members = tables(item).into_iter();
            find(members.find(|one| list.is_called(*one, member))?, rest)
        }
        (rest, None) => find(item.as_table_like()?, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_only_where_toml_wants_it() {
        let tags = |key: &str| written(&["tags".to_owned(), key.to_owned()]);
        assert_eq!(tags("CostCenter"), "tags.CostCenter");
        assert_eq!(tags("cost.center"), "tags.\"cost.center\"");
        assert_eq!(tags("app:backup"), "tags.\"app:backup\"");
    }
}
