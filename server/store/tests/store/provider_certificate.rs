use domain::{api::CertificateView, time::Timestamp};

use crate::support::on_every_database;

fn shown(subject: &str, not_after: Timestamp) -> CertificateView {
    CertificateView {
        subject: subject.to_owned(),
        issuer: "CA".to_owned(),
        not_after,
        expired: false,
        fingerprint: "AA:".repeat(31) + "AA",
    }
}

#[test]
fn a_hosts_certificates_are_replaced_as_a_whole_and_go_with_the_integration() {
    on_every_database(async |t| {
        let (corp, other) = (t.integration("corp").await, t.integration("other").await);
        let (soon, late) = (t.now().plus_hours(1), t.now().plus_hours(2));
        let mut tx = t.db.begin().await.unwrap();
        let chain = [shown("leaf", late), shown("above", soon)];
        tx.provider_certificates().replace(&corp.id, "b:443", &chain, t.now()).await.unwrap();
        tx.provider_certificates().replace(&corp.id, "a:443", &chain[..1], t.now()).await.unwrap();
        tx.provider_certificates().replace(&other.id, "a:443", &chain[..1], t.now()).await.unwrap();
        let all = tx.provider_certificates().list(&corp.id).await.unwrap();
        let names: Vec<_> = all.iter().map(|one| format!("{} {}", one.host, one.subject)).collect();
        assert_eq!(names, ["a:443 leaf", "b:443 leaf", "b:443 above"]);
        assert_eq!((all[2].not_after, all[2].seen_at), (soon, t.now()));
        let mut ends = tx.provider_certificates().first_ends().await.unwrap();
        ends.sort_by_key(|(_, at)| at.ms());
        assert_eq!(ends, [(corp.id.clone(), soon), (other.id.clone(), late)]);
        tx.provider_certificates().replace(&corp.id, "b:443", &chain[..1], t.now()).await.unwrap();
        tx.provider_certificates().remove(&corp.id, "a:443").await.unwrap();
        assert_eq!(tx.provider_certificates().list(&corp.id).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
        assert_eq!(t.count("provider_certificate").await, 2);
        t.tamper("delete from integration where name = 'corp'").await;
        assert_eq!(t.count("provider_certificate").await, 1);
    });
}
