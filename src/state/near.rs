//! Asking for memory before it is read: whoever reads it later need not wait for it.
//!
//! Nothing is read and nothing changes. Where the processor has no such instruction that could be given safely, nothing is
//! asked for.

/// Asks for an item, if there is one.
#[cfg(target_arch = "x86_64")]
pub fn bring<T>(item: Option<&T>) {
    if let Some(item) = item {
        safe_arch::prefetch_t0(item);
    }
}

/// Asks for where a text begins.
pub fn bring_text(text: &str) {
    bring(text.as_bytes().first());
}

#[cfg(not(target_arch = "x86_64"))]
pub const fn bring<T>(_item: Option<&T>) {}
