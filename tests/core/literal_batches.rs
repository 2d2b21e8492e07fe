//! Texts that `tests/interop/literals.py` made up, written as the program writes values, for Python to load.
//!
//! With `CUBESCOPE_LITERALS=FOLDER` each `*.texts.json` there, a list of texts, becomes a container of those that are taken
//! (`.mmdpickle`), the same with all keys deleted (`.deleted.mmdpickle`), and a list of what was said of those that are not
//! (`.said.json`, null for one that was taken).

use cubescope::mmapdict::{Editor, Plan};
use cubescope::pickle::parse_literal;
use cubescope::progress::Progress;
use cubescope::source::MemoryStore;
use std::fs;
use std::path::Path;

const EMPTY: &[u8] =
    b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(\x95\x02\0\0\0\0\0\0\0d.";

#[test]
fn texts_of_a_folder_are_refused_or_written() {
    let Some(folder) = std::env::var_os("CUBESCOPE_LITERALS") else {
        return;
    };
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.to_str().unwrap();
        if let Some(batch) = name.strip_suffix(".texts.json") {
            write(&path, batch);
            count += 1;
        }
    }
    assert!(count > 0, "no texts in the folder");
}

fn write(path: &Path, batch: &str) {
    let texts: Vec<String> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let store = MemoryStore::new(EMPTY.to_vec());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    let mut said = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let value = match parse_literal(text) {
            Ok(value) => value,
            Err(err) => {
                said.push(Some(err.to_string()));
                continue;
            }
        };
        let done = editor.put_value(&format!("k{at}"), Plan::Absent, &value);
        said.push(done.err().map(|err| err.to_string()));
        // What is printed is taken again, and is the same.
        let printed = value.literal();
        let again = parse_literal(&printed).map(|value| value.literal());
        assert_eq!(again.as_deref(), Ok(printed.as_str()), "{text}");
    }
    fs::write(format!("{batch}.mmdpickle"), store.bytes()).unwrap();
    for (at, said) in said.iter().enumerate() {
        if said.is_none() {
            editor.delete(&format!("k{at}"), Plan::Any).unwrap();
        }
    }
    fs::write(format!("{batch}.deleted.mmdpickle"), store.bytes()).unwrap();
    fs::write(
        format!("{batch}.said.json"),
        serde_json::to_vec(&said).unwrap(),
    )
    .unwrap();
}
