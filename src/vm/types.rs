//! The built-in classes: names, bases, layouts. Their methods come from the floors above. Floor 5.

use crate::heap::{Gc, Kind};
use crate::object::Class;
use crate::text::hash;

/// Calls `$m` with all built-in classes that the VM must know: `field "name" (base field) Layout flags;`. Bases come
/// before their subclasses. `object` and `type` are made by hand.
macro_rules! for_each_type {
    ($m:ident) => {
        $m! {
            @roots object BaseExceptionGroup Exception;
            int "int" object BigInt "builtins" b;
            bool_ "bool" int Cell "builtins" _;
            float "float" object Float "builtins" b;
            complex "complex" object Complex "builtins" b;
            str_ "str" object Str "builtins" b;
            bytes "bytes" object Bytes "builtins" b;
            bytearray "bytearray" object ByteArray "builtins" b;
            memoryview "memoryview" object Native "builtins" _;
            tuple "tuple" object Tuple "builtins" b;
            list "list" object List "builtins" b;
            dict "dict" object Dict "builtins" b;
            set "set" object Set "builtins" b;
            frozenset "frozenset" object Set "builtins" b;
            range "range" object Range "builtins" _;
            slice "slice" object Record "builtins" _;
            property "property" object Record "builtins" b;
            staticmethod "staticmethod" object Record "builtins" b;
            classmethod "classmethod" object Record "builtins" b;
            super_ "super" object Record "builtins" b;
            none "NoneType" object Cell "builtins" _;
            ellipsis "ellipsis" object Cell "builtins" _;
            not_implemented "NotImplementedType" object Cell "builtins" _;
            function "function" object Function "builtins" _;
            builtin_function "builtin_function_or_method" object NativeFn "builtins" n;
            method_descriptor "method_descriptor" object NativeFn "builtins" n;
            wrapper_descriptor "wrapper_descriptor" object NativeFn "builtins" n;
            method_wrapper "method-wrapper" object NativeFn "builtins" n;
            classmethod_descriptor "classmethod_descriptor" object NativeFn "builtins" n;
            getset_descriptor "getset_descriptor" object Record "builtins" n;
            member_descriptor "member_descriptor" object Record "builtins" n;
            method "method" object BoundMethod "builtins" _;
            module "module" object Module "builtins" b;
            code "code" object Code "builtins" n;
            frame "frame" object Record "builtins" n;
            traceback "traceback" object Record "builtins" _;
            cell "cell" object Cell "builtins" _;
            generator "generator" object Generator "builtins" n;
            coroutine "coroutine" object Generator "builtins" n;
            async_generator "async_generator" object Generator "builtins" n;
            coroutine_wrapper "coroutine_wrapper" object Record "builtins" n;
            async_generator_asend "async_generator_asend" object Record "builtins" n;
            async_generator_athrow "async_generator_athrow" object Record "builtins" n;
            mappingproxy "mappingproxy" object Record "builtins" _;
            dict_keys "dict_keys" object Record "builtins" n;
            dict_values "dict_values" object Record "builtins" n;
            dict_items "dict_items" object Record "builtins" n;
            generic_alias "GenericAlias" object Record "types" b;
            union "UnionType" object Record "types" n;
            list_iterator "list_iterator" object Iter "builtins" n;
            list_reverseiterator "list_reverseiterator" object Iter "builtins" n;
            tuple_iterator "tuple_iterator" object Iter "builtins" n;
            range_iterator "range_iterator" object Iter "builtins" n;
            longrange_iterator "longrange_iterator" object Native "builtins" n;
            str_iterator "str_iterator" object Iter "builtins" n;
            str_ascii_iterator "str_ascii_iterator" object Iter "builtins" n;
            bytes_iterator "bytes_iterator" object Iter "builtins" n;
            bytearray_iterator "bytearray_iterator" object Iter "builtins" n;
            memory_iterator "memory_iterator" object Iter "builtins" n;
            dict_keyiterator "dict_keyiterator" object Iter "builtins" n;
            dict_valueiterator "dict_valueiterator" object Iter "builtins" n;
            dict_itemiterator "dict_itemiterator" object Iter "builtins" n;
            dict_reversekeyiterator "dict_reversekeyiterator" object Iter "builtins" n;
            dict_reversevalueiterator "dict_reversevalueiterator" object Iter "builtins" n;
            dict_reverseitemiterator "dict_reverseitemiterator" object Iter "builtins" n;
            set_iterator "set_iterator" object Iter "builtins" n;
            iterator "iterator" object Iter "builtins" n;
            callable_iterator "callable_iterator" object Iter "builtins" n;
            enumerate "enumerate" object Iter "builtins" b;
            map "map" object Iter "builtins" b;
            filter "filter" object Iter "builtins" b;
            zip "zip" object Iter "builtins" b;
            reversed "reversed" object Iter "builtins" b;
            BaseException "BaseException" object Exception "builtins" b;
            Exception "Exception" BaseException Exception "builtins" b;
            GeneratorExit "GeneratorExit" BaseException Exception "builtins" b;
            KeyboardInterrupt "KeyboardInterrupt" BaseException Exception "builtins" b;
            SystemExit "SystemExit" BaseException Exception "builtins" b;
            BaseExceptionGroup "BaseExceptionGroup" BaseException Exception "builtins" b;
            ArithmeticError "ArithmeticError" Exception Exception "builtins" b;
            FloatingPointError "FloatingPointError" ArithmeticError Exception "builtins" b;
            OverflowError "OverflowError" ArithmeticError Exception "builtins" b;
            ZeroDivisionError "ZeroDivisionError" ArithmeticError Exception "builtins" b;
            AssertionError "AssertionError" Exception Exception "builtins" b;
            AttributeError "AttributeError" Exception Exception "builtins" b;
            BufferError "BufferError" Exception Exception "builtins" b;
            EOFError "EOFError" Exception Exception "builtins" b;
            ImportError "ImportError" Exception Exception "builtins" b;
            ModuleNotFoundError "ModuleNotFoundError" ImportError Exception "builtins" b;
            LookupError "LookupError" Exception Exception "builtins" b;
            IndexError "IndexError" LookupError Exception "builtins" b;
            KeyError "KeyError" LookupError Exception "builtins" b;
            MemoryError "MemoryError" Exception Exception "builtins" b;
            NameError "NameError" Exception Exception "builtins" b;
            UnboundLocalError "UnboundLocalError" NameError Exception "builtins" b;
            OSError "OSError" Exception Exception "builtins" b;
            BlockingIOError "BlockingIOError" OSError Exception "builtins" b;
            ChildProcessError "ChildProcessError" OSError Exception "builtins" b;
            ConnectionError "ConnectionError" OSError Exception "builtins" b;
            BrokenPipeError "BrokenPipeError" ConnectionError Exception "builtins" b;
            ConnectionAbortedError "ConnectionAbortedError" ConnectionError Exception "builtins" b;
            ConnectionRefusedError "ConnectionRefusedError" ConnectionError Exception "builtins" b;
            ConnectionResetError "ConnectionResetError" ConnectionError Exception "builtins" b;
            FileExistsError "FileExistsError" OSError Exception "builtins" b;
            FileNotFoundError "FileNotFoundError" OSError Exception "builtins" b;
            InterruptedError "InterruptedError" OSError Exception "builtins" b;
            IsADirectoryError "IsADirectoryError" OSError Exception "builtins" b;
            NotADirectoryError "NotADirectoryError" OSError Exception "builtins" b;
            PermissionError "PermissionError" OSError Exception "builtins" b;
            ProcessLookupError "ProcessLookupError" OSError Exception "builtins" b;
            TimeoutError "TimeoutError" OSError Exception "builtins" b;
            ReferenceError "ReferenceError" Exception Exception "builtins" b;
            RuntimeError "RuntimeError" Exception Exception "builtins" b;
            NotImplementedError "NotImplementedError" RuntimeError Exception "builtins" b;
            RecursionError "RecursionError" RuntimeError Exception "builtins" b;
            PythonFinalizationError "PythonFinalizationError" RuntimeError Exception "builtins" b;
            StopIteration "StopIteration" Exception Exception "builtins" b;
            StopAsyncIteration "StopAsyncIteration" Exception Exception "builtins" b;
            SyntaxError "SyntaxError" Exception Exception "builtins" b;
            IndentationError "IndentationError" SyntaxError Exception "builtins" b;
            TabError "TabError" IndentationError Exception "builtins" b;
            SystemError "SystemError" Exception Exception "builtins" b;
            TypeError "TypeError" Exception Exception "builtins" b;
            ValueError "ValueError" Exception Exception "builtins" b;
            UnicodeError "UnicodeError" ValueError Exception "builtins" b;
            UnicodeDecodeError "UnicodeDecodeError" UnicodeError Exception "builtins" b;
            UnicodeEncodeError "UnicodeEncodeError" UnicodeError Exception "builtins" b;
            UnicodeTranslateError "UnicodeTranslateError" UnicodeError Exception "builtins" b;
            Warning "Warning" Exception Exception "builtins" b;
            BytesWarning "BytesWarning" Warning Exception "builtins" b;
            DeprecationWarning "DeprecationWarning" Warning Exception "builtins" b;
            EncodingWarning "EncodingWarning" Warning Exception "builtins" b;
            FutureWarning "FutureWarning" Warning Exception "builtins" b;
            ImportWarning "ImportWarning" Warning Exception "builtins" b;
            PendingDeprecationWarning "PendingDeprecationWarning" Warning Exception "builtins" b;
            ResourceWarning "ResourceWarning" Warning Exception "builtins" b;
            RuntimeWarning "RuntimeWarning" Warning Exception "builtins" b;
            SyntaxWarning "SyntaxWarning" Warning Exception "builtins" b;
            UnicodeWarning "UnicodeWarning" Warning Exception "builtins" b;
            UserWarning "UserWarning" Warning Exception "builtins" b;
        }
    };
}

macro_rules! define_types {
    (@roots $object:ident $group:ident $exception:ident; $($field:ident $name:literal $base:ident $layout:ident $module:literal $flag:tt;)*) => {
        /// The built-in classes. Exception classes have CPython's names, the others are named after the type.
        #[allow(non_snake_case)]
        pub struct Types {
            pub object: Gc<Class>,
            pub type_: Gc<Class>,
            $(pub $field: Gc<Class>,)*
            /// `class ExceptionGroup(BaseExceptionGroup, Exception)`.
            pub ExceptionGroup: Gc<Class>,
        }

        impl Types {
            /// Makes all classes: `make((name, its hash), module, bases, layout, flag)`, flag `b`: may be a base, `n`: can't be
            /// instantiated by the language.
            #[allow(non_snake_case)]
            pub fn new(
                $object: Gc<Class>,
                type_: Gc<Class>,
                mut make: impl FnMut((&'static str, i64), &'static str, &[Gc<Class>], Kind, char) -> Gc<Class>,
            ) -> Types {
                $(let $field = make(($name, const { hash::ascii($name) }), $module, &[$base], Kind::$layout, stringify!($flag).chars().next().unwrap_or('_'));)*
                let ExceptionGroup = make(("ExceptionGroup", const { hash::ascii("ExceptionGroup") }), "builtins", &[$group, $exception], Kind::Exception, 'b');
                Types { object: $object, type_, $($field,)* ExceptionGroup }
            }

            /// All of them, `object` first.
            pub fn all(&self) -> Vec<Gc<Class>> {
                vec![self.object, self.type_, $(self.$field,)* self.ExceptionGroup]
            }
        }
    };
}
for_each_type!(define_types);
