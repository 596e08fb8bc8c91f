//! The tokens and their spelling. Floor 1.
//!
//! One table spells every keyword and operator; logos makes the lexer from it. Invariant: a token carries no data, its
//! text is the slice of the source under its span.

use crate::base::span::Span;
use logos::Logos;

/// Expands the table of fixed spellings to [`Tok`], its lexer and `Tok::text`.
macro_rules! tokens {
    ($($name:ident $text:literal,)*) => {
        /// One kind of token. Those below the table's last line have no fixed spelling.
        #[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[logos(skip r"[ \t\x0C]+")]
        #[repr(u8)]
        pub(crate) enum Tok {
            $(#[token($text)] $name,)*
            #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
            Name,
            /// First byte (or dot and digit) of a number; `scan` reads the rest.
            #[regex(r"[0-9]|\.[0-9]")]
            Number,
            /// A whole string literal, once `scan` has read past its prefix and quote.
            #[regex(r#"([rR][bBfF]?|[bBfF][rR]?|[uU])?['"]"#)]
            Str,
            #[regex(r"#[^\r\n]*", allow_greedy = true)]
            Comment,
            #[regex(r"\r\n|\r|\n")]
            Newline,
            /// A backslash with a line end: joins two lines.
            #[regex(r"\\(\r\n|\r|\n)")]
            Continuation,
            /// A character beyond ASCII: the start of an identifier, or an error.
            #[regex(r"[^\x00-\x7F]")]
            NonAscii,
            /// Any other character.
            #[regex(r"[\x00-\x7F]", priority = 0)]
            Unknown,
            /// `f"` with its prefix and quote.
            FStart,
            /// A run of an f-string's literal text, doubled braces included.
            FMiddle,
            FEnd,
            Indent,
            Dedent,
            Eof,
            /// Where the scanner gave up; the reason is kept beside the tokens.
            Error,
            /// Soft keywords, made from names by `soft`.
            Match,
            Case,
            Type,
            /// Synthetic first tokens which choose the grammar's start.
            StartModule,
            StartExpression,
        }

        impl Tok {
            /// The spelling of a keyword or operator, `""` for other tokens.
            pub(crate) fn text(self) -> &'static str {
                match self {
                    $(Tok::$name => $text,)*
                    _ => "",
                }
            }
        }
    };
}

tokens! {
    And "and",
    As "as",
    Assert "assert",
    Async "async",
    Await "await",
    Break "break",
    Class "class",
    Continue "continue",
    Def "def",
    Del "del",
    Elif "elif",
    Else "else",
    Except "except",
    False "False",
    Finally "finally",
    For "for",
    From "from",
    Global "global",
    If "if",
    Import "import",
    In "in",
    Is "is",
    Lambda "lambda",
    None "None",
    Nonlocal "nonlocal",
    Not "not",
    Or "or",
    Pass "pass",
    Raise "raise",
    Return "return",
    True "True",
    Try "try",
    While "while",
    With "with",
    Yield "yield",
    LParen "(",
    RParen ")",
    LBracket "[",
    RBracket "]",
    LBrace "{",
    RBrace "}",
    Comma ",",
    Colon ":",
    ColonEq ":=",
    Semi ";",
    Dot ".",
    Ellipsis "...",
    Arrow "->",
    Bang "!",
    Eq "=",
    EqEq "==",
    NotEq "!=",
    LtGt "<>",
    Lt "<",
    LtE "<=",
    Gt ">",
    GtE ">=",
    Plus "+",
    Minus "-",
    Star "*",
    Slash "/",
    SlashSlash "//",
    Percent "%",
    StarStar "**",
    At "@",
    Amp "&",
    Pipe "|",
    Caret "^",
    Tilde "~",
    LtLt "<<",
    GtGt ">>",
    PlusEq "+=",
    MinusEq "-=",
    StarEq "*=",
    SlashEq "/=",
    SlashSlashEq "//=",
    PercentEq "%=",
    StarStarEq "**=",
    AtEq "@=",
    AmpEq "&=",
    PipeEq "|=",
    CaretEq "^=",
    LtLtEq "<<=",
    GtGtEq ">>=",
}

impl Tok {
    /// Is this a reserved word?
    pub(crate) fn is_keyword(self) -> bool {
        self <= Tok::Yield
    }
}

impl PartialOrd for Tok {
    fn partial_cmp(&self, other: &Tok) -> Option<std::cmp::Ordering> {
        (*self as u8).partial_cmp(&(*other as u8))
    }
}

/// A token at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) span: Span,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_match() {
        let toks: Vec<Tok> = Tok::lexer("ifx if**=... .. <>:=").filter_map(Result::ok).collect();
        use Tok::*;
        assert_eq!(toks, [Name, If, StarStarEq, Ellipsis, Dot, Dot, LtGt, ColonEq]);
    }

    #[test]
    fn string_prefixes() {
        let first = |s| Tok::lexer(s).next().and_then(Result::ok);
        assert_eq!(first("rB'"), Some(Tok::Str));
        assert_eq!(first("Fr\""), Some(Tok::Str));
        assert_eq!(first("ur'"), Some(Tok::Name));
        assert_eq!(first("bf'"), Some(Tok::Name));
    }
}
