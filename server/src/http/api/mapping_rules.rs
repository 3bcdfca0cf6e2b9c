use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    access::Permission, api::RuleFilter, form::FieldCode, id::RuleId, mapping::FindingKind, target::Level,
};

use super::{
    body::JsonBody,
    endpoint::{Endpoint, PAGE, Param, Route, param},
    etag::{IfMatch, Tagged, created},
    params::Params,
    pending_changes::{PROVISIONAL, mode},
    problem::ApiError,
    schema,
};
use crate::{
    middleware::caller::Authenticated,
    service::{impact, mappings, shape::Shape, simulate, tenancy::found},
    state::Core,
};

const FILTER: [Param; 6] = [
    param("integration", Shape::Text, "Of this integration; * : of no particular one."),
    param("group", Shape::Text, "For exactly this group."),
    param("role", Shape::Text, "Giving this role."),
    param("level", Shape::Choice(&["global", "organization", "project"]), "At this level."),
    param("target", Shape::Text, "At this organization or project."),
    param(
        "finding",
        Shape::Choice(&["duplicate", "shadowed", "wrong_level", "never_matched", "unused"]),
        "About which this was found.",
    ),
];

const DRY_RUN: [Param; 1] =
    [param("dryRun", Shape::Bool, "Change nothing; answer with who would gain and lose what.")];

fn dry_run(params: &mut Params) -> bool {
    params.flag("dryRun").unwrap_or_default()
}

pub(super) fn routes() -> Vec<Route> {
    let (view, manage) = (Permission::ViewPlaces, Permission::ManageSomeRules);
    vec![
        Endpoint::get("/mapping-rules", view, "Lists mapping rules")
            .query(&FILTER)
            .query(&PAGE)
            .answers(200, schema::RULES)
            .with(list),
        Endpoint::post("/mapping-rules", manage, "Creates a mapping rule")
            .query(&DRY_RUN)
            .body(mappings::CREATE)
            .answers(201, schema::RULE)
            .with(create),
        Endpoint::post("/mapping-rules/simulate", Permission::ViewMappings, "Says what rules would do with given claims")
            .about("Nothing is stored and nobody signs in. The trace has a verdict for every rule.")
            .body(simulate::BODY)
            .answers(200, schema::SIMULATION)
            .with(run_simulation),
        Endpoint::post("/mapping-rules/impact", Permission::ViewMappings, "Says who would gain and lose what by a change of the rules")
            .about(
                "Nothing is stored. The last claims of everybody who has signed in are asked again; give all rules \
                 there would be, or what changes.",
            )
            .body(impact::BODY)
            .answers(200, schema::IMPACT)
            .with(run_impact),
        Endpoint::get("/mapping-rules/{id}", view, "Shows a mapping rule")
            .answers(200, schema::RULE)
            .with(get),
        Endpoint::patch("/mapping-rules/{id}", manage, "Changes a mapping rule")
            .about("A JSON merge patch: what is left out stays. Counts from each person's next sign-in on.")
            .query(&PROVISIONAL)
            .query(&DRY_RUN)
            .body(mappings::PATCH)
            .answers(200, schema::RULE)
            .with(update),
        Endpoint::delete("/mapping-rules/{id}", manage, "Removes a mapping rule")
            .about("Provisionally, a rule that makes global owners is turned off, and removed when that is confirmed.")
            .query(&PROVISIONAL)
            .query(&DRY_RUN)
            .if_match()
            .with(remove),
    ]
}

fn id(text: &str) -> Result<RuleId, ApiError> {
    Ok(found(RuleId::parse(text).ok())?)
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let filter = RuleFilter {
        integration: params.text("integration"),
        group: params.text("group"),
        role: params.text("role"),
        level: params.read("level", FieldCode::UnknownChoice, Level::parse),
        target: params.text("target"),
        finding: params.read("finding", FieldCode::UnknownChoice, FindingKind::parse),
        within: None,
    };
    let query = params.page();
    params.finish()?;
    Ok(Json(mappings::list(&core, &caller, &filter, &query).await?))
}

async fn create(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    mut params: Params,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    if dry_run(&mut params) {
        params.finish()?;
        return Ok(Json(impact::of_creation(&core, &caller, &body).await?).into_response());
    }
    params.finish()?;
    let made = mappings::create_from_json(&core, &caller, body).await?;
    let path = format!("/api/v1/mapping-rules/{}", made.id);
    Ok(created(&path, Tagged(StatusCode::CREATED, made.revision, made)))
}

async fn run_impact(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(impact::of_body(&core, &caller, &body).await?))
}

async fn run_simulation(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(simulate::simulate(&core, &caller, &body).await?))
}

async fn get(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let rule = mappings::get(&core, &caller, &id(&text)?).await?;
    Ok(Tagged(StatusCode::OK, rule.revision, rule))
}

async fn update(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
    IfMatch(expected): IfMatch,
    mut params: Params,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let (mode, is_dry) = (mode(&mut params), dry_run(&mut params));
    params.finish()?;
    if is_dry {
        let found = impact::of_change(&core, &caller, &id(&text)?, &expected, body).await?;
        return Ok(Json(found).into_response());
    }
    let rule = mappings::update_from_json(&core, &caller, &id(&text)?, &expected, body, mode).await?;
    Ok(Tagged(StatusCode::OK, rule.revision, rule).into_response())
}

async fn remove(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(text): Path<String>,
    IfMatch(expected): IfMatch,
    mut params: Params,
) -> Result<Response, ApiError> {
    let (mode, is_dry) = (mode(&mut params), dry_run(&mut params));
    params.finish()?;
    if is_dry {
        let found = impact::of_removal(&core, &caller, &id(&text)?, &expected).await?;
        return Ok(Json(found).into_response());
    }
    mappings::remove(&core, &caller, &id(&text)?, &expected, mode).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
