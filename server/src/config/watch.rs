use super::{ConfigProblem, field::section};

section! {
    /// The regular look at what identity providers say of themselves.
    Watch "watch" {
        /// Minutes between two looks at every enabled integration's provider and its certificates, 5 to 10080; 0: never.
        interval_minutes: i64 = "60", "15";
    }
}

impl Watch {
    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        if self.interval_minutes != 0 && !(5..=10_080).contains(&self.interval_minutes) {
            problems.push(ConfigProblem::new("watch.interval_minutes", "must be 0 or 5 to 10080 minutes"));
        }
    }
}
