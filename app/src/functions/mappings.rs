use domain::{
    api::{BulkForm, MappingChoices, Page, RuleFilter, RuleImportReport, RuleView},
    form::RuleForm,
    id::RuleId,
};
use leptos::server;

use crate::error::AppError;

/// Mapping rules, by target, role and group.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "rules/list", output = crate::wire::Wire)]
pub async fn list_rules(
    #[server(default)] filter: RuleFilter,
    cursor: Option<String>,
) -> Result<Page<RuleView>, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let page = domain::api::PageQuery { cursor, page_size: 200 };
    super::ctx::answer(backend.mappings.list(&caller, filter, page).await)
}

/// One mapping rule.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "rules/get", output = crate::wire::Wire)]
pub async fn get_rule(id: RuleId) -> Result<RuleView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.mappings.get(&caller, id).await)
}

/// What a rule's fields offer.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "rules/choices", output = crate::wire::Wire)]
pub async fn rule_choices() -> Result<MappingChoices, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.mappings.choices(&caller).await)
}

/// Creates a mapping rule.
///
/// # Errors
/// Every problem, by field.
#[server(prefix = "/fn", endpoint = "rules/create", output = crate::wire::Wire)]
pub async fn create_rule(form: RuleForm) -> Result<RuleView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.mappings.create(&caller, form).await, |_| {
        crate::routes::RULES.to_owned()
    })
}

/// Changes a mapping rule.
///
/// # Errors
/// Every problem, by field; `stale` when somebody changed it meanwhile; `way_in_unproven`, `last_way_in`.
#[server(prefix = "/fn", endpoint = "rules/update", output = crate::wire::Wire)]
pub async fn update_rule(
    id: RuleId,
    form: RuleForm,
    provisional: Option<String>,
) -> Result<RuleView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let result = backend.mappings.update(&caller, id, form, provisional.is_some()).await;
    super::ctx::answer_and_go(result, |_| crate::routes::RULES.to_owned())
}

/// Removes a mapping rule.
///
/// # Errors
/// `not_found`, `forbidden`, `way_in_unproven`, `last_way_in`.
#[server(prefix = "/fn", endpoint = "rules/remove", output = crate::wire::Wire)]
pub async fn remove_rule(id: RuleId, provisional: Option<String>) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let result = backend.mappings.remove(&caller, id, provisional.is_some()).await;
    super::ctx::answer_and_go(result, |()| crate::routes::RULES.to_owned())
}

/// Changes several mapping rules at once, all or none.
///
/// # Errors
/// Every problem; `rules.ID` for those of a rule.
#[server(prefix = "/fn", endpoint = "rules/bulk", output = crate::wire::Wire)]
pub async fn bulk_rules(form: BulkForm) -> Result<u32, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.mappings.bulk(&caller, form).await, |changed| {
        format!("{}?changed={changed}", crate::routes::RULES)
    })
}

/// What became of a file of rules.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "rules/import_report", output = crate::wire::Wire)]
pub async fn imported_rules(id: String) -> Result<RuleImportReport, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.mappings.import_report(&caller, &id).await)
}
