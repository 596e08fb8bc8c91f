//! Diagnostics: what only `thr` can tell, with source positions. Floor 0; the one adapter to miette.
//!
//! Invariant: spans are clamped to their source before miette sees them (it draws nothing for an empty span at the end of
//! a file, and fails on one outside), and labels that overlap on a line are shown in separate snippets.

use super::span::Span;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity};
use std::fmt;
use std::sync::Arc;

/// A place in a source text, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Label {
    /// Name of the source, as tracebacks have it.
    pub source: Arc<str>,
    pub text: Arc<str>,
    pub span: Span,
    pub message: String,
}

/// A message with a stable code, labelled positions and advice.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// `thr::deadlock`, `thr::syntax` …
    pub code: &'static str,
    pub message: String,
    pub labels: Vec<Label>,
    pub help: Option<String>,
}

/// How a diagnostic is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// For a terminal.
    Colour,
    /// Without escape sequences.
    Plain,
}

/// One snippet: labels in one source which don't share a line.
#[derive(Debug)]
struct Snippet {
    message: String,
    code: Option<&'static str>,
    help: Option<String>,
    source: Option<NamedSource<Arc<str>>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Snippet>,
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for Snippet {}

impl miette::Diagnostic for Snippet {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|c| Box::new(c) as Box<dyn fmt::Display>)
    }
    fn severity(&self) -> Option<Severity> {
        Some(if self.code.is_some() { Severity::Error } else { Severity::Advice })
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|s| s as &dyn miette::SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() { None } else { Some(Box::new(self.labels.iter().cloned())) }
    }
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|r| r as &dyn miette::Diagnostic)))
    }
}

impl Diagnostic {
    /// Draws the diagnostic. Always ends with a line end.
    pub fn render(&self, style: Style) -> String {
        let mut groups: Vec<Vec<&Label>> = Vec::new();
        for label in &self.labels {
            let same_line = |o: &&Label| line_of(&o.text, o.span.start) == line_of(&label.text, label.span.start);
            match groups.iter_mut().find(|g| g[0].source == label.source && !g.iter().any(same_line)) {
                Some(g) => g.push(label),
                None => groups.push(vec![label]),
            }
        }
        let mut snippets = groups.iter().map(|g| snippet_of(g));
        let mut top = snippets.next().unwrap_or(Snippet {
            message: String::new(),
            code: None,
            help: None,
            source: None,
            labels: Vec::new(),
            related: Vec::new(),
        });
        top.message = self.message.clone();
        top.code = Some(self.code);
        top.help = self.help.clone();
        top.related = snippets.collect();
        let theme = match style {
            Style::Colour => GraphicalTheme::unicode(),
            Style::Plain => GraphicalTheme::unicode_nocolor(),
        };
        let mut out = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false);
        if handler.render_report(&mut out, &top).is_err() {
            out = format!("{}: {}\n", self.code, self.message);
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
        // No trailing blanks: they are noise in golden files.
        let mut clean: String = out.lines().map(|l| l.trim_end()).collect::<Vec<_>>().join("\n");
        clean.push('\n');
        clean
    }
}

fn line_of(text: &str, offset: u32) -> usize {
    text.as_bytes().iter().take(offset as usize).filter(|&&b| b == b'\n').count()
}

fn snippet_of(labels: &[&Label]) -> Snippet {
    let first = labels[0];
    let spans = labels.iter().map(|l| {
        let end = (l.span.end as usize).min(l.text.len());
        let start = (l.span.start as usize).min(end.saturating_sub(1));
        // One line is enough of a long statement.
        let len = l.text.get(start..end).and_then(|t| t.lines().next()).map_or(1, str::len).max(1);
        LabeledSpan::new(Some(l.message.clone()), start, len)
    });
    Snippet {
        message: String::from("in another place"),
        code: None,
        help: None,
        source: Some(NamedSource::new(&*first.source, first.text.clone())),
        labels: spans.collect(),
        related: Vec::new(),
    }
}
