//! `asyncio`, written in the language: one file for each of its modules. Floor 7.

use super::pure::module;
use crate::vm::ModuleDef;

/// All of them; the package is first.
pub static MODULES: &[&ModuleDef] = &[
    &module("asyncio", "Tasks of coroutines.", include_str!("asyncio/__init__.thr")),
    &module("asyncio.base_events", "The event loop.", include_str!("asyncio/base_events.thr")),
    &module("asyncio.events", "Loops and handles.", include_str!("asyncio/events.thr")),
    &module("asyncio.exceptions", "Exceptions of asyncio.", include_str!("asyncio/exceptions.thr")),
    &module("asyncio.futures", "Results that will be there.", include_str!("asyncio/futures.thr")),
    &module("asyncio.locks", "Synchronisation of tasks.", include_str!("asyncio/locks.thr")),
    &module("asyncio.mixins", "What belongs to a loop.", include_str!("asyncio/mixins.thr")),
    &module("asyncio.queues", "Queues for tasks.", include_str!("asyncio/queues.thr")),
    &module("asyncio.runners", "Running a coroutine as a program.", include_str!("asyncio/runners.thr")),
    &module("asyncio.taskgroups", "Tasks that are waited for together.", include_str!("asyncio/taskgroups.thr")),
    &module("asyncio.tasks", "Coroutines that a loop runs.", include_str!("asyncio/tasks.thr")),
    &module("asyncio.threads", "Calls in other threads.", include_str!("asyncio/threads.thr")),
    &module("asyncio.timeouts", "Limits of time.", include_str!("asyncio/timeouts.thr")),
];
