//! A zip that is the same on every machine and at every time.

/// 1980-01-01, the earliest date that a zip can hold: any other would tell when it was packed.
const DOS_DATE: u16 = 0x21;
const UNIX_FILE_0644: u32 = 0o100_644 << 16;
const VERSION: u16 = 20;
const MADE_BY_UNIX: u16 = 3 << 8 | VERSION;

/// A zip of stored files, by their names and in their order.
///
/// Stored and not deflated, because a compressor's next version may give other bytes, and other
/// bytes are an update of the function that nobody asked for.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let offset = length(&zip);
        let common = common(name, content);
        zip.extend(b"PK\x03\x04");
        zip.extend(VERSION.to_le_bytes());
        zip.extend(&common);
        zip.extend(name.as_bytes());
        zip.extend(*content);

        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_BY_UNIX.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&common);
        for field in [0_u16, 0, 0] {
            directory.extend(field.to_le_bytes()); // comment, disk, internal attributes
        }
        directory.extend(UNIX_FILE_0644.to_le_bytes());
        directory.extend(offset.to_le_bytes()); // of the local header
        directory.extend(name.as_bytes());
    }
    let offset = length(&zip);
    zip.extend(&directory);
    let entries = u16::try_from(files.len()).expect("they are few");
    zip.extend(b"PK\x05\x06");
    for field in [0_u16, 0, entries, entries] {
        zip.extend(field.to_le_bytes()); // disks, entries here, entries in all
    }
    zip.extend(length(&directory).to_le_bytes());
    zip.extend(offset.to_le_bytes());
    zip.extend(0_u16.to_le_bytes()); // comment
    zip
}

/// What the local and the central header share: flags, method, time, date, checksum, sizes.
fn common(name: &str, content: &[u8]) -> Vec<u8> {
    let mut common = Vec::new();
    for field in [0_u16, 0, 0, DOS_DATE] {
        common.extend(field.to_le_bytes());
    }
    let size = length(content);
    for field in [crc32fast::hash(content), size, size] {
        common.extend(field.to_le_bytes());
    }
    let name_length = u16::try_from(name.len()).expect("the name is short");
    common.extend(name_length.to_le_bytes());
    common.extend(0_u16.to_le_bytes()); // no extra field
    common
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a function is small")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that Python's `zipfile` reads back (checked by the integration tests, which run
    /// the function from it), pinned so that no build changes them.
    #[test]
    fn the_same_bytes_always() {
        let hex: String = crate::model::names::hex(&zip(&[("a.py", b"x=1\n")]));
        assert_eq!(
            hex,
            "504b03041400000000000000210000cff485040000000400000004000000612e7079783d310a\
             504b010214031400000000000000210000cff4850400000004000000040000000000000000000000a481\
             00000000612e7079504b0506000000000100010032000000260000000000"
        );
    }

    /// Each entry of the directory points to its own local header.
    #[test]
    fn a_second_file_is_found_where_the_directory_says() {
        let packed = zip(&[("a.py", b"x=1\n"), ("bc.py", b"import a\n")]);
        let entry = |at: usize| u32::from_le_bytes(packed[at..at + 4].try_into().unwrap());
        let headers = |mark: &[u8]| -> Vec<usize> {
            (0..packed.len()).filter(|at| packed[*at..].starts_with(mark)).collect()
        };
        let (local, central) = (headers(b"PK\x03\x04"), headers(b"PK\x01\x02"));
        assert_eq!(local.len(), 2);
        let offsets: Vec<usize> = central.iter().map(|at| entry(at + 42) as usize).collect();
        assert_eq!(offsets, local);
        let end = headers(b"PK\x05\x06")[0];
        assert_eq!(packed[end + 8..end + 12], [2, 0, 2, 0]);
        assert_eq!(entry(end + 16) as usize, central[0]);
        assert_eq!(entry(end + 12) as usize, end - central[0]);
    }
}
