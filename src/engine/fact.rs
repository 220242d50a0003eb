//! What a step can learn, and what it has learnt.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// A thing that a step can learn, with the type of what is learnt. It is defined beside the step that
/// tells it, and named by the kinds that tell it and that use it.
pub(crate) struct Fact<T> {
    name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T> Fact<T> {
    /// No two facts share a name.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, value: PhantomData }
    }

    /// What a kind names it by.
    pub(crate) const fn name(&self) -> FactName {
        FactName(self.name)
    }
}

/// The name of a fact, in the lists of what kinds tell and use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FactName(&'static str);

pub(super) type Value = Arc<dyn Any + Send + Sync>;

/// What a step has learnt.
#[derive(Clone, Default)]
pub(crate) struct Told(pub(super) Vec<(FactName, Value)>);

impl Told {
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    pub(crate) fn one<T: Send + Sync + 'static>(fact: &Fact<T>, value: T) -> Self {
        Self::nothing().and(fact, value)
    }

    #[must_use]
    pub(crate) fn and<T: Send + Sync + 'static>(mut self, fact: &Fact<T>, value: T) -> Self {
        self.0.push((fact.name(), Arc::new(value)));
        self
    }
}
