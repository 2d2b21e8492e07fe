//! `check`: what is wrong with a file.

use super::CliError;
use super::output::{json_out, print_lines};
use crate::dataset::check::{Finding, Severity, check};
use crate::progress::Progress;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Prints the findings; whether there is nothing but notes.
pub(super) fn run(path: &Path, as_json: bool) -> Result<bool, CliError> {
    let findings = check(path, &Progress::new())?;
    if as_json {
        let mut out = json_out();
        out.raw("{\"file\":")?;
        out.value(&path.display().to_string())?;
        out.raw(",\"findings\":")?;
        out.list(findings.iter().map(document))?;
        out.end("}")?;
    } else {
        print_lines(findings.iter().map(line).chain([summary(&findings)]))?;
    }
    Ok(is_clean(&findings))
}

fn is_clean(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity == Severity::Note)
}

fn document(finding: &Finding) -> Json {
    json!({
        "code": finding.code.text(),
        "severity": finding.severity.to_string(),
        "offset": finding.offset,
        "key": finding.key,
        "message": finding.message,
    })
}

/// `error trailing-garbage at byte 708, key "cube": …`
fn line(finding: &Finding) -> String {
    let at = finding
        .offset
        .map_or_else(String::new, |offset| format!(" at byte {offset}"));
    let key = finding
        .key
        .as_ref()
        .map_or_else(String::new, |key| format!(", key {key:?}"));
    format!(
        "{} {}{at}{key}: {}",
        finding.severity, finding.code, finding.message
    )
}

fn summary(findings: &[Finding]) -> String {
    let count = |severity| {
        let of_it = findings.iter().filter(|found| found.severity == severity);
        match (of_it.count(), severity) {
            (1, severity) => format!("1 {severity}"),
            (count, severity) => format!("{count} {severity}s"),
        }
    };
    if is_clean(findings) {
        return format!("The file is sound ({})", count(Severity::Note));
    }
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    format!("{errors}, {warnings}, {notes}")
}
