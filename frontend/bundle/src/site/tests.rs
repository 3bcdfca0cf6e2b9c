use std::time::{Duration, SystemTime};

use super::*;

fn asset(path: &str, bytes: &[u8]) -> Asset {
    Asset { path: path.to_owned(), bytes: bytes.to_vec() }
}

fn generated(text: &str) -> [Asset; 3] {
    ["js", "wasm", "css"].map(|extension| Asset::hashed(extension, text.repeat(300).into_bytes()))
}

fn write(site: &Site, files: &[Asset; 3]) -> Report {
    let [js, wasm, css] = files;
    site.write(files, manifest(js, wasm, css).expect("json"), Effort::Fast).expect("writes")
}

fn paths(site: &Site) -> Vec<String> {
    assets::from_folder(&site.folder).expect("readable").into_iter().map(|asset| asset.path).collect()
}

#[test]
fn the_manifest_names_files_that_exist_and_their_compressed_copies_lie_beside_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = Site::new(&folder.path().join("site")).expect("a folder");
    write(&site, &generated("one"));
    let text = fs::read_to_string(site.folder.join(MANIFEST)).expect("a manifest");
    let value: serde_json::Value = serde_json::from_str(&text).expect("json");
    for name in ["js", "wasm", "css"] {
        let file = value[name].as_str().expect("a name");
        for suffix in ["", ".br", ".gz"] {
            assert!(site.folder.join(format!("pkg/{file}{suffix}")).is_file(), "{file}{suffix}");
        }
    }
}

#[test]
fn files_of_an_earlier_build_disappear() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = Site::new(&folder.path().join("site")).expect("a folder");
    write(&site, &generated("one"));
    let first = paths(&site);
    write(&site, &generated("two"));
    let second = paths(&site);
    assert_eq!(first.len(), second.len());
    assert_eq!(first.iter().filter(|path| second.contains(path)).collect::<Vec<_>>(), [MANIFEST]);
}

#[test]
fn an_identical_file_is_not_written_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = Site::new(&folder.path().join("site")).expect("a folder");
    let files = generated("one");
    write(&site, &files);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for path in paths(&site) {
        fs::File::options()
            .append(true)
            .open(site.folder.join(path))
            .and_then(|file| file.set_modified(old))
            .expect("a time");
    }
    write(&site, &files);
    for path in paths(&site) {
        let found = fs::metadata(site.folder.join(&path)).and_then(|meta| meta.modified()).expect("a time");
        assert_eq!(found, old, "{path} was written again");
    }
}

#[test]
fn the_report_gives_the_size_on_the_wire() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = Site::new(&folder.path().join("site")).expect("a folder");
    let files = generated("one");
    let report = write(&site, &files);
    let [_, wasm, _] = &files;
    let on_disk = fs::metadata(site.folder.join(format!("{}.br", wasm.path))).expect("a copy").len();
    assert_eq!(report.brotli_bytes_of_wasm() as u64, on_disk);
    assert!(report.to_string().contains("after brotli"));
}

#[test]
fn a_file_that_shrinks_too_little_has_no_compressed_copy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = Site::new(&folder.path().join("site")).expect("a folder");
    site.write(&[asset("robots.txt", b"User-agent: *")], asset(MANIFEST, b"{}"), Effort::Fast)
        .expect("writes");
    assert_eq!(paths(&site), [MANIFEST, "robots.txt"]);
}
