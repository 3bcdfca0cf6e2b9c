use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{BulkForm, MappingChoices, Page, PageQuery, RuleFilter, RuleImportReport, RuleView},
    form::RuleForm,
    id::RuleId,
};

use super::Answer;

/// Mapping rules.
#[async_trait]
pub trait Mappings: Send + Sync {
    /// Rules, by target, role and group.
    async fn list(&self, caller: &Caller, filter: RuleFilter, page: PageQuery) -> Answer<Page<RuleView>>;
    /// One of them.
    async fn get(&self, caller: &Caller, id: RuleId) -> Answer<RuleView>;
    /// What a rule's fields offer.
    async fn choices(&self, caller: &Caller) -> Answer<MappingChoices>;
    /// Creates one.
    async fn create(&self, caller: &Caller, form: RuleForm) -> Answer<RuleView>;
    /// Changes one; the form's revision must be the newest. Provisionally: until it is confirmed or taken back.
    async fn update(
        &self,
        caller: &Caller,
        id: RuleId,
        form: RuleForm,
        provisional: bool,
    ) -> Answer<RuleView>;
    /// Removes one. Provisionally: until it is confirmed or taken back.
    async fn remove(&self, caller: &Caller, id: RuleId, provisional: bool) -> Answer<()>;
    /// Changes several, all or none; how many they were.
    async fn bulk(&self, caller: &Caller, form: BulkForm) -> Answer<u32>;
    /// What became of a file of rules.
    async fn import_report(&self, caller: &Caller, id: &str) -> Answer<RuleImportReport>;
}
