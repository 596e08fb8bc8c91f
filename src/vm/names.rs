//! Names that the VM itself uses, interned at the start. Floor 5.

use crate::heap::Gc;
use crate::object::Str;
use crate::text::hash;

macro_rules! names {
    ($($field:ident $text:literal;)*) => {
        /// Interned strings by what they say.
        pub struct Names { $(pub $field: Gc<Str>,)* }
        impl Names {
            /// Interns all of them with `intern`, which gets their hashes too.
            pub fn new(mut intern: impl FnMut(&str, i64) -> Gc<Str>) -> Names {
                Names { $($field: intern($text, const { hash::ascii($text) }),)* }
            }
        }
    };
}

names! {
    empty ""; add "__add__"; radd "__radd__"; iadd "__iadd__"; sub "__sub__"; rsub "__rsub__"; isub "__isub__";
    mul "__mul__"; rmul "__rmul__"; imul "__imul__"; truediv "__truediv__"; rtruediv "__rtruediv__";
    itruediv "__itruediv__"; floordiv "__floordiv__"; rfloordiv "__rfloordiv__"; ifloordiv "__ifloordiv__";
    mod_ "__mod__"; rmod "__rmod__"; imod "__imod__"; pow "__pow__"; rpow "__rpow__"; ipow "__ipow__";
    matmul "__matmul__"; rmatmul "__rmatmul__"; imatmul "__imatmul__"; lshift "__lshift__"; rlshift "__rlshift__";
    ilshift "__ilshift__"; rshift "__rshift__"; rrshift "__rrshift__"; irshift "__irshift__"; and "__and__";
    rand "__rand__"; iand "__iand__"; or "__or__"; ror "__ror__"; ior "__ior__"; xor "__xor__"; rxor "__rxor__";
    ixor "__ixor__"; divmod "__divmod__"; rdivmod "__rdivmod__"; neg "__neg__"; pos "__pos__"; invert "__invert__";
    abs "__abs__"; lt "__lt__"; le "__le__"; eq "__eq__"; ne "__ne__"; gt "__gt__"; ge "__ge__";
    bool_ "__bool__"; len "__len__"; length_hint "__length_hint__"; getitem "__getitem__"; setitem "__setitem__";
    delitem "__delitem__"; missing "__missing__"; contains "__contains__"; iter "__iter__"; next "__next__";
    reversed "__reversed__"; call "__call__"; init "__init__"; new "__new__"; del "__del__"; repr "__repr__";
    str_ "__str__"; format "__format__"; bytes "__bytes__"; hash "__hash__"; index "__index__"; int_ "__int__";
    float_ "__float__"; complex_ "__complex__"; round "__round__"; trunc "__trunc__"; floor "__floor__";
    ceil "__ceil__"; getattr "__getattr__"; getattribute "__getattribute__"; setattr "__setattr__";
    delattr "__delattr__"; get "__get__"; set "__set__"; delete "__delete__"; set_name "__set_name__";
    enter "__enter__"; exit "__exit__"; aenter "__aenter__"; aexit "__aexit__"; aiter "__aiter__"; anext "__anext__";
    await_ "__await__"; class "__class__"; dict "__dict__"; doc "__doc__"; name "__name__"; qualname "__qualname__";
    module "__module__"; bases "__bases__"; mro "__mro__"; slots "__slots__"; weakref "__weakref__";
    annotations "__annotations__"; init_subclass "__init_subclass__"; class_getitem "__class_getitem__";
    mro_entries "__mro_entries__"; prepare "__prepare__"; instancecheck "__instancecheck__";
    subclasscheck "__subclasscheck__"; match_args "__match_args__"; type_params "__type_params__";
    orig_bases "__orig_bases__"; classcell "__classcell__"; defaults "__defaults__"; kwdefaults "__kwdefaults__";
    closure "__closure__"; code "__code__"; globals "__globals__"; wrapped "__wrapped__"; func "__func__";
    self_ "__self__"; cause "__cause__"; context "__context__"; traceback "__traceback__";
    suppress_context "__suppress_context__"; notes "__notes__"; args "args"; value "value"; errno "errno";
    main "__main__"; builtins "__builtins__"; file "__file__"; path "__path__"; package "__package__";
    loader "__loader__"; spec "__spec__"; all "__all__"; import "__import__"; dir "__dir__"; sizeof "__sizeof__";
    static_attributes "__static_attributes__"; firstlineno "__firstlineno__"; abstractmethods "__abstractmethods__";
    isabstractmethod "__isabstractmethod__"; key "key"; keys "keys"; throw "throw"; send "send"; close "close";
    stdout "stdout"; stderr "stderr"; stdin "stdin"; write "write"; flush "flush"; excepthook "excepthook";
    displayhook "displayhook"; underscore "_"; msg "msg"; obj "obj"; filename "filename"; lineno "lineno";
    offset "offset"; text "text"; end_lineno "end_lineno"; end_offset "end_offset"; print_file_and_line "print_file_and_line";
    strerror "strerror"; filename2 "filename2"; code_attr "code"; object_attr "object"; start_attr "start";
    end_attr "end"; reason "reason"; encoding "encoding"; exceptions "exceptions"; message "message";
    modules "modules"; path_attr "path"; argv "argv"; name_attr "name"; name_from "name_from";
}
