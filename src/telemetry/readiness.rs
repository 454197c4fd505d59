//! The readiness of the controller.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Something that the controller waits for before it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// The CustomResourceDefinitions are served.
    CustomResourceDefinitions,
    /// The policies, sources and namespaces have been listed.
    Caches,
    /// The findings have been listed.
    Findings,
}

/// The gates that are still closed, each with what it waits for. Shown on `/readyz`.
#[derive(Debug)]
pub struct Readiness {
    closed: Mutex<BTreeMap<Gate, String>>,
}

impl Default for Readiness {
    fn default() -> Self {
        let closed = [
            (Gate::CustomResourceDefinitions, "CustomResourceDefinitions"),
            (Gate::Caches, "list of policies, sources and namespaces"),
            (Gate::Findings, "list of findings"),
        ];
        Self { closed: Mutex::new(closed.map(|(gate, waits_for)| (gate, waits_for.to_owned())).into()) }
    }
}

impl Readiness {
    /// Sets what a closed gate waits for.
    pub fn wait_for(&self, gate: Gate, what: String) {
        self.lock().insert(gate, what);
    }

    /// Opens a gate.
    pub fn open(&self, gate: Gate) {
        self.lock().remove(&gate);
    }

    /// What the controller still waits for; empty once it works.
    pub fn waiting_for(&self) -> Vec<String> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Gate, String>> {
        // No code panics while it holds the lock.
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
