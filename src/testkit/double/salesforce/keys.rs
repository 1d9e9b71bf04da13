//! The signature of a JWT bearer assertion: RS256 with the app's public key.

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use crate::testkit::double::http::base64_decode;

/// The private key, in PEM, that fits an app of the double without a `public_key` of its own.
///
/// It is in everybody's copy of this program and protects nothing.
pub const TEST_PRIVATE_KEY: &str = include_str!("keys/private.pem");
const TEST_PUBLIC_KEY: &str = include_str!("keys/public.pem");

/// Whether `signature` is that of `signed` by the owner of the key (PEM, `BEGIN PUBLIC KEY`; nothing: the test key).
pub(super) fn verifies(public_key: Option<&str>, signed: &[u8], signature: &[u8]) -> bool {
    let body: String =
        public_key.unwrap_or(TEST_PUBLIC_KEY).lines().filter(|line| !line.starts_with("-----")).collect();
    let Some(der) = base64_decode(&body) else { return false };
    let Some(key) = rsa_key(&der) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(signed, signature).is_ok()
}

/// The RSA key inside a `SubjectPublicKeyInfo`: sequence { algorithm, bit string { key } }.
fn rsa_key(der: &[u8]) -> Option<&[u8]> {
    let (tag, info, _) = element(der)?;
    let (algorithm, _, rest) = element(info)?;
    let (bits, key, _) = element(rest)?;
    (tag == 0x30 && algorithm == 0x30 && bits == 0x03).then_some(())?;
    // The first byte of a bit string counts unused bits.
    key.strip_prefix(&[0])
}

/// Tag, content and what follows of the first element.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
        let length =
            bytes.iter().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))?;
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_no_key() {
        assert!(!verifies(Some("-----BEGIN PUBLIC KEY-----\n!!\n"), b"a", b"b"));
        assert!(!verifies(Some(""), b"a", b"b"));
        assert!(!verifies(None, b"a", b"b"));
        assert_eq!(element(&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0]), None);
    }
}
