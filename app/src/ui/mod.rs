//! The design system: small components that know nothing about the product.
//!
//! Everything renders on the server, works without scripts and hydrates to the same markup. Ids come from field
//! names ([`field_id`]), never from chance. Text is passed in; the few words in here ("Copy", "Show", "Required" …)
//! are the same for every page. `on:click=…`, `attr:id=…` and `class:…` may be put on any component with one root
//! element ([`Button`], [`LinkButton`], [`Badge`], [`Card`], [`Row`], [`Cell`] …).
//!
//! `String` properties take `&str` and `String`, and an empty one means "leave it out"; `Signal` properties take
//! plain values, signals and memos (`Signal::derive(move || …)` for a closure). `View slot` means
//! `name=|| view! { … }`. In square brackets: optional.
//!
//! # Actions
//! - [`Button`]: `children`, \[`kind`: [`ButtonKind`] (`Primary`, `Secondary` default, `Danger`, `Quiet`)\],
//!   \[`pending`: `Signal<bool>`\], \[`button_type`: `"submit"` default or `"button"`\], \[`name`, `value`\],
//!   \[`icon`: [`IconKind`]\], \[`small`: bool\], \[`class`\]
//! - [`LinkButton`]: `href`, `children`, \[`kind`\], \[`icon`\], \[`small`\]
//! - [`TextLink`]: `href`, `children`, \[`external`: bool (new tab, marked)\], \[`label`: accessible name\]
//! - [`ProviderButton`]: `href` or none (then it submits the form), `label`, \[`name`, `value`\], \[`note`: "Last used"\],
//!   \[`icon`: `Option<IconKind>`\]
//! - [`Menu`]: `label`, `children` ([`MenuLink`]s, [`MenuItem`]s), \[`align_end`: bool\], \[`icon`\], \[`up`: bool\]
//! - [`MenuLink`]: `href`, `children`; [`MenuItem`]: `children` (a form with a quiet button, a line of text)
//! - [`TabLinks`]: `label`, `tabs`: `Vec<`[`Tab`]`>` (`Tab::new(href, label, is_current)`)
//! - [`Pagination`]: \[`previous`: `Option<String>` href\], \[`next`\], \[`summary`: "1–25 of 80"\], \[`label`\]
//! - [`ThemeSwitch`]: `current` (`"light"`, `"dark"`, `"system"`), `back` (path); posts `theme`, `back` to `action`
//!   (default `/fn/theme`)
//!
//! # Forms
//! - [`PostForm`]: `action`, `children`, \[`class`\] — a plain POST; [`FilterBar`]: `action`, `children`, \[`label`\],
//!   \[`submit_label`\], \[`reset_href`\] — a plain GET
//! - [`UploadForm`]: `action`, `children` — a plain POST that carries files; [`FileField`]: `label`, `name`, \[`hint`\],
//!   \[`error`\], \[`accept`\]
//! - [`FormSection`]: `title`, `children`, \[`lead`\], \[`id`\] — heading and description beside the fields when wide
//! - [`FormActions`]: `children` — the row of buttons at the end of a form
//! - [`FieldRow`]: `children` — two or three short fields in a line when there is room
//! - [`HiddenField`]: `name`, `value`
//! - [`Field`]: `label`, `name`, \[`value`\], \[`live`: `RwSignal<String>` (two-way, instead of `value`)\], \[`hint`\],
//!   \[`error`: `Signal<Option<String>>`\], \[`input_type` default `"text"`\], \[`required`\], \[`optional_mark`: bool\],
//!   \[`autocomplete` default `"off"`\], \[`mono`\], \[`short`\], \[`placeholder`\], \[`readonly`\], \[`maxlength`: u32\],
//!   \[`suggestions`: `Vec<String>`\], \[`hide_label`\], \[`autofocus`\], \[`id`\]
//! - [`TextArea`]: as `Field`, plus \[`rows`: u32\]
//! - [`PasswordField`]: `label`, `name`, \[`hint`\], \[`error`\], \[`autocomplete` default `"current-password"`\],
//!   \[`required`\] — show button once hydrated
//! - [`SecretField`]: `label`, `name`, \[`set_on`: String, e.g. "3 May 2025"; empty: not set\], \[`mode_name`\]
//!   (radios with the values `keep`, `replace`, `clear`; without it "leave empty to keep"), \[`hint`\], \[`error`\],
//!   \[`required`\]
//! - [`Select`]: `label`, `name`, `options`: `Vec<(String, String)>` (value, label), \[`selected`\], \[`live`\], \[`hint`\],
//!   \[`error`\], \[`required`\], \[`short`\], \[`hide_label`\], \[`id`\]
//! - [`Checkbox`]: `label`, `name`, \[`value` default `"true"`\], \[`checked`\], \[`live`: `RwSignal<bool>`\], \[`hint`\],
//!   \[`error`\], \[`id`\]
//! - [`CheckboxGroup`]: `legend`, `name`, `options`: `Vec<`[`Choice`]`>`, \[`hint`\], \[`error`\]; every box has the same `name`
//! - [`RadioGroup`]: `legend`, `name`, `options`: `Vec<Choice>`, `selected`, \[`hint`\], \[`error`\], \[`live`\]
//! - [`Choice`]: `Choice::new(value, label).hint(text).checked(bool)`
//! - [`Switch`]: as `Checkbox`; the label says what "on" means
//! - [`ErrorSummary`]: `title`, `errors`: `Signal<Vec<(String, String)>>` (field id from [`field_id`], message; an empty
//!   id is shown without a link). Renders nothing while empty, takes focus when it appears.
//!
//! - [`Locked`]: put into the context of a form: names of controls that cannot be changed, and why
//!
//! # Content
//! - [`PageHeader`]: `title`, \[`lead`\], \[`actions`: View slot\], \[`above`: View slot (a way back)\] — the `h1#page-title`
//! - [`BackLink`]: `href`, `label` — for `above`
//! - [`Section`]: `title`, `children`, \[`lead`\], \[`actions`: View slot\], \[`id`\] — a titled part of a page (`h2`)
//! - [`Card`]: `children`, \[`title`\], \[`href`: title links there\], \[`level`: u8 heading level, default 2\],
//!   \[`badge`: View slot\], \[`actions`: View slot\], \[`lead`\]
//! - [`CardGrid`]: `children` — cards side by side
//! - [`Callout`]: `title`, `children`, \[`kind`: [`Tone`], default `Info`\], \[`level`: u8, default 2\]
//! - [`Badge`]: `children`, \[`tone`: [`Tone`] (`Ok`, `Warn`, `Bad`, `Info`, `Neutral` default)\]
//! - [`Icon`]: `kind`: [`IconKind`], \[`label`: makes it an image with a name; else hidden from assistive tech\]
//! - [`Table`]: `caption`, `headers`: `Vec<`[`Header`]`>`, `children` ([`Row`]s), \[`hide_caption`: bool, default true\]
//! - [`Header`]: `Header::new(label)`, `.numeric()`, `.hidden()` (label for assistive tech only), `.sorted(href, Sort)`
//! - [`Row`]: `children` ([`Cell`]s); [`Cell`]: `label` (the header's text, shown when rows become cards), `children`,
//!   \[`numeric`\], \[`heading`: `th scope=row`\], \[`actions`: right-aligned buttons\]
//! - [`DescriptionList`]: `children` of [`Description`] (`term`, `children`)
//! - [`Copyable`]: `value`, \[`label`: what is copied, for the button's name\]
//! - [`CodeBlock`]: `code`, \[`label`\]
//! - [`Code`]: `children` — inline code
//! - [`EmptyState`]: `title`, `children` (a sentence), \[`action`: View slot\], \[`icon`\], \[`level`\]
//! - [`Skeleton`]: \[`label` default "Loading"\], \[`lines`: usize\]
//! - [`Disclosure`]: `summary`, `children`, \[`open`: bool\]
//! - [`StepList`]: `children` of [`Step`] — `title`, `state`: [`StepState`] (`Waiting`, `Running`, `Passed`, `Warning`,
//!   `Failed`, `Skipped`), \[`children`: detail\]
//! - [`Dialog`]: `id`, `title`, `open`: `RwSignal<bool>`, `children`
//! - [`ConfirmPanel`]: `title`, `children` (the form), \[`lead`\], \[`consequences`: `Vec<String>`\], \[`level`: u8\] — plain
//!   content, the same inside a `Dialog` and on a page of its own
//! - [`ConfirmActions`]: `confirm_label`, `cancel_href`, \[`cancel_label`\], \[`pending`\], \[`kind`, default `Danger`\],
//!   \[`on_cancel`: `Callback<()>`, closes the dialog instead of following the link\], \[`name`, `value`\] — inside the form
//! - [`ToastRegion`]: `message`: `RwSignal<Option<String>>` — one per page shell
//! - [`Time`]: `datetime` (RFC 3339), `text` (absolute), \[`relative`: for the tooltip\]
//! - [`VisuallyHidden`]: `children` — heard, not seen
//!
//! # Frame
//! - [`SkipLink`]: \[`href` default `#main`\]
//! - [`Shell`]: `brand`, `home`, `nav`: View slot (`ViewFn`, rendered for wide and narrow), \[`foot`: `ViewFn`\],
//!   `children` (the page; wrapped in `main#main`)
//! - [`NavGroup`]: `label`, `children`; [`NavItem`]: `href`, `label`, `icon`, \[`current`: `Signal<bool>`\]
//! - [`AuthLayout`]: `title` (the `h1#page-title`), `brand`, `children`, \[`lead`\], \[`foot`: View slot\] — sign-in pages
//! - [`Divider`]: \[`label`: "or"\]
//!
//! # Class names for page markup
//! `.page`, `.stack` (`--tight`, `--loose`), `.cluster` (`--between`, `--end`), `.grid-cards`, `.split` (two panes),
//! `.muted`, `.small`, `.mono`, `.nowrap`, `.visually-hidden`, `.rule-sentence` (with `<strong>`, `<em>`, `<code>`),
//! `.rule-list`, `.rule-row` (`__main`, `__meta`, `__actions`), `.reasons` (`<ul>`: what is held, why beneath, with
//! `.reasons__why`), `.diff` (`<dl>`: `.diff__row`, `.diff__field`, `.diff__old`, `.diff__new`), `.stat` (`__value`,
//! `__label`), `.section`, `.toolbar`.

mod auth_layout;
mod badge;
mod button;
mod callout;
mod card;
mod checkbox;
mod choice;
mod code_block;
mod confirm;
mod copyable;
mod description_list;
mod dialog;
mod disclosure;
mod empty_state;
mod error_summary;
mod field;
mod file_field;
mod form;
mod hydrated;
mod icon;
mod link;
mod locked;
mod menu;
mod page_header;
mod pagination;
mod password_field;
mod secret_field;
mod section;
mod select;
mod shell;
mod skeleton;
mod skip_link;
mod step_list;
mod table;
mod tabs;
mod text_area;
mod theme_switch;
mod time;
mod toast;
mod visually_hidden;

pub use auth_layout::{AuthLayout, Divider};
pub use badge::{Badge, Tone};
pub use button::{Button, ButtonKind, LinkButton, ProviderButton};
pub use callout::Callout;
pub use card::{Card, CardGrid};
pub use checkbox::{Checkbox, Switch};
pub use choice::{CheckboxGroup, Choice, RadioGroup};
pub use code_block::{Code, CodeBlock};
pub use confirm::{ConfirmActions, ConfirmPanel};
pub use copyable::Copyable;
pub use description_list::{Description, DescriptionList};
pub use dialog::Dialog;
pub use disclosure::Disclosure;
pub use empty_state::EmptyState;
pub use error_summary::ErrorSummary;
pub use field::{Field, field_id};
pub use file_field::{FileField, UploadForm};
pub use form::{FieldRow, FilterBar, FormActions, FormSection, HiddenField, PostForm};
pub use hydrated::use_hydrated;
pub use icon::{Icon, IconKind};
pub use link::{BackLink, TextLink};
pub use locked::Locked;
pub use menu::{Menu, MenuItem, MenuLink};
pub use page_header::PageHeader;
pub use pagination::Pagination;
pub use password_field::PasswordField;
pub use secret_field::SecretField;
pub use section::Section;
pub use select::Select;
pub use shell::{NavGroup, NavItem, Shell};
pub use skeleton::Skeleton;
pub use skip_link::SkipLink;
pub use step_list::{Step, StepList, StepState};
pub use table::{Cell, Header, Row, Sort, Table};
pub use tabs::{Tab, TabLinks};
pub use text_area::TextArea;
pub use theme_switch::ThemeSwitch;
pub use time::Time;
pub use toast::ToastRegion;
pub use visually_hidden::VisuallyHidden;
