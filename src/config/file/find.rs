//! Which file applies, and its text.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::env::Env;
use crate::config::file::source::Source;
use crate::config::file::{ConfigFile, NAME};
use crate::failure::Failure;

/// Larger than any plan that AWS would take.
const SIZE_MAX: u64 = 1 << 20;

/// Finds the file that applies: the one that is named, or the nearest above the working directory,
/// not further up than the repository that it is in.
///
/// # Errors
/// A named file that cannot be read, and whatever is wrong in the file.
pub(crate) fn find(
    named: Option<&str>,
    none: bool,
    env: Env<'_>,
) -> Result<Option<ConfigFile>, Failure> {
    let named = named.map(str::to_owned);
    let named = named.or_else(|| env("MRBACKUP_CONFIG").filter(|path| !path.is_empty()));
    if none {
        return Ok(None);
    }
    if let Some(path) = named {
        return read(Path::new(&path)).map(Some);
    }
    let Ok(directory) = std::env::current_dir() else { return Ok(None) };
    match nearest(&directory) {
        Some(path) => read(&path).map(Some),
        None => Ok(None),
    }
}

fn nearest(directory: &Path) -> Option<PathBuf> {
    let root = directory.ancestors().find(|above| above.join(".git").exists());
    let last = root.unwrap_or(directory);
    let above = directory.ancestors().take_while(|above| above.starts_with(last));
    // Whatever has the name: what is no file, or leads nowhere, is refused where it is read.
    above.map(|above| above.join(NAME)).find(|path| path.symlink_metadata().is_ok())
}

fn read(path: &Path) -> Result<ConfigFile, Failure> {
    let unreadable =
        |why: String| Failure::Usage(format!("{} cannot be read: {why}", path.display()));
    let metadata = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    // A pipe or a device may never end.
    if !metadata.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    if metadata.len() > SIZE_MAX {
        return Err(unreadable(format!("it is larger than {} KiB", SIZE_MAX >> 10)));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    ConfigFile::parse(Source { path: path.to_owned(), text, edited: None })
}
