//! Source texts of modules: reading, compiling, errors of syntax. Floor 5.

use crate::bytecode::program::Source;
use crate::syntax::error::{End, Stage, SyntaxError, SyntaxWarning};
use crate::value::Value;
use crate::vm::{Ctl, Res, Vm};
use std::sync::Arc;

/// First line of a library file whose functions are natives in CPython: like those they are one step, save for what they
/// call of the program.
const ATOMIC: &str = "# atomic\n";

impl Vm {
    /// Compiles a module's text. `hidden`: part of the interpreter's own library.
    pub fn compile_source(
        &mut self,
        name: &str,
        text: &str,
        hidden: bool,
    ) -> Result<Arc<crate::bytecode::program::Code>, (SyntaxError, Arc<Source>)> {
        let mut source = Source::new(name, text);
        if let Some(s) = Arc::get_mut(&mut source) {
            s.hidden = hidden;
            s.shown = !hidden;
            s.atomic = hidden && text.starts_with(ATOMIC);
        }
        let compiled = crate::syntax::parse_module_warn(text).and_then(|(module, warnings)| {
            let code = crate::compile::compile_module(&module, source.clone())?;
            Ok((code, warnings))
        });
        match compiled {
            Ok((code, warnings)) => {
                if !hidden {
                    self.syntax_warnings(&warnings, &source);
                }
                Ok(code)
            }
            Err(e) => Err((e, source)),
        }
    }

    /// Prints what the parser found doubtful. CPython's compiler keeps no register of what was said already.
    fn syntax_warnings(&mut self, warnings: &[SyntaxWarning], source: &Source) {
        for w in warnings {
            let line = source.lines.line(w.span.start.min(source.text.len() as u32));
            let mut text = format!("{}:{line}: SyntaxWarning: {}\n", source.name, w.message);
            let code = source.lines.line_text(&source.text, line).trim();
            if !code.is_empty() {
                text.push_str(&format!("  {code}\n"));
            }
            // A program runs even when nobody can read its warnings.
            let _ = self.host.write_stderr(text.as_bytes());
        }
    }

    /// A `SyntaxError` exception object for an error in `source`.
    pub fn syntax_error_value(&mut self, e: &SyntaxError, source: &Source) -> Value {
        use crate::syntax::error::SyntaxErrorKind as K;
        let class = match e.kind {
            K::SyntaxError => self.types.SyntaxError,
            K::IndentationError => self.types.IndentationError,
            K::TabError => self.types.TabError,
        };
        let (mut line, col) = source.lines.line_col(e.span.start.min(source.text.len() as u32));
        let (mut end_line, end_col) = source.lines.line_col(e.span.end.min(source.text.len() as u32));
        let line_text = source.lines.line_text(&source.text, line);
        let chars =
            |text: &str, bytes: u32| text.get(..bytes as usize).map_or(bytes as i64, |t| t.chars().count() as i64);
        let end_text = source.lines.line_text(&source.text, end_line);
        let (mut offset, mut end_offset) = (chars(line_text, col) + 1, chars(end_text, end_col) + 1);
        match e.stage {
            // `eval("1 +")`: the end of such a text has no column.
            Stage::Parser if source.bare && e.span.is_empty() && e.span.start as usize == source.text.len() => {
                (offset, end_offset) = (0, 0);
            }
            _ if e.end == End::Nowhere => (offset, end_offset) = (0, 0),
            // A line's end is one character wide.
            Stage::Parser if e.span.is_empty() && col as usize == line_text.len() => end_offset += 1,
            _ => {}
        }
        let end_offset = match e.end {
            End::Span | End::Nowhere => Value::small(end_offset),
            End::Start => Value::small(offset),
            End::Is(n) => Value::small(n as i64),
            End::Unknown => Value::NONE,
        };
        let message = self.new_str(&e.message);
        if e.end == End::Nowhere && source.text.is_empty() {
            (line, end_line) = (0, 0);
        }
        let file = self.new_str(&source.name);
        let last = source.lines.line_start(line + 1).is_none() && !source.text.ends_with('\n');
        let text = match e.stage {
            _ if source.text.is_empty() => self.new_str(""),
            Stage::Compiler if source.transient => Value::NONE,
            Stage::Scanner => self.new_str(line_text),
            Stage::Parser if end_line > line || (last && source.bare) => self.new_str(line_text),
            _ => self.new_str(&format!("{line_text}\n")),
        };
        let fields =
            [file, Value::small(line as i64), Value::small(offset), text, Value::small(end_line as i64), end_offset];
        let details = self.new_tuple(&fields);
        let exc = self.new_exception(class, &[message, details]);
        let n = &self.names;
        let names = [n.filename, n.lineno, n.offset, n.text, n.end_lineno, n.end_offset];
        for (name, value) in names.into_iter().zip(fields) {
            self.set_exc_field(exc, name, value);
        }
        let (msg, flag) = (self.names.msg, self.names.print_file_and_line);
        self.set_exc_field(exc, msg, message);
        self.set_exc_field(exc, flag, Value::NONE);
        exc
    }

    /// Reads and decodes a source file.
    pub fn read_source(&mut self, path: &str) -> Res<String> {
        let bytes = match self.read_file(path) {
            Ok(b) => b,
            Err(e) => {
                let path = self.new_str(path);
                return Err(self.host_error_at(&e, path));
            }
        };
        match crate::syntax::decode_source(&bytes) {
            Ok(t) => Ok(t),
            Err(e) => {
                let source = Source::new(path, "");
                let exc = self.syntax_error_value(&e, &source);
                Err(Ctl::Raise(exc))
            }
        }
    }
}
