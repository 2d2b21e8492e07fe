//! What outlives the program: recent files, theme, how pictures are made smaller. A JSON file that other versions may know more about.
//!
//! Settings are read once, at the start, and written on change by a job, whole and by renaming, so that a crash leaves the
//! old ones. Keys this version does not know are kept. A bad value becomes its default and a warning; it never stops the program.

use super::private_file;
use crate::render::Shrink;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Recent files kept.
const MAX_RECENT: usize = 12;
/// A larger file holds no settings.
const MAX_BYTES: u64 = 16 << 20;
/// Bytes of picture planes kept in memory, unless the settings say otherwise.
const DEFAULT_CACHE_BYTES: usize = 64 << 20;

/// Light, dark, or as the desktop says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the desktop says.
    #[default]
    System,
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// All settings, and where they are kept.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `None` keeps them in memory only.
    file: Option<PathBuf>,
    /// The file could not be understood: it is not written over, so that it can be mended.
    is_unread: bool,
    /// The document as it was read, including what this version does not know.
    document: Map<String, Value>,
    recent: Vec<PathBuf>,
    theme: Theme,
    zoomed_out: Shrink,
    cache_bytes: Option<usize>,
}

impl Settings {
    /// Settings that touch no disk.
    #[must_use]
    pub fn for_test() -> Self {
        Self::default()
    }

    /// Where settings are kept for this user; `None` when the system names no place.
    #[must_use]
    pub fn default_file() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "cubescope")
            .map(|dirs| dirs.config_dir().join("settings.json"))
    }

    /// Reads settings; what is bad is replaced by defaults and described in the returned texts. No file is no problem.
    #[must_use]
    pub fn load(file: Option<PathBuf>) -> (Self, Vec<String>) {
        let mut warnings = Vec::new();
        let read = file
            .as_deref()
            .map(|path| read_document(path, &mut warnings));
        let is_unread = matches!(read, Some(None));
        let document = read.flatten().unwrap_or_default();
        let recent: Vec<PathBuf> = value_of(&document, "recent", &mut warnings).unwrap_or_default();
        let theme = value_of(&document, "theme", &mut warnings).unwrap_or_default();
        let zoomed_out = value_of(&document, "zoomed_out", &mut warnings).unwrap_or_default();
        let megabytes: Option<usize> = value_of(&document, "cache_megabytes", &mut warnings);
        let cache_bytes = megabytes.map(|number| number.clamp(8, 64 << 10) << 20);
        let mut settings = Self {
            file,
            is_unread,
            document,
            recent,
            theme,
            zoomed_out,
            cache_bytes,
        };
        settings.recent.truncate(MAX_RECENT);
        (settings, warnings)
    }

    /// Files opened before, the latest first.
    pub fn recent(&self) -> &[PathBuf] {
        &self.recent
    }

    /// The folder of the lists of changes; `None` keeps them in memory only.
    pub(super) fn journals(&self) -> Option<PathBuf> {
        Some(self.file.as_ref()?.parent()?.join("changes"))
    }

    /// The chosen theme.
    pub fn theme(&self) -> Theme {
        self.theme
    }

    /// What stands for the cells that share a pixel of the screen.
    pub fn zoomed_out(&self) -> Shrink {
        self.zoomed_out
    }

    /// Chooses it.
    pub fn set_zoomed_out(&mut self, shrink: Shrink) {
        self.zoomed_out = shrink;
    }

    /// How much memory the planes of pictures may take.
    pub fn cache_bytes(&self) -> usize {
        self.cache_bytes.unwrap_or(DEFAULT_CACHE_BYTES)
    }

    /// Chooses a theme.
    pub fn set_theme(&mut self, theme: Theme) {
        self.theme = theme;
    }

    /// Notes that a file was opened.
    pub fn add_recent(&mut self, path: &Path) {
        self.recent.retain(|known| known != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(MAX_RECENT);
    }

    /// Forgets all recent files.
    pub fn clear_recent(&mut self) {
        self.recent.clear();
    }

    /// What to write and where; `None` when nothing is to be written.
    pub(super) fn to_save(&self) -> Option<(PathBuf, String)> {
        let file = self.file.clone().filter(|_| !self.is_unread)?;
        let mut document = self.document.clone();
        // Paths that are no Unicode cannot be written as JSON; they are left out rather than changed.
        let recent = self
            .recent
            .iter()
            .filter_map(|path| path.to_str())
            .map(Value::from)
            .collect();
        document.insert("recent".to_owned(), Value::Array(recent));
        document.insert(
            "theme".to_owned(),
            serde_json::to_value(self.theme).unwrap_or_default(),
        );
        document.insert(
            "zoomed_out".to_owned(),
            serde_json::to_value(self.zoomed_out).unwrap_or_default(),
        );
        let text = serde_json::to_string_pretty(&document).ok()?;
        Some((file, text + "\n"))
    }
}

/// `None` where there is a file that cannot be understood.
fn read_document(path: &Path, warnings: &mut Vec<String>) -> Option<Map<String, Value>> {
    private_file::close(path, 0o600);
    let text = match private_file::read(path, MAX_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(Map::new()),
        Err(error) => {
            warnings.push(format!(
                "The settings cannot be read ({error}); using defaults, and not saving settings. {}",
                path.display()
            ));
            return None;
        }
    };
    match serde_json::from_str(&text) {
        Ok(document) => Some(document),
        Err(error) => {
            warnings.push(format!(
                "The settings are not a JSON object ({error}); using defaults, and not saving settings. {}",
                path.display()
            ));
            None
        }
    }
}

fn value_of<T: serde::de::DeserializeOwned>(
    document: &Map<String, Value>,
    name: &str,
    warnings: &mut Vec<String>,
) -> Option<T> {
    let value = document.get(name)?;
    match serde_json::from_value(value.clone()) {
        Ok(value) => Some(value),
        Err(error) => {
            warnings.push(format!(
                "The setting \"{name}\" is not valid ({error}); using the default."
            ));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::private_file::write as save;
    use super::*;

    #[test]
    fn unknown_keys_survive_and_bad_values_warn() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("deep/settings.json");
        save(
            &file,
            r#"{"later": {"a": 1}, "theme": "purple", "recent": ["/a", "/b"]}"#,
        )?;

        let (mut settings, warnings) = Settings::load(Some(file.clone()));
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!(settings.theme(), Theme::System);
        settings.set_theme(Theme::Dark);
        settings.add_recent(Path::new("/b"));
        let (path, text) = settings.to_save().ok_or("nothing to save")?;
        save(&path, &text)?;

        let (settings, warnings) = Settings::load(Some(file));
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(settings.theme(), Theme::Dark);
        assert_eq!(
            settings.recent(),
            [PathBuf::from("/b"), PathBuf::from("/a")]
        );
        assert!(text.contains("\"later\""));
        Ok(())
    }

    #[test]
    fn the_recent_list_is_bounded() {
        let mut settings = Settings::for_test();
        for number in 0..40 {
            settings.add_recent(Path::new(&format!("/file-{number}")));
        }
        assert_eq!(settings.recent().len(), MAX_RECENT);
        assert_eq!(settings.recent()[0], Path::new("/file-39"));
        assert!(settings.to_save().is_none());
    }

    #[test]
    fn broken_settings_do_not_stop_the_program() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("settings.json");
        std::fs::write(&file, "not json")?;
        let (settings, warnings) = Settings::load(Some(file.clone()));
        assert_eq!(warnings.len(), 1);
        assert!(settings.recent().is_empty());
        assert!(settings.to_save().is_none(), "it can still be mended");
        // A folder, a pipe or a device is none that is waited for.
        std::fs::remove_file(&file)?;
        std::fs::create_dir(&file)?;
        assert_eq!(Settings::load(Some(file)).1.len(), 1);
        Ok(())
    }
}
