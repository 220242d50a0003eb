//! What was done, or is to be done, in a line for each region.

use std::fmt;

use crate::model::region::Region;
use crate::report::row::Condition;
use crate::report::table::{Column, Table};
use crate::report::{DIM, Deployment, Row};

/// Writes how many of the rows are in which of the conditions, by region, and what they are.
pub(super) fn write_by_region<'a>(
    f: &mut fmt::Formatter<'_>,
    deployment: &Deployment,
    rows: impl IntoIterator<Item = &'a Row>,
    counted: &[(Condition, &'static str)],
) -> fmt::Result {
    let rows: Vec<&Row> = rows.into_iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut columns = vec![Column::Text("region"), Column::Text("role")];
    columns.extend(counted.iter().map(|(_, heading)| Column::Number(heading)));
    columns.push(Column::Text("resources"));
    let mut table = Table::new(columns);
    let found: Vec<_> = rows.iter().map(|row| row.region.as_ref()).collect();
    for region in deployment.headings(&found) {
        let of_region = rows.iter().filter(|row| row.region.as_ref() == region);
        let of_region: Vec<&Row> = of_region.copied().collect();
        let role = region.and_then(|region| deployment.role_of(region)).unwrap_or_default();
        let mut cells = vec![region.map_or("global", Region::as_str).to_owned(), role.to_owned()];
        let count = |condition| match of_region.iter().filter(|row| row.is(condition)).count() {
            0 => String::new(),
            count => count.to_string(),
        };
        cells.extend(counted.iter().map(|(condition, _)| count(*condition)));
        cells.push(groups(&of_region).join(", "));
        table.row((" ", DIM), cells);
    }
    table.write(f)
}

/// What the rows are parts of, each once.
fn groups(rows: &[&Row]) -> Vec<&'static str> {
    let mut groups = Vec::new();
    for row in rows {
        if !groups.contains(&row.group) {
            groups.push(row.group);
        }
    }
    groups
}
