//! Values that nobody can guess.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::secret::Secret;

/// 256 bits, 43 characters of base64url: no more, since some providers take no longer nonce.
const BYTES: usize = 32;

/// A fresh value.
pub(crate) fn value() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}
