//! What is known of an integration beside its settings: trusted certificates, people with many groups.

use domain::api::{CertificateView, ManyGroups};
use leptos::prelude::*;

use crate::{
    pages::load::moment,
    ui::{Badge, Callout, Cell, Code, Header, Row, Table, Tone},
};

/// The certificates that are trusted for this provider, each named.
#[component]
pub(super) fn Certificates(certificates: Vec<CertificateView>) -> impl IntoView {
    let expired = certificates.iter().filter(|certificate| certificate.expired).count();
    let warning = (expired > 0).then(|| {
        view! {
            <Callout title="A trusted certificate is not valid now" kind=Tone::Warn level=3>
                <p>"Replace it under Advanced before the provider starts to use the new one."</p>
            </Callout>
        }
    });
    let headers =
        ["Certificate", "Issued by", "Valid until", "SHA-256 fingerprint"].map(Header::new).to_vec();
    let rows = certificates.into_iter().map(certificate_row).collect_view();
    view! {
        {warning}
        <Table caption="Trusted certificates" headers hide_caption=false>
            {rows}
        </Table>
    }
}

fn certificate_row(certificate: CertificateView) -> impl IntoView {
    let CertificateView { subject, issuer, not_after, expired, fingerprint } = certificate;
    let badge = expired.then(|| view! { <Badge tone=Tone::Warn>"Not valid now"</Badge> });
    view! {
        <Row>
            <Cell label="Certificate" heading=true>{subject}</Cell>
            <Cell label="Issued by">{issuer}</Cell>
            <Cell label="Valid until">{moment(not_after)} " " {badge}</Cell>
            <Cell label="SHA-256 fingerprint"><Code>{fingerprint}</Code></Cell>
        </Row>
    }
}

/// A warning before groups are left out.
#[component]
pub(super) fn ManyGroupsNotice(many: ManyGroups) -> impl IntoView {
    view! {
        <Callout title="People come with very many groups" kind=Tone::Warn level=3>
            <p>
                {format!("Somebody came with {} groups, last seen ", many.most)} {moment(many.seen_at)}
                ". Some providers leave all groups out when there are more. Let the provider send only the groups that \
                 are assigned to this application, or name its directory under Groups."
            </p>
        </Callout>
    }
}
