//! Bytes that are hashed.

/// Parts one behind the other, in the room for them: hashed in one piece they cost half. `None` where the room is too small.
#[inline]
pub(crate) fn joined<'p, 'r>(parts: impl IntoIterator<Item = &'p [u8]>, room: &'r mut [u8]) -> Option<&'r [u8]> {
    let mut len = 0;
    for part in parts {
        room.get_mut(len..len + part.len())?.copy_from_slice(part);
        len += part.len();
    }
    room.get(..len)
}
