//! `mrbackup.toml` and `config show`.

mod file;
mod init;
mod lines;
mod refused;
mod schema;
mod set;
mod show;
