//! The machine that imports a dotted name, part by part. Floor 5.

use crate::object::Str;
use crate::vm::Vm;
use crate::vm::native::{CallReq, Ctl, Res, Resume, Step};

/// Imports a dotted name, package by package. Registers: full name, fromlist (`None`: give the topmost package),
/// the topmost module, the module whose code runs, and the name that an `ImportFrom` asked for (else `None`). The state
/// counts finished parts.
pub(super) fn import_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let full = vm.mreg(0).cast::<Str>().map_or_else(String::new, |s| s.as_str().to_owned());
    let parts: Vec<&str> = full.split('.').collect();
    let prefix = |n: usize| parts[..n].join(".");
    match resume {
        Resume::Raised(e) => {
            // A module whose code failed is not imported.
            let name = prefix((vm.mstate() as usize + 1).min(parts.len()));
            let key = vm.intern(&name);
            vm.modules.remove_str(key);
            vm.set_initializing(&name, None);
            return Err(Ctl::Raise(e));
        }
        // The submodules that `*` stands for are there.
        Resume::Value(_) if vm.mstate() as usize > parts.len() => return Ok(Step::Return(vm.mreg(3))),
        Resume::Value(_) => {
            let name = prefix((vm.mstate() as usize + 1).min(parts.len()));
            vm.set_initializing(&name, None);
            finish_part(vm, &parts);
        }
        _ => {}
    }
    loop {
        let done = vm.mstate() as usize;
        if done == parts.len() {
            let leaf = vm.mreg(3);
            if vm.wants_all(leaf, vm.mreg(1)) {
                vm.set_mstate(done as u32 + 1);
                let f = vm.prelude_function("import_all_of")?;
                return Ok(Step::Call(CallReq::new(f, &[leaf])));
            }
            return Ok(Step::Return(if vm.mreg(1).is_none() { vm.mreg(2) } else { leaf }));
        }
        let name = prefix(done + 1);
        let key = vm.intern(&name);
        if let Some(m) = vm.modules.get_str(key) {
            if m.is_none() {
                return Err(vm.import_halted(&name));
            }
            vm.set_mreg(3, m);
            if done == 0 {
                vm.set_mreg(2, m);
            }
            vm.set_mstate(done as u32 + 1);
            continue;
        }
        let package = if done == 0 {
            None
        } else {
            let path = vm.names.path;
            vm.module_dict(vm.mreg(3)).filter(|d| d.get_str(path).is_some())
        };
        let native = vm.module_defs.iter().any(|d| d.name == name);
        if done > 0 && package.is_none() && !native {
            let asked = vm.mreg(4);
            if let (Some(n), module) = (asked.cast::<Str>(), vm.mreg(3)) {
                return Err(vm.cannot_import(module, n.as_str()));
            }
        }
        let loaded = vm.load_module(&name, package);
        let (module, code) = match loaded {
            Ok(x) => x,
            Err(c) => {
                vm.modules.remove_str(key);
                // `from package import missing` is an ImportError of the name.
                if done + 1 == parts.len()
                    && let (Some(n), module) = (vm.mreg(4).cast::<Str>(), vm.mreg(3))
                    && let Ctl::Raise(e) = &c
                    && vm.is_instance(*e, vm.types.ModuleNotFoundError)
                {
                    return Err(vm.cannot_import(module, n.as_str()));
                }
                return Err(c);
            }
        };
        vm.set_mreg(3, module);
        if done == 0 {
            vm.set_mreg(2, module);
        }
        match code {
            Some(f) => {
                vm.set_initializing(&name, Some(module));
                return Ok(Step::CallCatching(CallReq::new(f, &[])));
            }
            None => finish_part(vm, &parts),
        }
    }
}

/// A part of a dotted name has run: the package before it gets it as an attribute.
fn finish_part(vm: &mut Vm, parts: &[&str]) {
    let done = vm.mstate() as usize;
    if done > 0 {
        let parent = vm.intern(&parts[..done].join("."));
        let parent = vm.modules.get_str(parent).and_then(|m| vm.module_dict(m));
        let name = vm.intern(parts[done]);
        let module = vm.mreg(3);
        if let Some(d) = parent {
            d.set_str(name, module);
        }
    }
    // A module may replace itself in `sys.modules`.
    let key = vm.intern(&parts[..=done].join("."));
    if let Some(m) = vm.modules.get_str(key) {
        vm.set_mreg(3, m);
        if done == 0 {
            vm.set_mreg(2, m);
        }
    }
    vm.set_mstate(done as u32 + 1);
}
