//! mrbackup: multi-region backups for an AWS account with one command, removed without a trace or a loss.

mod aws;
mod backups;
mod cli;
mod commands;
mod config;
mod config_file;
mod context;
mod endpoint;
mod engine;
mod failure;
mod freshness;
mod holdings;
mod interrupt;
mod lambda;
mod lines;
mod losing;
mod manifest;
mod names;
mod output;
mod promise;
mod protection;
mod record;
mod region;
mod repair;
mod report;
mod resource_types;
mod retention;
mod run;
mod schedule;
mod session;
mod settings;
mod steps;
mod talk;

pub use run::run;
