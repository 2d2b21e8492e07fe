//! What to do where there is no window: the command that makes the same picture.

use super::WindowArgs;
use crate::dataset::{Bands, Dataset};
use crate::progress::Progress;
use std::path::{Path, PathBuf};

/// The sample cube that comes with the program, wherever it was put: beside the binary, or in its source tree.
#[must_use]
pub fn sample_file() -> Option<PathBuf> {
    let binary = std::env::current_exe().ok();
    let folder = binary.as_deref().and_then(Path::parent);
    let installed = folder
        .into_iter()
        .flat_map(|folder| [folder.join("assets"), folder.join("../share/cubescope")]);
    let source_tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let mut candidates = installed
        .chain([source_tree])
        .map(|folder| folder.join("sample.mmdpickle"));
    candidates.find(|file| file.is_file())
}

/// `the same picture without a window: cubescope render …`
#[must_use]
pub fn headless_hint(args: &WindowArgs) -> String {
    let file = args.files.last().cloned().or_else(sample_file);
    match file.and_then(|file| command(&file, args)) {
        Some(command) => format!("the same picture without a window: {command}"),
        None => "see `cubescope --help` for what works without a window".to_owned(),
    }
}

fn command(file: &Path, args: &WindowArgs) -> Option<String> {
    let dataset = Dataset::open(file, &Progress::new()).ok()?;
    let item = match &args.key {
        Some(key) => dataset.item(key)?,
        None => dataset.first_item()?,
    };
    let quoted = format!(
        "{} {}",
        quote(&file.display().to_string()),
        quote(&item.key)
    );
    let Some((_, first)) = dataset.first_picture(item) else {
        return Some(format!("cubescope get {quoted}"));
    };
    let bands = match (
        args.bands.band,
        args.bands.wavelength,
        args.bands.rgb,
        first,
    ) {
        (Some(band), _, _, _) | (None, None, None, Bands::Single(band)) => {
            format!(" --band {band}")
        }
        (_, Some(wavelength), _, _) => format!(" --wavelength {wavelength}"),
        (_, _, Some([r, g, b]), _) | (None, None, None, Bands::Composite([r, g, b])) => {
            format!(" --rgb {r},{g},{b}")
        }
        (None, None, None, Bands::None) => String::new(),
    };
    Some(format!("cubescope render {quoted}{bands} -o picture.png"))
}

/// As a shell reads it back.
fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=:@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::BandArgs;

    fn args(key: Option<&str>, bands: BandArgs) -> WindowArgs {
        WindowArgs {
            files: Vec::new(),
            key: key.map(str::to_owned),
            bands,
            screenshot: None,
            size: None,
        }
    }

    #[test]
    fn the_sample_is_found_and_its_picture_named() {
        let hint = headless_hint(&args(None, BandArgs::default()));
        assert!(
            hint.contains("render") && hint.contains("scan-00000 --rgb 25,15,6 -o"),
            "{hint}"
        );
        let hint = headless_hint(&args(
            Some("hdr"),
            BandArgs {
                wavelength: Some(700.5),
                ..BandArgs::default()
            },
        ));
        assert!(hint.contains("hdr --wavelength 700.5 -o"), "{hint}");
        let hint = headless_hint(&args(Some("description"), BandArgs::default()));
        assert!(hint.ends_with("sample.mmdpickle description"), "{hint}");
    }

    #[test]
    fn names_are_quoted_for_the_shell() {
        assert_eq!(quote("a/b-1.mmd"), "a/b-1.mmd");
        assert_eq!(quote("it's here"), r"'it'\''s here'");
    }
}
