//! A zip that is the same on every machine and at every time.

/// 1980-01-01, the earliest date that a zip can hold: any other would tell when it was packed.
const DOS_DATE: u16 = 0x21;
const UNIX_FILE_0644: u32 = 0o100_644 << 16;
const VERSION: u16 = 20;
const MADE_BY_UNIX: u16 = 3 << 8 | VERSION;

/// A zip of one stored file.
///
/// Stored and not deflated, because a compressor's next version may give other bytes, and other
/// bytes are an update of the function that nobody asked for.
pub(super) fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).expect("a function is small");
    let name_length = u16::try_from(name.len()).expect("the name is short");
    // What the local and the central header share: flags, method, time, date, checksum, sizes.
    let mut common = Vec::new();
    for field in [0_u16, 0, 0, DOS_DATE] {
        common.extend(field.to_le_bytes());
    }
    for field in [crc32fast::hash(content), size, size] {
        common.extend(field.to_le_bytes());
    }
    common.extend(name_length.to_le_bytes());
    common.extend(0_u16.to_le_bytes()); // no extra field

    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(VERSION.to_le_bytes());
    zip.extend(&common);
    zip.extend(name.as_bytes());
    zip.extend(content);

    let directory = u32::try_from(zip.len()).expect("a function is small");
    zip.extend(b"PK\x01\x02");
    zip.extend(MADE_BY_UNIX.to_le_bytes());
    zip.extend(VERSION.to_le_bytes());
    zip.extend(&common);
    for field in [0_u16, 0, 0] {
        zip.extend(field.to_le_bytes()); // comment, disk, internal attributes
    }
    zip.extend(UNIX_FILE_0644.to_le_bytes());
    zip.extend(0_u32.to_le_bytes()); // offset of the local header
    zip.extend(name.as_bytes());

    let directory_size = u32::try_from(zip.len()).expect("a function is small") - directory;
    zip.extend(b"PK\x05\x06");
    for field in [0_u16, 0, 1, 1] {
        zip.extend(field.to_le_bytes()); // disks, entries here, entries in all
    }
    zip.extend(directory_size.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend(0_u16.to_le_bytes()); // comment
    zip
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that Python's `zipfile` reads back (checked by the integration tests, which run
    /// the function from it), pinned so that no build changes them.
    #[test]
    fn the_same_bytes_always() {
        let hex: String = crate::model::names::hex(&zip("a.py", b"x=1\n"));
        assert_eq!(
            hex,
            "504b03041400000000000000210000cff485040000000400000004000000612e7079783d310a\
             504b010214031400000000000000210000cff4850400000004000000040000000000000000000000a481\
             00000000612e7079504b0506000000000100010032000000260000000000"
        );
    }
}
