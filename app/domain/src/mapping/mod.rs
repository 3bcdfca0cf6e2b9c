//! Mapping rules: "members of *group* get *role* at *target*", and what follows from them.

mod evaluate;
mod near_miss;
mod rule;

pub use evaluate::{Evaluation, EvaluationInput, RoleGrantDraft, RuleOutcome, RuleSet, Verdict, evaluate};
pub use near_miss::{Difference, NearMiss, normalized};
pub use rule::MappingRule;

#[cfg(test)]
mod tests;
