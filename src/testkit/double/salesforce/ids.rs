//! Record ids: 15 signs that tell upper from lower case, or 18 with a check for those who cannot (facts, 3.10).

/// The alphabet of the counting part, in Salesforce's order.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The alphabet of the three signs that say which letters are capitals.
const CHECKS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The id number `number` of an object with that key prefix, in its long form.
pub(crate) fn make(prefix: &str, number: u64) -> String {
    let mut digits = Vec::new();
    let mut rest = number;
    while rest > 0 {
        let index = usize::try_from(rest % 62).unwrap_or_default();
        digits.push(DIGITS.get(index).copied().map_or('0', char::from));
        rest /= 62;
    }
    let counted: String = digits.into_iter().rev().collect();
    // Three signs of the pod, as real ids have them, then the count.
    let short = format!("{prefix}5e0{counted:0>9}");
    long(&short).unwrap_or(short)
}

/// The long form of an id of 15 or 18 signs; nothing when it has another length or other signs.
pub(crate) fn long(id: &str) -> Option<String> {
    if !id.bytes().all(|sign| sign.is_ascii_alphanumeric()) {
        return None;
    }
    let short = match id.len() {
        15 => id,
        18 => id.get(..15)?,
        _ => return None,
    };
    let mut text = short.to_owned();
    for group in short.as_bytes().chunks(5) {
        let mut number = 0_usize;
        for (bit, sign) in group.iter().enumerate() {
            if sign.is_ascii_uppercase() {
                number |= 1 << bit;
            }
        }
        text.push(CHECKS.get(number).copied().map_or('A', char::from));
    }
    // The long form may be spelled in any case: its check says what was meant, so a differing one is a different id.
    Some(if id.len() == 18 && text.get(15..) != id.get(15..) {
        repair(id).unwrap_or_else(|| id.to_owned())
    } else {
        text
    })
}

/// An 18-sign id in the wrong case, with the capitals where its check puts them.
fn repair(id: &str) -> Option<String> {
    let (short, check) = id.split_at_checked(15)?;
    let mut text = String::with_capacity(18);
    for (group, check) in short.as_bytes().chunks(5).zip(check.bytes()) {
        let number = CHECKS.iter().position(|sign| *sign == check.to_ascii_uppercase())?;
        for (bit, sign) in group.iter().enumerate() {
            let capital = number & (1 << bit) != 0;
            text.push(char::from(if capital { sign.to_ascii_uppercase() } else { sign.to_ascii_lowercase() }));
        }
    }
    text.push_str(&check.to_ascii_uppercase());
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_that_of_real_ids() {
        assert_eq!(long("001RM000003oLnn").as_deref(), Some("001RM000003oLnnYAE"));
        assert_eq!(long("001RM000003oLnnYAE").as_deref(), Some("001RM000003oLnnYAE"));
        assert_eq!(long("001rm000003olnnyae").as_deref(), Some("001RM000003oLnnYAE"));
        assert_eq!(long("001RM"), None);
        assert_eq!(long("001RM000003oLn!"), None);
    }

    #[test]
    fn ids_differ_and_carry_their_prefix() {
        let ids: std::collections::BTreeSet<String> = (0..5000).map(|number| make("00v", number)).collect();
        assert_eq!(ids.len(), 5000);
        assert!(ids.iter().all(|id| id.len() == 18 && id.starts_with("00v")));
    }
}
