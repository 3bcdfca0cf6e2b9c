//! Mapping rules: "members of *group* get *role* at *target*", and what follows from them.

mod analysis;
mod condition;
mod csv;
mod evaluate;
mod impact;
mod near_miss;
mod pattern;
mod rule;

pub use analysis::{FindingKind, RuleFinding, UNUSED_DAYS, analyse, use_of};
pub use condition::{Condition, ConditionKind, Conditions};
pub use csv::{BadCsv, CsvRow, csv_row, read_csv};
pub use evaluate::{Evaluation, EvaluationInput, RoleGrantDraft, RuleOutcome, RuleSet, Verdict, evaluate};
pub use impact::{Impact, ImpactCount, ImpactPlace, KnownPerson, Replay, RoleImpact};
pub use near_miss::{Difference, NearMiss, normalized};
pub use pattern::{MOST_PATTERN_BYTES, MOST_TEXT_BYTES, is_usable_regex};
pub use rule::MappingRule;

#[cfg(test)]
mod tests;
