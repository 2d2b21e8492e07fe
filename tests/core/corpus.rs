//! Files of every kind, sound, damaged and malicious, against what is known of each.

use crate::kit::data;
use cubescope::array::{Element, Scalar};
use cubescope::dataset::check::{Severity, check};
use cubescope::dataset::{Content, Dataset, Format, Item, ItemState};
use cubescope::progress::Progress;
use serde_json::{Value as Json, json};
use std::collections::{BTreeSet, HashMap};

fn manifest() -> Vec<Json> {
    let text = std::fs::read_to_string(data("corpus/manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn open(file: &Json) -> Option<Dataset> {
    let path = data("corpus").join(file["file"].as_str().unwrap());
    Dataset::open(&path, &Progress::new()).ok()
}

/// Whether something is expected to be wrong with a key, named or by its place.
fn is_suspect(file: &Json, want: &Json) -> bool {
    let codes = file["codes"].as_array().into_iter().flatten();
    codes.filter(|found| found["code"] != "ok").any(|found| {
        let is_here = |field: &str| !found[field].is_null() && found[field] == want[field];
        is_here("key") || is_here("offset")
    })
}

/// Numbers of shared objects by first appearance, so that only the structure counts.
fn renumbered(json: &Json, seen: &mut HashMap<String, usize>) -> Json {
    match json {
        Json::Object(fields) => {
            let field = |(name, value): (&String, &Json)| {
                let next = seen.len();
                let value = if name == "id" {
                    json!(*seen.entry(value.to_string()).or_insert(next))
                } else {
                    renumbered(value, seen)
                };
                (name.clone(), value)
            };
            fields.iter().map(field).collect()
        }
        Json::Array(items) => items.iter().map(|item| renumbered(item, seen)).collect(),
        other => other.clone(),
    }
}

fn assert_same(got: &Json, want: &Json, what: &str) {
    let normal = |json: &Json| renumbered(&sorted(json), &mut HashMap::new());
    assert_eq!(normal(got), normal(want), "{what}");
}

/// Fields in one order, so that objects are met in the same order.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| name.as_str());
            let fields = fields.into_iter();
            fields
                .map(|(name, value)| (name.clone(), sorted(value)))
                .collect()
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn check_array(dataset: &Dataset, item: &Item, want: &Json, what: &str) {
    let layout = item
        .stated_layout()
        .unwrap_or_else(|| panic!("{what}: {item:?}"));
    assert_eq!(layout.dtype.text(), want["dtype"], "{what}");
    assert_eq!(json!(layout.shape), want["shape"], "{what}");
    assert_eq!(json!(layout.data_offset), want["array_offset"], "{what}");
    assert_eq!(json!(layout.nbytes), want["nbytes"], "{what}");
    for sample in want["samples"].as_array().into_iter().flatten() {
        let index: Vec<usize> = serde_json::from_value(sample["index"].clone()).unwrap();
        let cell = dataset.cells(item).unwrap().cell(&index).unwrap();
        assert_eq!(json!(cell.masked), sample["masked"], "{what}");
        check_cell(&cell.value, &sample["value"], what);
    }
}

fn check_cell(value: &Scalar, want: &Json, what: &str) {
    let is_bits =
        |value: f64, want: &Json| json!(format!("{:016x}", value.to_bits())) == want["bits"];
    let is_int = |value: i128, want: &Json| want.as_str().unwrap().parse() == Ok(value);
    let same = match value {
        Scalar::Number(Element::Bool(flag)) => want["v"] == *flag,
        Scalar::Number(Element::Int(int)) => is_int((*int).into(), &want["v"]),
        Scalar::Number(Element::UInt(int)) => is_int((*int).into(), &want["v"]),
        Scalar::Number(number) => is_bits(number.to_f64(), want),
        Scalar::LongDouble(value) => is_bits(*value, want),
        Scalar::LongComplex { re, im } => is_bits(*re, &want["re"]) && is_bits(*im, &want["im"]),
        Scalar::Time(ticks, unit) => {
            is_int((*ticks).into(), &want["i"]) && json!(unit.text(*ticks)) == want["v"]
        }
        Scalar::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            want["hex"] == hex
        }
        Scalar::Text(codes) => {
            let text = codes.iter().map(|code| char::from_u32(*code).unwrap());
            want["v"] == text.collect::<String>()
        }
        _ => false,
    };
    assert!(same, "{what}: {value:?} is not {want}");
}

fn check_key(dataset: &Dataset, item: &Item, want: &Json, what: &str) {
    assert_eq!(
        json!(item.offset + item.length),
        want["end_offset"],
        "{what}"
    );
    match want["kind"].as_str().unwrap() {
        "array" => check_array(dataset, item, want, what),
        "masked" => {
            check_array(dataset, item, &want["data"], what);
            let mask = item.stated_layout().unwrap().mask.as_ref().unwrap();
            assert_eq!(
                json!(mask.data_offset),
                want["mask"]["array_offset"],
                "{what}"
            );
        }
        _ => {
            assert!(
                matches!(item.content, Content::Value { .. }),
                "{what}: {item:?}"
            );
            if let Some(typed) = want.get("typed") {
                let value = dataset.value(item, &Progress::new()).unwrap();
                assert_same(&value.typed(), typed, what);
            }
        }
    }
}

#[test]
fn containers_list_what_is_in_them() {
    let mut keys = 0;
    for file in manifest()
        .iter()
        .filter(|file| file["format"] == "mmapdict")
    {
        let name = file["file"].as_str().unwrap();
        let dataset = open(file).unwrap_or_else(|| panic!("{name} does not open"));
        assert_eq!(json!(dataset.commit()), file["commit"], "{name}");
        let live: Vec<u64> = dataset.items().map(|item| item.offset).collect();
        let want: Vec<&Json> = file["keys"].as_array().unwrap().iter().collect();
        let offsets: Vec<u64> = want
            .iter()
            .map(|key| key["offset"].as_u64().unwrap())
            .collect();
        assert_eq!(live, offsets, "{name}");
        let mut dead: Vec<Json> = dataset
            .dead_items()
            .map(|item| {
                let why = match item.state {
                    ItemState::Deleted => "deleted",
                    ItemState::Superseded => "superseded",
                    ItemState::Shadowed => "shadowed",
                    ItemState::Live => "live",
                };
                json!([item.offset, why])
            })
            .collect();
        dead.sort_by_key(|dead| dead[0].as_u64());
        assert_eq!(json!(dead), file["dead"], "{name}");
        for (item, want) in dataset.items().zip(want) {
            let Some(key) = want["key"].as_str() else {
                continue;
            };
            assert_eq!(item.key, key, "{name}");
            if !is_suspect(file, want) {
                check_key(&dataset, item, want, &format!("{name}[{key:?}]"));
                keys += 1;
            }
        }
    }
    assert!(keys > 200, "only {keys} keys were looked at");
}

#[test]
fn plain_pickles_are_read_whatever_is_at_their_top() {
    for file in manifest().iter().filter(|file| file["format"] == "pickle") {
        let name = file["file"].as_str().unwrap();
        let dataset = open(file).unwrap_or_else(|| panic!("{name} does not open"));
        assert_eq!(dataset.format(), Format::Pickle, "{name}");
        if let (Some(typed), None) = (file.get("typed"), file.get("codes")) {
            let root = dataset.root(&Progress::new()).unwrap().unwrap();
            assert_same(&root.typed(), typed, name);
        }
    }
}

#[test]
fn files_that_are_neither_do_not_open() {
    let is_neither = |file: &&Json| ["other", "empty"].contains(&file["format"].as_str().unwrap());
    for file in manifest().iter().filter(is_neither) {
        assert!(open(file).is_none(), "{}", file["file"]);
    }
}

#[test]
fn check_finds_what_is_wrong_and_nothing_else() {
    let before = payloads();
    for file in &manifest() {
        let name = file["file"].as_str().unwrap();
        let findings = check(&data("corpus").join(name), &Progress::new()).unwrap();
        let got: BTreeSet<String> = findings
            .iter()
            .map(|found| found.code.text().to_owned())
            .collect();
        let Some(codes) = file["codes"].as_array() else {
            let loud: Vec<_> = findings
                .iter()
                .filter(|found| found.severity > Severity::Note)
                .collect();
            assert!(loud.is_empty(), "{name}: {loud:?}");
            continue;
        };
        for want in codes {
            let code = want["code"].as_str().unwrap();
            assert!(got.contains(code), "{name}: no {code} among {findings:?}");
            let place = want["offset"].as_u64();
            let is_here = |offset: Option<u64>| place.is_none() || offset == place;
            // A call in a frame is told at its own place, not at that of the frame.
            assert!(
                code == "code-execution"
                    || code == "stack-imbalance"
                    || findings
                        .iter()
                        .any(|found| found.code.text() == code && is_here(found.offset)),
                "{name}: {code} is not at {place:?} in {findings:?}"
            );
            if let Some(key) = want["key"].as_str() {
                assert!(
                    findings
                        .iter()
                        .any(|found| found.code.text() == code && found.key.as_deref() == Some(key)),
                    "{name}: {code} is not told of {key:?} in {findings:?}"
                );
            }
        }
    }
    assert_eq!(payloads(), before, "something was run");
}

/// What the malicious files would leave behind.
fn payloads() -> Vec<std::ffi::OsString> {
    let files = std::fs::read_dir("/tmp").into_iter().flatten().flatten();
    let names = files.map(|file| file.file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with("PWNED"))
        .collect()
}
