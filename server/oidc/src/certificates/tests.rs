#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const CA: &str = include_str!("../../tests/certificates/ca.pem");
const LEAF: &str = include_str!("../../tests/certificates/leaf.pem");
/// 1 January 2027.
const NOW: i64 = 1_798_761_600_000;

fn now() -> Timestamp {
    Timestamp::from_ms(NOW)
}

#[test]
fn every_certificate_is_named() {
    let views = read_certificates(&format!("# ours\n{CA}\n{LEAF}"), now()).unwrap();
    let names: Vec<_> = views.iter().map(|view| (view.subject.as_str(), view.issuer.as_str())).collect();
    assert_eq!(names, [("Test CA", "Test CA"), ("op.test", "Test CA")]);
    assert_eq!(
        views.first().unwrap().fingerprint,
        "AE:F0:6B:1C:0F:E4:2F:F0:2C:36:E4:6E:CF:7E:79:8B:2E:8C:49:95:67:27:88:C0:23:9D:72:E5:FE:AE:5C:CE"
    );
    assert!(views.iter().all(|view| !view.expired && view.not_after > now()));
    assert_eq!(earliest_not_after(CA), views.first().map(|view| view.not_after));
}

#[test]
fn what_has_ended_or_not_begun_is_marked_and_not_refused() {
    let at = |ms| read_certificates(CA, Timestamp::from_ms(ms)).unwrap().first().unwrap().expired;
    assert!(at(0) && !at(NOW) && at(NOW + 200 * 366 * 86_400_000));
}

#[test]
fn one_bad_certificate_refuses_all_and_is_counted() {
    let block = |der: &[u8]| {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(der))
    };
    let (cut, _) = CA.split_once("-----END").unwrap();
    for bad in [
        block(b"hello"),
        block(&[0x30, 0x03, 0x02, 0x01, 0x05]),
        cut.to_owned(),
        "-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----".to_owned(),
    ] {
        assert_eq!(read_certificates(&bad, now()), Err(CertificateProblem::Unreadable(1)), "{bad}");
        assert_eq!(read_certificates(&format!("{CA}\n{bad}"), now()), Err(CertificateProblem::Unreadable(2)));
    }
    assert_eq!(read_certificates("hello", now()), Err(CertificateProblem::None));
    assert_eq!(read_certificates(&CA.repeat(51), now()), Err(CertificateProblem::TooMany));
    assert_eq!(earliest_not_after("hello"), None);
}
