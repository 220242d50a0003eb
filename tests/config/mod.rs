//! `mrbackup.toml` and `config show`.

mod file;
mod lines;
mod refused;
mod show;
