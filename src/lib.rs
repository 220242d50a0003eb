//! mrbackup: multi-region backups for an AWS account with one command, removed without a trace or a loss.

mod account;
mod aws;
mod backups;
mod commands;
mod config;
mod deployment;
mod engine;
mod failure;
mod lint;
mod model;
mod protection;
mod recovery;
mod report;
mod restores;
mod run;
mod steps;
mod terminal;

pub use run::run;
