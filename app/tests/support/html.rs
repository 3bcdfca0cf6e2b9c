//! What every page's markup must keep.

use std::collections::BTreeSet;

use app::{functions::TABLE, routes};
use scraper::{ElementRef, Html, Selector};

pub fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

pub fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether an address is one of the pages (`{name}` stands for one step).
fn is_page(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap();
    routes::PAGES.iter().any(|(pattern, _)| {
        let (a, b): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || (a.starts_with('{') && !b.is_empty()))
    })
}

/// Everything that is wrong with a page, one line each.
pub fn problems(source: &str) -> Vec<String> {
    let page = Html::parse_document(source);
    let mut found = Vec::new();
    document(&page, source, &mut found);
    headings(&page, &mut found);
    let ids = identifiers(&page, &mut found);
    controls(&page, &ids, &mut found);
    links(&page, &mut found);
    forms(&page, source, &mut found);
    found
}

fn document(page: &Html, source: &str, found: &mut Vec<String>) {
    if page.root_element().value().attr("lang").is_none() {
        found.push("no lang".to_owned());
    }
    let titles = all(page, "head > title");
    if titles.len() != 1 || !titles.first().is_some_and(|title| text(*title).ends_with("Latchkey")) {
        found.push(format!("{} titles: {:?}", titles.len(), titles.first().map(|title| text(*title))));
    }
    for element in all(page, "*") {
        for (name, _) in element.value().attrs() {
            if name == "style" || name.starts_with("on") {
                found.push(format!("attribute {name} on {}", element.value().name()));
            }
        }
    }
    if !all(page, "style").is_empty() {
        found.push("an inline style sheet".to_owned());
    }
    for script in all(page, "script") {
        if script.value().attr("nonce").is_none_or(str::is_empty) {
            found.push("a script without nonce".to_owned());
        }
    }
    if all(page, "main").len() != 1 {
        found.push(format!("{} main", all(page, "main").len()));
    }
    if source.contains("__err=") || source.contains("__err%") {
        found.push("the error of the address is in the page".to_owned());
    }
}

fn headings(page: &Html, found: &mut Vec<String>) {
    let mut last = 0;
    for heading in all(page, "h1, h2, h3, h4, h5, h6") {
        let level: u32 = heading.value().name()[1..].parse().unwrap();
        if level > last + 1 {
            found.push(format!("h{level} \u{201c}{}\u{201d} after h{last}", text(heading)));
        }
        if text(heading).is_empty() {
            found.push(format!("empty h{level}"));
        }
        last = level;
    }
    let ones = all(page, "h1");
    if ones.len() != 1
        || ones[0].value().id() != Some("page-title")
        || ones[0].value().attr("tabindex") != Some("-1")
    {
        found.push(format!("{} h1", ones.len()));
    }
}

fn identifiers<'a>(page: &'a Html, found: &mut Vec<String>) -> BTreeSet<&'a str> {
    let mut ids = BTreeSet::new();
    for element in all(page, "[id]") {
        let id = element.value().id().unwrap();
        if !ids.insert(id) {
            found.push(format!("id {id} twice"));
        }
    }
    for name in ["aria-describedby", "aria-labelledby", "aria-controls", "for", "list"] {
        for element in all(page, &format!("[{name}]")) {
            for id in element.value().attr(name).unwrap().split_whitespace() {
                if !ids.contains(id) {
                    found.push(format!("{name}={id} leads nowhere"));
                }
            }
        }
    }
    ids
}

fn controls(page: &Html, ids: &BTreeSet<&str>, found: &mut Vec<String>) {
    for control in all(page, "input:not([type=hidden]), select, textarea") {
        let value = control.value();
        let id = value.id().unwrap_or_default();
        let labels = all(page, &format!("label[for=\"{id}\"]"));
        let is_labelled =
            value.attr("aria-label").is_some() || labels.iter().any(|label| !text(*label).is_empty());
        if !ids.contains(id) || !is_labelled {
            found.push(format!("{} {:?} has no label", value.name(), value.attr("name")));
        }
        if value.attr("name").is_none_or(str::is_empty) {
            found.push(format!("control {id} has no name"));
        }
        if value.attr("aria-invalid").is_some() && value.attr("aria-describedby").is_none() {
            found.push(format!("control {id} is wrong and does not say why"));
        }
    }
    for table in all(page, "table") {
        if table.select(&Selector::parse("caption").unwrap()).next().is_none() {
            found.push("a table without caption".to_owned());
        }
    }
    for head in all(page, "th") {
        if head.value().attr("scope").is_none() {
            found.push(format!("th \u{201c}{}\u{201d} without scope", text(head)));
        }
    }
}

fn links(page: &Html, found: &mut Vec<String>) {
    for element in all(page, "a, button, summary") {
        let value = element.value();
        let named = element.select(&Selector::parse("[aria-label]").unwrap()).next().is_some();
        let is_empty = text(element).is_empty() && value.attr("aria-label").is_none() && !named;
        if is_empty {
            found.push(format!("{} without a name: {}", value.name(), element.html()));
        }
        if value.name() != "a" {
            continue;
        }
        let href = value.attr("href").unwrap_or_default();
        let known = is_page(href)
            || href.starts_with('#')
            || href.starts_with(routes::RULE_EXPORT)
            || href.starts_with("/oauth2/authorization/")
            || (href.starts_with("/probe/") && href.ends_with("/sign-in"));
        if !known {
            found.push(format!("link to {href:?}"));
        }
    }
}

fn forms(page: &Html, source: &str, found: &mut Vec<String>) {
    let posts = [
        routes::POST_SIGN_IN,
        routes::POST_HOME_REALM,
        routes::POST_SIGN_OUT,
        routes::POST_THEME,
        routes::POST_IMPORT,
        routes::POST_IMPORT_MAKE,
        routes::POST_RULE_IMPORT,
    ];
    for form in all(page, "form") {
        let action = form.value().attr("action").unwrap_or_default();
        let known = match form.value().attr("method") {
            Some("post") => posts.contains(&action) || TABLE.iter().any(|(path, _)| *path == action),
            Some("get") => is_page(action),
            _ => false,
        };
        if !known {
            found.push(format!("form to {action:?}"));
        }
    }
    // The parser drops forms inside forms, so they are looked for in the text.
    for part in source.split("<form").skip(1) {
        if !part.contains("</form>") {
            found.push("a form inside a form".to_owned());
        }
    }
}

/// What a browser would post from the form with this action.
pub fn posted(source: &str, action: &str) -> Vec<(String, String)> {
    let page = Html::parse_document(source);
    let form =
        all(&page, "form").into_iter().find(|form| form.value().attr("action") == Some(action)).unwrap();
    let mut fields = Vec::new();
    for control in form.select(&Selector::parse("input, select, textarea").unwrap()) {
        let value = control.value();
        let name = value.attr("name").unwrap().to_owned();
        let is_off =
            matches!(value.attr("type"), Some("checkbox" | "radio")) && value.attr("checked").is_none();
        let content = match value.name() {
            "select" => {
                let options: Vec<_> = control.select(&Selector::parse("option").unwrap()).collect();
                let chosen = options.iter().find(|option| option.value().attr("selected").is_some());
                chosen.or(options.first()).and_then(|option| option.value().attr("value")).unwrap().to_owned()
            }
            "textarea" => control.text().collect(),
            _ => value.attr("value").unwrap_or_default().to_owned(),
        };
        // Browsers leave out what is disabled.
        if !is_off && value.attr("disabled").is_none() {
            fields.push((name, content));
        }
    }
    fields
}
