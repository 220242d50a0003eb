//! What a kind of resource is, and which step of it is meant.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::engine::fact::FactName;
use crate::model::region::Region;

/// A kind of resource; each is described beside its step.
///
/// Everything depends on the root (the service role): it is made first and removed last.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its name for people; no two kinds share one.
    pub(crate) label: &'static str,
    /// What it is a part of, where a summary names few things.
    pub(crate) group: &'static str,
    is_root: bool,
    depends_on: &'static [Dependency],
    created_after: &'static [Dependency],
    parent: Option<&'static Kind>,
    deleted_with_parent: bool,
    each_tells_its_own: bool,
    /// What its steps learn, and others may need.
    pub(super) tells: &'static [FactName],
    /// What its steps need of what others have learnt, or they themselves.
    pub(super) uses: &'static [FactName],
}

/// Steps that a kind waits for.
#[derive(Debug)]
pub(crate) enum Dependency {
    /// Those of this kind in the same region.
    InRegion(&'static Kind),
    /// All of this kind.
    Everywhere(&'static Kind),
}

impl Kind {
    pub(crate) const fn new(label: &'static str) -> Self {
        Self {
            label,
            group: label,
            is_root: false,
            depends_on: &[],
            created_after: &[],
            parent: None,
            deleted_with_parent: false,
            each_tells_its_own: false,
            tells: &[],
            uses: &[],
        }
    }

    /// The kind that everything depends on.
    pub(crate) const fn root(label: &'static str) -> Self {
        Self { is_root: true, ..Self::new(label) }
    }

    /// What a summary calls it, together with others.
    pub(crate) const fn part_of(self, group: &'static str) -> Self {
        Self { group, ..self }
    }

    /// What has to be there before it is made, and is removed after it.
    pub(crate) const fn depends_on(self, depends_on: &'static [Dependency]) -> Self {
        Self { depends_on, ..self }
    }

    /// What has to be done before it is made; its removal does not depend on that.
    pub(crate) const fn created_after(self, created_after: &'static [Dependency]) -> Self {
        Self { created_after, ..self }
    }

    /// The resource of the region in which it lives: what is inside of somebody else's is not ours.
    pub(crate) const fn inside(self, parent: &'static Kind) -> Self {
        Self { parent: Some(parent), ..self }
    }

    /// It goes with its parent, and cannot be removed without it.
    pub(crate) const fn deleted_with_parent(self) -> Self {
        Self { deleted_with_parent: true, ..self }
    }

    /// A region can have several of them, and each learns of itself alone.
    pub(crate) const fn each_tells_its_own(self) -> Self {
        Self { each_tells_its_own: true, ..self }
    }

    /// What its steps learn, and others may need.
    pub(crate) const fn tells(self, tells: &'static [FactName]) -> Self {
        Self { tells, ..self }
    }

    /// What its steps need of what others have learnt, or they themselves.
    pub(crate) const fn uses(self, uses: &'static [FactName]) -> Self {
        Self { uses, ..self }
    }

    /// Of what its steps need, what none of these kinds learns.
    #[cfg(test)]
    pub(crate) fn unheard_of(&self, kinds: &[&Self]) -> Vec<FactName> {
        let is_told = |name: &FactName| kinds.iter().any(|kind| kind.tells.contains(name));
        self.uses.iter().copied().filter(|name| !is_told(name)).collect()
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label
    }
}

impl Eq for Kind {}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.label.cmp(other.label)
    }
}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.label.hash(state);
    }
}

/// A step: a kind of resource in a region, or a global one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StepId {
    pub(crate) kind: &'static Kind,
    pub(crate) region: Option<Region>,
    /// What tells one from another where a region can have several of a kind.
    pub(crate) variant: Option<String>,
}

impl StepId {
    pub(crate) fn global(kind: &'static Kind) -> Self {
        Self { kind, region: None, variant: None }
    }

    pub(crate) fn regional(kind: &'static Kind, region: &Region) -> Self {
        Self { kind, region: Some(region.clone()), variant: None }
    }

    /// One of several of a region; `None` is the one that is there mostly.
    pub(crate) fn variant(kind: &'static Kind, region: &Region, variant: Option<&str>) -> Self {
        Self { variant: variant.map(str::to_owned), ..Self::regional(kind, region) }
    }

    /// Whether a region can have several of its kind, each with facts of its own.
    pub(crate) fn is_one_of_several(&self) -> bool {
        self.kind.each_tells_its_own
    }

    /// What tells what it learns from what others of its kind learn in the region.
    pub(super) fn teller(&self) -> Option<&String> {
        self.variant.as_ref().filter(|_| self.is_one_of_several())
    }

    /// The step whose resource this one lives in.
    pub(crate) fn parent(&self) -> Option<Self> {
        let kind = self.kind.parent?;
        Some(Self { kind, region: self.region.clone(), variant: None })
    }

    pub(crate) fn is_root(&self) -> bool {
        self.kind.is_root
    }

    pub(crate) fn is_deleted_with_parent(&self) -> bool {
        self.kind.deleted_with_parent
    }

    /// Whether the other has to be there before this one, and is removed after it.
    pub(crate) fn depends_on(&self, other: &Self) -> bool {
        let implied = other.is_root() && self != other;
        implied || self.kind.depends_on.iter().any(|dependency| self.matches(dependency, other))
    }

    /// Whether the other has to be done before this one is made.
    pub(crate) fn waits_for(&self, other: &Self) -> bool {
        let mut after = self.kind.created_after.iter();
        self.depends_on(other) || after.any(|dependency| self.matches(dependency, other))
    }

    fn matches(&self, dependency: &Dependency, other: &Self) -> bool {
        match dependency {
            Dependency::InRegion(kind) => *kind == other.kind && self.region == other.region,
            Dependency::Everywhere(kind) => *kind == other.kind,
        }
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Some(region) => write!(f, "{region} {}", self.kind.label)?,
            None => f.write_str(self.kind.label)?,
        }
        self.teller().map_or(Ok(()), |variant| write!(f, " {variant}"))
    }
}
