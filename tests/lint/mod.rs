//! `lint`: planted faults in documents of each format, plans of an account, and what is printed.

mod account;
mod documents;
mod output;
