//! Soft keywords: `match`, `case` and `type`. Floor 1.
//!
//! Decided exactly, by looking ahead in the token buffer. Invariant: a name is made a keyword only where no program could
//! use it as a name.

use super::token::{Tok, Token};

/// Turns names into soft keywords where they are ones.
pub(crate) fn mark(toks: &mut [Token], src: &str) {
    // For each open block: is it the body of a `match`?
    let mut blocks: Vec<bool> = Vec::new();
    let mut opens_match = false;
    for i in 0..toks.len() {
        let previous = if i == 0 { Tok::Newline } else { toks[i - 1].tok };
        match toks[i].tok {
            Tok::Indent => blocks.push(std::mem::take(&mut opens_match)),
            Tok::Dedent => {
                blocks.pop();
            }
            Tok::Name => {
                let line_start = matches!(previous, Tok::Newline | Tok::Indent | Tok::Dedent);
                let next = toks.get(i + 1).map_or(Tok::Eof, |t| t.tok);
                match toks[i].span.text(src) {
                    "match" if line_start && opens_match_block(&toks[i + 1..], src) => {
                        toks[i].tok = Tok::Match;
                        opens_match = true;
                    }
                    "case" if line_start && blocks.last() == Some(&true) => toks[i].tok = Tok::Case,
                    "type" if next == Tok::Name && (line_start || matches!(previous, Tok::Semi | Tok::Colon)) => {
                        toks[i].tok = Tok::Type;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Does the logical line, of which `rest` follows a first `match`, end in a colon with a block of `case` lines?
fn opens_match_block(rest: &[Token], src: &str) -> bool {
    // The usual names called `match` are told by their next token.
    if rest.first().is_none_or(|t| matches!(t.tok, Tok::Eq | Tok::Dot | Tok::Comma | Tok::Newline | Tok::Colon)) {
        return false;
    }
    let Some(end) = rest.iter().position(|t| t.tok == Tok::Newline) else { return false };
    end > 0
        && rest[end - 1].tok == Tok::Colon
        && rest.get(end + 1).is_some_and(|t| t.tok == Tok::Indent)
        && rest.get(end + 2).is_some_and(|t| t.tok == Tok::Name && t.span.text(src) == "case")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soft(src: &str) -> Vec<Tok> {
        let mut toks = super::super::layout::tokens(src).toks;
        mark(&mut toks, src);
        toks.iter().map(|t| t.tok).filter(|t| matches!(t, Tok::Match | Tok::Case | Tok::Type)).collect()
    }

    #[test]
    fn exact() {
        assert_eq!(soft("match x:\n case 1: pass\n case y: pass\n"), [Tok::Match, Tok::Case, Tok::Case]);
        assert_eq!(soft("match[0]: int\nmatch(x)\nmatch = case = type = 1\n"), []);
        assert_eq!(soft("match [x, y]:\n case {'a': 1}:\n  case = 1\n"), [Tok::Match, Tok::Case]);
        assert_eq!(soft("type X = int\ntype(x)\ntype type = type\n"), [Tok::Type, Tok::Type]);
    }
}
