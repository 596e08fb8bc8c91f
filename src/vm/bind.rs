//! Binding arguments to the parameters of functions of the language. Floor 5.

use super::{Res, Vm};
use crate::heap::Gc;
use crate::object::{Code, Dict, Function, Str, Tuple};
use crate::value::Value;
use smallvec::SmallVec;

impl Vm {
    /// Arranges the `n` arguments behind stack index `at` (the last ones named by `kwnames`) as the parameters of `f`,
    /// with defaults, `*args` and `**kwargs`. The stack has room for the function's registers.
    pub(super) fn bind_arguments(&mut self, f: Gc<Function>, at: usize, n: usize, kwnames: Value) -> Res<()> {
        let loaded = f.code.get();
        let code = &*loaded.code;
        let (argcount, kwonly) = (code.argcount as usize, code.kwonly as usize);
        let nfixed = argcount + kwonly;
        let base = at + 1;
        let names = kwnames.cast::<Tuple>();
        let nkw = names.map_or(0, |t| t.len());
        let npos = n - nkw;

        // The commonest case first: only trailing defaults are missing.
        if nkw == 0 && npos <= argcount && kwonly == 0 && !code.varargs && !code.varkw {
            return self.fill_defaults(f, base, npos, false);
        }

        let by_name: SmallVec<[Value; 8]> = SmallVec::from_slice(&self.threads.current.stack[base + npos..base + n]);
        let extra: SmallVec<[Value; 8]> = if npos > argcount {
            SmallVec::from_slice(&self.threads.current.stack[base + argcount..base + npos])
        } else {
            SmallVec::new()
        };
        let nparams = code.nparams();
        self.ensure_stack(base + nparams.max(code.nregs as usize));
        let stack = &mut self.threads.current.stack;
        stack[base + npos.min(argcount)..base + nparams].fill(Value::UNDEF);

        let mut kwargs = None;
        if code.varkw {
            let d = self.new_dict();
            self.threads.current.stack[base + nparams - 1] = d.value();
            kwargs = Some(d);
        }
        if let Some(names) = names {
            self.bind_keywords(f, base, names, &by_name, kwargs)?;
        }
        if npos > argcount {
            if !code.varargs {
                return Err(self.too_many(f, base, npos));
            }
            let rest = self.new_tuple(&extra);
            self.threads.current.stack[base + nfixed] = rest;
        } else if code.varargs {
            let empty = self.empty_tuple();
            self.threads.current.stack[base + nfixed] = empty;
        }
        self.fill_defaults(f, base, npos.min(argcount), true)?;
        if kwonly > 0 {
            self.fill_keyword_defaults(f, base)?;
        }
        Ok(())
    }

    /// Puts defaults where positional parameters from `from` on are unbound. `named`: some may have been given by name;
    /// otherwise what stands in their registers is garbage.
    fn fill_defaults(&mut self, f: Gc<Function>, base: usize, from: usize, named: bool) -> Res<()> {
        let argcount = f.code.get().code.argcount as usize;
        let defaults = f.defaults.get().cast::<Tuple>();
        let defaults = defaults.as_ref().map_or(&[][..], |t| t.items());
        let first_default = argcount.saturating_sub(defaults.len());
        let mut missing: SmallVec<[usize; 4]> = SmallVec::new();
        for i in from..argcount {
            let slot = &mut self.threads.current.stack[base + i];
            if named && !slot.is_undef() {
                continue;
            }
            match i.checked_sub(first_default).and_then(|d| defaults.get(d)) {
                Some(&d) => *slot = d,
                None => missing.push(i),
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(self.missing(f, &missing, "positional")) }
    }

    fn fill_keyword_defaults(&mut self, f: Gc<Function>, base: usize) -> Res<()> {
        let loaded = f.code.get();
        let (argcount, kwonly) = (loaded.code.argcount as usize, loaded.code.kwonly as usize);
        let defaults = f.kwdefaults.get().cast::<Dict>();
        self.intern_params(&loaded);
        let params = loaded.params.borrow();
        let mut missing: SmallVec<[usize; 4]> = SmallVec::new();
        for i in argcount..argcount + kwonly {
            if self.threads.current.stack[base + i].is_undef() {
                let name = params.get(i).and_then(|p| p.cast::<Str>());
                match defaults.zip(name).and_then(|(d, name)| d.get_str(name)) {
                    Some(d) => self.threads.current.stack[base + i] = d,
                    None => missing.push(i),
                }
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(self.missing(f, &missing, "keyword-only")) }
    }

    /// Makes sure that the names of parameters of `code` are known as interned strings.
    fn intern_params(&mut self, code: &Code) {
        let n = (code.code.argcount + code.code.kwonly) as usize;
        if code.params.borrow().len() < n {
            let names = code.code.locals.iter().take(n).map(|l| self.intern(l).value()).collect();
            code.params.replace(names);
        }
    }

    fn bind_keywords(
        &mut self,
        f: Gc<Function>,
        base: usize,
        names: Gc<Tuple>,
        values: &[Value],
        kwargs: Option<Gc<Dict>>,
    ) -> Res<()> {
        let loaded = f.code.get();
        let code = &*loaded.code;
        let posonly = code.posonly as usize;
        self.intern_params(&loaded);
        let params = loaded.params.borrow();
        for (&key, &value) in names.items().iter().zip(values) {
            let Some(name) = key.cast::<Str>() else { return Err(self.type_error("keywords must be strings")) };
            let text = name.as_str();
            let key = self.intern_str(name).value();
            let found = params.get(posonly..).and_then(|p| p.iter().position(|&p| p == key));
            match (found, kwargs) {
                (Some(i), _) => {
                    let slot = &mut self.threads.current.stack[base + posonly + i];
                    if !slot.is_undef() {
                        let message =
                            format!("{}() got multiple values for argument '{text}'", self.callable_name(f.value()));
                        return Err(self.type_error(message));
                    }
                    *slot = value;
                }
                (None, Some(d)) => {
                    let interned = self.intern_str(name);
                    d.set_str(interned, value);
                }
                (None, None) => return Err(self.unexpected_keyword(f, names, text)),
            }
        }
        Ok(())
    }

    #[cold]
    fn unexpected_keyword(&mut self, f: Gc<Function>, names: Gc<Tuple>, text: &str) -> super::Ctl {
        let loaded = f.code.get();
        let posonly = &loaded.code.locals[..loaded.code.posonly as usize];
        let given: Vec<&str> = names.items().iter().filter_map(|v| v.cast::<Str>()).map(|s| s.as_str()).collect();
        let wrong: Vec<&str> = posonly.iter().map(|p| &**p).filter(|p| given.contains(p)).collect();
        let name = self.callable_name(f.value());
        let message = if wrong.is_empty() {
            let known = &loaded.code.locals[posonly.len()..(loaded.code.argcount + loaded.code.kwonly) as usize];
            let hint = super::report::did_you_mean(text, known.iter().map(|n| &**n));
            format!("{name}() got an unexpected keyword argument '{text}'{hint}")
        } else {
            format!("{name}() got some positional-only arguments passed as keyword arguments: '{}'", wrong.join(", "))
        };
        self.type_error(message)
    }

    #[cold]
    fn missing(&mut self, f: Gc<Function>, which: &[usize], kind: &str) -> super::Ctl {
        let loaded = f.code.get();
        let names: Vec<String> =
            which.iter().filter_map(|&i| loaded.code.locals.get(i)).map(|n| format!("'{n}'")).collect();
        let list = match &names[..] {
            [] => String::new(),
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [init @ .., last] => format!("{}, and {last}", init.join(", ")),
        };
        let s = if names.len() == 1 { "" } else { "s" };
        let message =
            format!("{}() missing {} required {kind} argument{s}: {list}", self.callable_name(f.value()), names.len());
        self.type_error(message)
    }

    #[cold]
    fn too_many(&mut self, f: Gc<Function>, base: usize, given: usize) -> super::Ctl {
        let loaded = f.code.get();
        let (argcount, kwonly) = (loaded.code.argcount as usize, loaded.code.kwonly as usize);
        let ndefaults = f.defaults.get().cast::<Tuple>().map_or(0, |t| t.len());
        let named = (argcount..argcount + kwonly).filter(|&i| !self.threads.current.stack[base + i].is_undef()).count();
        let takes = if ndefaults > 0 {
            format!("from {} to {argcount} positional arguments", argcount - ndefaults.min(argcount))
        } else {
            format!("{argcount} positional argument{}", if argcount == 1 { "" } else { "s" })
        };
        let were = if named > 0 {
            format!(
                "{given} positional argument{} (and {named} keyword-only argument{}) were",
                if given == 1 { "" } else { "s" },
                if named == 1 { "" } else { "s" }
            )
        } else {
            format!("{given} {}", if given == 1 { "was" } else { "were" })
        };
        let message = format!("{}() takes {takes} but {were} given", self.callable_name(f.value()));
        self.type_error(message)
    }
}
