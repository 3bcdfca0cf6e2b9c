use domain::{
    api::{ImportReview, ImportSource},
    problem::ProblemCode,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    functions::import_plan,
    pages::{
        integrations::import_plan::{plan, problems},
        load::{Place, load},
        reading::reading,
    },
    routes,
    ui::{
        BackLink, Button, ButtonKind, Callout, Choice, Field, FieldRow, FileField, FormActions, FormSection,
        LinkButton, PageHeader, RadioGroup, TextArea, Tone, UploadForm,
    },
};

/// Takes over what OMS or Ops Manager have configured: a file is handed in, its plan is shown, a draft is made.
#[component]
pub fn Import() -> impl IntoView {
    let query = use_query_map();
    let id = Memo::new(move |_| query.with(|query| query.get("plan").unwrap_or_default()));
    // A code of ours, or nothing: no word of an address is shown.
    let refused = Memo::new(move |_| {
        let code = query.with(|query| query.get("refused"))?;
        ProblemCode::ALL.iter().copied().find(|known| known.code() == code)
    });
    let is_empty_handed = Memo::new(move |_| query.with(|query| query.get("nothing").is_some()));
    let review = reading(
        move || id.get(),
        |id| async move { if id.is_empty() { Ok(None) } else { import_plan(id).await.map(Some) } },
    );
    view! {
        <Title text="Import" />
        <PageHeader
            title="Import from OMS or Ops Manager"
            lead="Their single sign-on becomes a draft here: disabled, for you to look at and try first."
            above=|| view! { <BackLink href=routes::INTEGRATIONS label="Integrations" /> }
        />
        {load(
            review,
            Place::UnderTitle,
            move |review: Option<ImportReview>| {
                match review {
                    None => hand_in(None, is_empty_handed.get_untracked()).into_any(),
                    Some(review) => reviewed(review, &id.get_untracked(), refused.get_untracked()),
                }
            },
        )}
    }
}

fn reviewed(review: ImportReview, id: &str, refused: Option<ProblemCode>) -> AnyView {
    match review.plan.clone() {
        Some(found) => plan(found, id, refused),
        None => view! {
            {problems(review.problems.clone())}
            {hand_in(Some(review), false)}
        }
        .into_any(),
    }
}

/// The form that takes the file. What was pasted is not shown again: a secret is in it.
fn hand_in(before: Option<ImportReview>, is_empty_handed: bool) -> impl IntoView {
    let again = before.is_some();
    let (source, name, issuer) = match before {
        Some(review) => (review.source, review.name, review.issuer),
        None => (ImportSource::default(), String::new(), String::new()),
    };
    let sources = vec![
        Choice::new(ImportSource::Oms.as_str(), "OMS")
            .hint("config.yaml, where spring_security_oauth2_client_… and oms_iam_auth are."),
        Choice::new(ImportSource::OpsManager.as_str(), "Ops Manager")
            .hint("conf-mms.properties, or the mms.oidc.… lines of it."),
    ];
    let nothing = is_empty_handed.then(|| {
        view! {
            <Callout title="Nothing was handed in" kind=Tone::Warn>
                <p>"Choose a file or paste its text, then press Show the plan."</p>
            </Callout>
        }
    });
    let lead = if again {
        "Repair the file, then hand it in again."
    } else {
        "Nothing is changed yet: the next page shows what would become of every line."
    };
    view! {
        {nothing}
        <UploadForm action=routes::POST_IMPORT>
            <FormSection title="File" lead>
                <RadioGroup legend="Where it comes from" name="source" options=sources selected=source.as_str() />
                <FileField
                    label="Choose the file"
                    name="file"
                    accept=".yaml,.yml,.properties,.conf,.txt,text/plain"
                    hint="Up to 1 MB. Secrets in it are stored encrypted and never shown again."
                />
                <TextArea
                    label="Or paste its text"
                    name="content"
                    optional_mark=true
                    mono=true
                    rows=8
                    hint="Used when no file is chosen. The lines about single sign-on are enough."
                />
            </FormSection>
            <FormSection title="What the file may not say" lead="Leave both empty when you are not sure.">
                <FieldRow>
                    <Field
                        label="Name"
                        name="name"
                        value=name
                        mono=true
                        optional_mark=true
                        hint="Stands in the callback URL. Empty: oms or ops_manager."
                    />
                    <Field
                        label="Issuer"
                        name="issuer"
                        value=issuer
                        input_type="url"
                        mono=true
                        optional_mark=true
                        hint="OMS has none. Empty: as the file says, or a guess to be checked."
                    />
                </FieldRow>
            </FormSection>
            <FormActions>
                <Button kind=ButtonKind::Primary>"Show the plan"</Button>
                <LinkButton href=routes::INTEGRATIONS kind=ButtonKind::Quiet>
                    "Cancel"
                </LinkButton>
            </FormActions>
        </UploadForm>
    }
}
