//! Brotli and gzip copies, made once here so that the server never compresses an asset.

use std::io::Write as _;

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For builds that are run on the same machine.
    Fast,
    /// For releases.
    Best,
}

/// Below this many bytes a compressed copy saves no packet.
const WORTHWHILE: usize = 512;

/// Whether files with this extension shrink; images and fonts in use here are compressed already.
pub fn is_compressible(extension: &str) -> bool {
    matches!(
        extension,
        "css" | "html" | "js" | "json" | "map" | "svg" | "txt" | "wasm" | "webmanifest" | "xml"
    )
}

/// Brotli (RFC 7932); `None` when the result is not smaller.
///
/// # Errors
/// Only what the encoder reports for memory it cannot get.
pub fn brotli(bytes: &[u8], effort: Effort) -> Result<Option<Vec<u8>>> {
    if bytes.len() < WORTHWHILE {
        return Ok(None);
    }
    let params = brotli::enc::BrotliEncoderParams {
        quality: if effort == Effort::Best { 11 } else { 2 },
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    let mut input = bytes;
    brotli::BrotliCompress(&mut input, &mut out, &params)?;
    Ok(smaller(bytes, out))
}

/// gzip (RFC 1952) with no time stamp, so that equal input gives equal output; `None` when the result is not smaller.
///
/// # Errors
/// Only what the encoder reports.
pub fn gzip(bytes: &[u8], effort: Effort) -> Result<Option<Vec<u8>>> {
    if bytes.len() < WORTHWHILE {
        return Ok(None);
    }
    let level = if effort == Effort::Best { Compression::best() } else { Compression::fast() };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes)?;
    Ok(smaller(bytes, encoder.finish()?))
}

fn smaller(original: &[u8], compressed: Vec<u8>) -> Option<Vec<u8>> {
    (compressed.len() < original.len()).then_some(compressed)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn text() -> Vec<u8> {
        ".button { color: red } ".repeat(200).into_bytes()
    }

    #[test]
    fn both_encodings_decode_to_the_original() {
        for effort in [Effort::Fast, Effort::Best] {
            let mut back = Vec::new();
            let packed = brotli(&text(), effort).expect("encodes").expect("is smaller");
            brotli::BrotliDecompress(&mut packed.as_slice(), &mut back).expect("decodes");
            assert_eq!(back, text());

            let packed = gzip(&text(), effort).expect("encodes").expect("is smaller");
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut back).expect("decodes");
            assert_eq!(back, text());
        }
    }

    #[test]
    fn a_small_file_gets_no_compressed_copy() {
        assert_eq!(brotli(b"a{}", Effort::Best).expect("encodes"), None);
        assert_eq!(gzip(b"a{}", Effort::Best).expect("encodes"), None);
    }

    #[test]
    fn equal_input_gives_equal_output() {
        assert_eq!(
            gzip(&text(), Effort::Best).expect("encodes"),
            gzip(&text(), Effort::Best).expect("encodes")
        );
    }

    #[test]
    fn fonts_and_pictures_are_not_compressed_again() {
        assert!(is_compressible("wasm") && is_compressible("svg"));
        assert!(!is_compressible("woff2") && !is_compressible("png") && !is_compressible(""));
    }
}
