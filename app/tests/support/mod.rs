//! A real router around the console with a fake engine behind it, and what its pages must keep.

pub mod fake;
pub mod html;
pub mod sample;

use std::sync::{Arc, LazyLock};

use app::{
    App, Assets,
    backend::{Backend, shell},
    functions::ctx::RequestFacts,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::IntoResponse,
    routing::any,
};
use domain::{
    access::{Caller, Via},
    id::{SessionId, UserId},
    role::RoleName,
};
use fake::{Fake, Mood};
use leptos::prelude::provide_context;
use tower::ServiceExt;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Owner,
    Viewer,
    Member,
    OneTime,
    Nobody,
}

impl Who {
    fn caller(self) -> Option<Caller> {
        let roles = match self {
            Self::Nobody => return None,
            Self::Member => Vec::new(),
            Self::Viewer => vec![RoleName::new(RoleName::GLOBAL_READ_ONLY)],
            Self::Owner | Self::OneTime => vec![RoleName::new(RoleName::GLOBAL_OWNER)],
        };
        Some(Caller {
            user_id: Some(UserId::new("U1")),
            username: "ada".to_owned(),
            via: Via::Session { id: SessionId::new("S1"), integration: None },
            global_roles: roles,
            grants: Vec::new(),
            must_change_password: self == Self::OneTime,
            address: None,
            reference: "ref-1".to_owned(),
        })
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub location: Option<String>,
    pub body: String,
}

/// The console with a fake engine.
pub struct Console {
    pub fake: Arc<Fake>,
    router: Router,
}

impl Console {
    pub fn new(mood: Mood) -> Self {
        // Says no from the second time on, because it is there already.
        let _ = any_spawner::Executor::init_tokio();
        LazyLock::force(&MOUNTED);
        let fake = Arc::new(Fake::new(mood));
        let backend = Backend {
            access: fake.clone(),
            audit: fake.clone(),
            care: fake.clone(),
            imports: fake.clone(),
            guard: fake.clone(),
            integrations: fake.clone(),
            mappings: fake.clone(),
            probe: fake.clone(),
            sign_in: fake.clone(),
            tenancy: fake.clone(),
        };
        let context = {
            let backend = backend.clone();
            move || provide_context(backend.clone())
        };
        let assets = Assets {
            js: "/pkg/latchkey.0123.js".to_owned(),
            wasm: "/pkg/latchkey.0123.wasm".to_owned(),
            css: "/pkg/main.0123.css".to_owned(),
        };
        let pages =
            leptos_axum::render_app_async_with_context(context.clone(), move || shell(assets.clone()));
        let functions = any(move |request: Request<Body>| {
            let context = context.clone();
            async move { leptos_axum::handle_server_fns_with_context(context, request).await.into_response() }
        });
        Self { fake, router: Router::new().route("/fn/{*path}", functions).fallback(pages) }
    }

    /// The page as a browser without scripts gets it.
    pub async fn get(&self, path: &str, who: Who, facts: RequestFacts) -> Answered {
        let request = Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
        self.send(request, who, facts).await
    }

    /// A form as a browser without scripts posts it from `page`.
    pub async fn post(&self, path: &str, page: &str, fields: &[(String, String)], who: Who) -> Answered {
        let encode = app::routes::encode;
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, format!("http://console.test{page}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        self.send(request, who, RequestFacts::default()).await
    }

    async fn send(&self, mut request: Request<Body>, who: Who, facts: RequestFacts) -> Answered {
        if let Some(caller) = who.caller() {
            request.extensions_mut().insert(caller);
        }
        request.extensions_mut().insert(facts);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location =
            response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answered { status, location, body: String::from_utf8(body.to_vec()).unwrap() }
    }
}

/// Listed before anything is rendered: while the framework lists, pages rendered beside it read nothing, for ever.
static MOUNTED: LazyLock<Vec<(String, bool)>> = LazyLock::new(|| {
    leptos_axum::generate_route_list(App)
        .into_iter()
        .map(|route| (route.path().to_owned(), matches!(route.mode(), leptos_router::SsrMode::Async)))
        .collect()
});

/// Every route the app has, as the server mounts it.
pub fn mounted() -> Vec<(String, bool)> {
    MOUNTED.clone()
}
