//! Making exceptions. Floor 5.

use super::{Ctl, Vm};
use crate::heap::Gc;
use crate::object::{Class, Dict, Exception};
use crate::value::Value;

macro_rules! raisers {
    ($($fn_name:ident $class:ident;)*) => {
        impl Vm {
            $(
                #[doc = concat!("`", stringify!($class), "(message)`, to be returned as an error.")]
                #[cold]
                pub fn $fn_name(&mut self, message: impl AsRef<str>) -> Ctl {
                    let class = self.types.$class;
                    self.raise(class, message.as_ref())
                }
            )*
        }
    };
}
raisers! {
    type_error TypeError; value_error ValueError; runtime_error RuntimeError; index_error IndexError;
    overflow_error OverflowError; zero_division ZeroDivisionError; attribute_error AttributeError;
    name_error NameError; os_error OSError; lookup_error LookupError; memory_error MemoryError;
    not_implemented_error NotImplementedError; recursion_error RecursionError; system_error SystemError;
    assertion_error AssertionError; eof_error EOFError; buffer_error BufferError; import_error ImportError;
}

impl Vm {
    /// `class(message)`, to be returned as an error. Exceptions are made without running code of the language: use it
    /// for built-in classes only.
    #[cold]
    pub fn raise(&mut self, class: Gc<Class>, message: &str) -> Ctl {
        let text = self.new_str(message);
        self.raise_with(class, &[text])
    }

    /// `class(*args)`, to be returned as an error.
    #[cold]
    pub fn raise_with(&mut self, class: Gc<Class>, args: &[Value]) -> Ctl {
        Ctl::Raise(self.new_exception(class, args))
    }

    /// `class(*args)` of a built-in exception class.
    pub fn new_exception(&mut self, class: Gc<Class>, args: &[Value]) -> Value {
        let args = self.new_tuple(args);
        self.heap.alloc(Exception::new(class, args)).value()
    }

    /// The NameError of a variable of an enclosing function that has no value.
    #[cold]
    pub fn unbound_free(&mut self, name: &str) -> Ctl {
        let class = self.types.NameError;
        let text = self.new_str(&format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        ));
        let exc = self.new_exception(class, &[text]);
        let (attr, name) = (self.names.name_attr, self.new_str(name));
        self.set_exc_field(exc, attr, name);
        Ctl::Raise(exc)
    }

    /// `KeyError(key)`.
    #[cold]
    pub fn key_error(&mut self, key: Value) -> Ctl {
        let class = self.types.KeyError;
        self.raise_with(class, &[key])
    }

    /// `StopIteration(value)`; without arguments for `None`.
    pub fn stop_iteration(&mut self, value: Value) -> Ctl {
        let class = self.types.StopIteration;
        if value.is_none() { self.raise_with(class, &[]) } else { self.raise_with(class, &[value]) }
    }

    /// `StopAsyncIteration`.
    pub fn stop_async_iteration(&mut self) -> Ctl {
        let class = self.types.StopAsyncIteration;
        self.raise_with(class, &[])
    }

    /// The `AttributeError` that a failing `obj.name` raises, with its `name` and `obj` for suggestions.
    #[cold]
    pub fn no_attribute(&mut self, obj: Value, name: &str) -> Ctl {
        let class = self.class_of(obj);
        let message = match obj.cast::<Class>() {
            Some(c) => format!("type object '{}' has no attribute '{name}'", c.name_str()),
            None => match obj.cast::<crate::object::Module>() {
                Some(m) => self.module_has_no(m, name),
                None => format!("'{}' object has no attribute '{name}'", class.name_str()),
            },
        };
        self.attribute_error_for(obj, name, &message)
    }

    /// `AttributeError(message)` with `name` and `obj` set.
    #[cold]
    pub fn attribute_error_for(&mut self, obj: Value, name: &str, message: &str) -> Ctl {
        let class = self.types.AttributeError;
        let text = self.new_str(message);
        let exc = self.new_exception(class, &[text]);
        let name = self.new_str(name);
        let (n, o) = (self.names.name_attr, self.names.obj);
        self.set_exc_field(exc, n, name);
        self.set_exc_field(exc, o, obj);
        Ctl::Raise(exc)
    }

    /// Sets an attribute of an exception object, without descriptors.
    pub fn set_exc_attr(&mut self, exc: Value, name: Gc<crate::object::Str>, value: Value) {
        let Some(e) = exc.cast::<Exception>() else { return };
        self.set_in(&e.attrs, name, value);
    }

    /// An attribute that [`Vm::set_exc_attr`] set.
    pub fn exc_attr(&self, exc: Value, name: Gc<crate::object::Str>) -> Option<Value> {
        exc.cast::<Exception>()?.attrs.get().cast::<Dict>()?.get_str(name)
    }

    /// Sets a field that the exception's class has beside `args` (`errno`, `name`, …): no part of its `__dict__`.
    pub fn set_exc_field(&mut self, exc: Value, name: Gc<crate::object::Str>, value: Value) {
        let Some(e) = exc.cast::<Exception>() else { return };
        self.set_in(&e.fields, name, value);
    }

    /// A field that [`Vm::set_exc_field`] set.
    pub fn exc_field(&self, exc: Value, name: Gc<crate::object::Str>) -> Option<Value> {
        exc.cast::<Exception>()?.fields.get().cast::<Dict>()?.get_str(name)
    }

    /// Sets an item of a dict that is made when the first is set.
    fn set_in(&mut self, place: &std::cell::Cell<Value>, name: Gc<crate::object::Str>, value: Value) {
        let dict = match place.get().cast::<Dict>() {
            Some(d) => d,
            None => {
                let d = self.new_dict();
                place.set(d.value());
                d
            }
        };
        dict.set_str(name, value);
    }
}
