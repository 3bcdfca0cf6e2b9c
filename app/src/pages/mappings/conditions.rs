//! What a rule asks beside its group: rows of kind, claim and value, which post natively.

use domain::{
    form::{ConditionForm, MOST_CONDITIONS},
    mapping::ConditionKind,
};
use leptos::prelude::*;

use crate::{
    error::AppError,
    pages::forms::{FieldName, field_error},
    text,
    ui::{Button, Disclosure, Field, FieldRow, Select, use_hydrated},
};

/// The controls of a rule, then three of each condition.
macro_rules! fields {
    ($($row:literal $shown:literal),*) => {
        &[
            ("form[integration]", "integration", "Integration"),
            ("form[group]", "group", "Group"),
            ("form[level]", "level", "Level"),
            ("form[target]", "target", "Where"),
            ("form[role]", "role", "Role"),
            ("form[enabled]", "enabled", "State"),
            ("form[more_groups]", "moreGroups", "More groups"),
            ("form[conditions][0][kind]", "conditions", "Conditions"),
            $(
                (concat!("form[conditions][", $row, "][kind]"), concat!("conditions.", $row, ".kind"),
                    concat!("Condition ", $shown)),
                (concat!("form[conditions][", $row, "][path]"), concat!("conditions.", $row, ".path"),
                    concat!("Claim ", $shown)),
                (concat!("form[conditions][", $row, "][value]"), concat!("conditions.", $row, ".value"),
                    concat!("Value ", $shown)),
            )*
        ]
    };
}

/// Every control.
pub(super) const FIELDS: &[FieldName] = fields!(
    "0" "1", "1" "2", "2" "3", "3" "4", "4" "5", "5" "6", "6" "7", "7" "8", "8" "9", "9" "10", "10" "11",
    "11" "12", "12" "13", "13" "14", "14" "15", "15" "16"
);
/// Where the conditions' begin.
const FIRST: usize = 8;
/// Rows beside those that are filled in.
const BLANK: usize = 2;

/// The rows. Empty ones do not count, so a few are there without scripts; with scripts more can be added.
#[component]
pub(super) fn Conditions(
    /// The first values.
    rows: Vec<ConditionForm>,
    /// The last answer's error.
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let filled = rows.iter().filter(|row| !row.is_blank()).count();
    let first = rows.len().max(filled + BLANK).min(MOST_CONDITIONS);
    let more = RwSignal::new(0_usize);
    let hydrated = use_hydrated();
    let drawn = (0..first).map(|at| row(at, rows.get(at).cloned().unwrap_or_default(), error)).collect_view();
    let added = move || {
        let last = (first + more.get()).min(MOST_CONDITIONS);
        (first..last).map(|at| row(at, ConditionForm::default(), error)).collect_view()
    };
    let add = move || {
        (hydrated.get() && first + more.get() < MOST_CONDITIONS).then(|| {
            view! {
                <div on:click=move |_| more.update(|rows| *rows += 1)>
                    <Button button_type="button" small=true>
                        "Add condition"
                    </Button>
                </div>
            }
        })
    };
    let summary = match filled {
        0 => "Only when more holds".to_owned(),
        _ => text::count(u64::try_from(filled).unwrap_or_default(), "condition", "conditions"),
    };
    let is_open = Signal::stored(filled > 0);
    view! {
        <Disclosure summary open=is_open>
            <p class="muted">
                "All of them must hold. In patterns * stands for any text and ? for one character; an expression must \
                 fit the whole group."
            </p>
            {drawn}
            {added}
            {add}
        </Disclosure>
    }
}

/// One row. Its number stands in the labels, so that each is told from the others.
fn row(at: usize, form: ConditionForm, error: Signal<Option<AppError>>) -> impl IntoView {
    let shown = at + 1;
    let wrong = move |column: usize| {
        let field = FIELDS.get(FIRST + 3 * at + column).map_or("", |(_, field, _)| *field);
        field_error(error, field)
    };
    let mut kinds = vec![(String::new(), "No condition".to_owned())];
    kinds.extend(ConditionKind::ALL.map(|kind| (kind.as_str().to_owned(), name(kind).to_owned())));
    view! {
        <FieldRow>
            <Select
                label=format!("Condition {shown}")
                name=format!("form[conditions][{at}][kind]")
                options=kinds
                selected=form.kind
                error=wrong(0)
            />
            <Field
                label=format!("Claim {shown}")
                name=format!("form[conditions][{at}][path]")
                value=form.path
                mono=true
                optional_mark=true
                placeholder="department"
                error=wrong(1)
            />
            <Field
                label=format!("Value {shown}")
                name=format!("form[conditions][{at}][value]")
                value=form.value
                mono=true
                error=wrong(2)
            />
        </FieldRow>
    }
}

/// What a kind is called in a list.
const fn name(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::GroupIs => "A group is",
        ConditionKind::GroupGlob => "A group fits the pattern",
        ConditionKind::GroupRegex => "A group fits the expression",
        ConditionKind::ClaimEquals => "The claim is",
        ConditionKind::ClaimContains => "The claim has the entry",
        ConditionKind::ClaimGlob => "The claim fits the pattern",
        ConditionKind::IntegrationIs => "The integration is",
    }
}
