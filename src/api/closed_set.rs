//! The sets of words in conditions, Events and metrics.

/// Declares an enum whose variants are the words themselves, with `as_str` and `ALL`. Each variant documents what it
/// means and what to do about it; `tests/cli/documentation.rs` compares the variants with the tables in `docs/`.
macro_rules! closed_set {
    ($(#[$meta:meta])* $name:ident { $($(#[$documentation:meta])+ $variant:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$documentation])+ $variant,)+
        }

        impl $name {
            /// Every variant, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word, as in conditions, Events and metrics.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            /// The variant with this word; None if there is none.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|variant| variant.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use closed_set;
