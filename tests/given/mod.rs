//! What is there already and named by a setting: used, checked, said when it is unfit, and never changed or removed.

mod role;
mod topic;
mod vault;
