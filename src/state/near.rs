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

/// Asks for where items that lie side by side begin and end: few of them lie in one line of the caches, or in two.
pub fn bring_ends<T>(items: &[T]) {
    bring(items.first());
    bring(items.last());
}

/// Asks for a short text.
pub fn bring_text(text: &str) {
    bring_ends(text.as_bytes());
}

#[cfg(not(target_arch = "x86_64"))]
pub const fn bring<T>(_item: Option<&T>) {}
