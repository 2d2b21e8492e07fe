//! The file as a whole: what lies where, space to be freed, what `check` finds, which NumPy loads it, and new files made of it.

use crate::app::context::{Request, ViewerContext};
use crate::app::theme::tokens;
use crate::app::widgets::{FileMap, file_map, line};
use crate::dataset::Format;
use crate::dataset::check::{Code, Finding, Severity};
use crate::dataset::compat::Compat;
use crate::dataset::regions::{Part, Region};
use crate::dataset::text::byte_count;
use crate::mmapdict::{VacuumPlan, VacuumWay};
use crate::session::editing::NewFile;
use crate::session::history::HistoryTab;
use crate::session::opcodes::{OpcodeAction, OpcodeScope};
use crate::session::report::Report;
use crate::session::{Action, Document};
use eframe::egui;
use egui::RichText;
use std::path::{Path, PathBuf};

/// Findings that are listed; `check` lists all.
const MAX_FINDINGS: usize = 200;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    map(ui, cx, document);
    let feed = document.feeds().report();
    match (feed.error(), feed.shown()) {
        (Some(why), _) => {
            ui.colored_label(ui.visuals().error_fg_color, why);
            if ui.button("Try again").clicked() {
                cx.act(Action::Retry(document.id()));
            }
        }
        (None, Some(report)) => sections(ui, cx, document, report),
        (None, None) => {
            ui.weak("Checking the file…");
        }
    }
}

fn map(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let feed = document.feeds().regions();
    let Some(regions) = feed.shown() else {
        ui.weak(feed.error().unwrap_or("Reading…"));
        return;
    };
    let title = format!("{} in all", byte_count(regions.size()));
    ui.horizontal(|ui| {
        ui.strong("Map");
        ui.weak(title);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = ui.small_button("Opcodes of the file");
            if button
                .on_hover_text("List them, from the first byte to the last")
                .clicked()
            {
                let show = OpcodeAction::Show(OpcodeScope::File);
                cx.act(Action::Opcodes(show));
            }
        });
    });
    let selected = document.item().map(|item| item.offset);
    let events = file_map(ui, &FileMap { regions, selected });
    let region = |number: Option<usize>| regions.list().get(number?);
    if let Some(region) = region(events.show) {
        show_region(cx, document, region);
    }
    if let Some(region) = region(events.opcodes) {
        cx.act(Action::Opcodes(OpcodeAction::GoTo(region.range.start)));
    }
}

/// A live key is selected; an earlier version is shown in its list; anything else by its opcodes.
fn show_region(cx: &ViewerContext<'_>, document: &Document, region: &Region) {
    match (&region.key, region.part) {
        (Some(key), Part::Live) => cx.act(Action::SelectKey(key.to_string())),
        (Some(key), _) => {
            let is_alive = (document.dataset()).is_some_and(|dataset| dataset.item(key).is_some());
            let tab = if is_alive {
                cx.act(Action::SelectKey(key.to_string()));
                HistoryTab::Key
            } else {
                HistoryTab::Deleted
            };
            let version = (key.to_string(), region.range.start);
            cx.act(Action::SetHistoryTab(tab));
            cx.act(Action::ShowVersion(Some(version)));
        }
        (None, _) => cx.act(Action::Opcodes(OpcodeAction::GoTo(region.range.start))),
    }
}

fn sections(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, report: &Report) {
    let is_container = document
        .dataset()
        .is_some_and(|dataset| dataset.format() == Format::Mmapdict);
    if let Some(space) = &report.space {
        section(ui, "Space");
        match space {
            Ok(plan) => free_space(ui, cx, document, plan),
            Err(why) => {
                ui.label(why);
            }
        }
    }
    section(ui, "Check");
    match &report.findings {
        Ok(found) => {
            findings(ui, cx, found);
            clean_up(ui, cx, document, found);
        }
        Err(why) => {
            ui.label(why);
        }
    }
    section(ui, "NumPy");
    compat(ui, cx, document, &report.compat, is_container);
    section(ui, "New file");
    new_file(ui, cx, document, is_container);
}

fn section(ui: &mut egui::Ui, title: &str) {
    ui.add_space(tokens(ui).gap);
    ui.strong(title);
}

fn free_space(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, plan: &VacuumPlan) {
    let entries = match plan.dead {
        0 => {
            ui.weak("Nothing to free");
            return;
        }
        1 => "1 earlier version takes".to_owned(),
        count => format!("{count} earlier versions take"),
    };
    let (dead, size) = (byte_count(plan.dead_bytes), byte_count(plan.size));
    ui.label(format!("{entries} {dead} of {size}."));
    for opener in &plan.openers {
        let how = if opener.writes { "writing" } else { "reading" };
        let text = format!("Open for {how} in {} (process {})", opener.name, opener.pid);
        ui.colored_label(ui.visuals().warn_fg_color, text);
    }
    ui.weak("Whatever is freed cannot be restored or undone.");
    let is_on = document.editing().is_on();
    let ways = [
        (
            VacuumWay::Punch,
            format!("Punch holes ({})…", byte_count(plan.holes)),
            "Gives the data of earlier versions of arrays back to the disk. Nothing moves; safe while others read",
            plan.holes > 0,
        ),
        (
            VacuumWay::Copy,
            format!("Replace by compacted copy ({dead})…"),
            "A copy without earlier versions takes the file's name. Programs that have the file open keep the old one",
            true,
        ),
        (
            VacuumWay::InPlace,
            format!("Vacuum in place, risky ({dead})…"),
            "As mmappickle does it. A crash in the middle leaves a broken file, and other programs' maps show other data",
            true,
        ),
    ];
    for (way, text, tip, is_useful) in ways {
        let button = ui.add_enabled(is_on && is_useful, egui::Button::new(text));
        let off = if is_on { tip } else { "Turn on Edit first" };
        if button
            .on_hover_text(tip)
            .on_disabled_hover_text(off)
            .clicked()
        {
            cx.requests.push(Request::FreeSpace(way));
        }
    }
}

fn findings(ui: &mut egui::Ui, cx: &ViewerContext<'_>, found: &[Finding]) {
    if found.is_empty() {
        ui.weak("No problems found");
    }
    for finding in found.iter().take(MAX_FINDINGS) {
        let color = match finding.severity {
            Severity::Note => ui.visuals().weak_text_color(),
            Severity::Warning => ui.visuals().warn_fg_color,
            Severity::Error => ui.visuals().error_fg_color,
        };
        let mut text = finding.message.clone();
        if let Some(key) = &finding.key {
            text = format!("{key}: {text}");
        }
        if let Some(offset) = finding.offset {
            text = format!("{text} (byte {offset})");
        }
        let label = egui::Label::new(RichText::new(text).color(color)).wrap();
        let Some(offset) = finding.offset else {
            ui.add(label);
            continue;
        };
        let label = ui.add(label.sense(egui::Sense::click()));
        let label = label.on_hover_cursor(egui::CursorIcon::PointingHand);
        if label
            .on_hover_text("Click to see the opcodes there")
            .clicked()
        {
            cx.act(Action::Opcodes(OpcodeAction::GoTo(offset)));
        }
    }
    if found.len() > MAX_FINDINGS {
        ui.weak(format!("and {} more", found.len() - MAX_FINDINGS));
    }
}

/// What an interrupted change left keeps other programs from opening the file; turning on editing cleans it up as well.
fn clean_up(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, found: &[Finding]) {
    let is_left = |finding: &Finding| {
        matches!(
            finding.code,
            Code::TrailingGarbage | Code::FrameLengthMismatch
        )
    };
    if !found.iter().any(is_left) {
        return;
    }
    let is_on = document.editing().is_on();
    let button = ui.add_enabled(is_on, egui::Button::new("Clean up"));
    let tip = "Take back or complete what an interrupted change left, so that every program can open the file";
    if button
        .on_hover_text(tip)
        .on_disabled_hover_text("Turn on Edit to clean up")
        .clicked()
    {
        cx.act(Action::CleanUp);
    }
}

fn compat(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    compat: &Compat,
    is_container: bool,
) {
    let text = if !compat.torn.is_none() {
        "No NumPy loads this file with plain pickle: a switch was interrupted. Switch again."
    } else if !compat.legacy.is_none() {
        "Only NumPy before 2.3 loads the whole file with plain pickle."
    } else {
        "Every NumPy loads the arrays of this file with plain pickle."
    };
    ui.add(egui::Label::new(text).wrap());
    if !compat.modern.is_none() {
        ui.weak(
            "mmappickle unpickles these arrays, and does not map them; masked ones it cannot read.",
        );
    }
    if !is_container {
        return;
    }
    let ways = [
        (
            true,
            "Switch for new NumPy",
            !compat.legacy.is_none() || !compat.torn.is_none(),
            "Ten letters of each array are changed in place, so that NumPy 2.3 and later load it. mmappickle itself no longer maps them, and cannot read masked ones; the other switch undoes it",
        ),
        (
            false,
            "Switch back for mmappickle",
            !compat.modern.is_none() || !compat.torn.is_none(),
            "The letters that mmappickle writes, so that it maps the arrays. NumPy 2.3 and later do not load them",
        ),
    ];
    for (to_modern, text, is_useful, tip) in ways {
        if !is_useful {
            continue;
        }
        let is_on = document.editing().is_on();
        let button = ui.add_enabled(is_on, egui::Button::new(text));
        let off = "Turn on Edit first";
        if button
            .on_hover_text(tip)
            .on_disabled_hover_text(off)
            .clicked()
        {
            cx.act(Action::SwitchSpelling(to_modern));
        }
    }
}

fn new_file(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, is_container: bool) {
    let id = ui.make_persistent_id(("new file", document.id()));
    let mut text: String = ui
        .data(|data| data.get_temp(id))
        .unwrap_or_else(|| proposal(document.path()).display().to_string());
    let label = ui.weak("Path of the new file");
    let field = line(&mut text, id.with("field")).desired_width(f32::INFINITY);
    if ui.add(field).labelled_by(label.id).changed() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    let ways: &[(NewFile, &str, &str)] = if is_container {
        &[
            (NewFile::Compacted, "Compacted", "Without earlier versions"),
            (
                NewFile::Portable,
                "Portable",
                "With arrays that every NumPy loads and mmappickle maps",
            ),
            (
                NewFile::Repaired,
                "Repaired",
                "With all that can be saved of a damaged file; this one stays as it is",
            ),
        ]
    } else {
        &[(
            NewFile::Converted,
            "Convert to a container",
            "A container of mmappickle with the same keys, which can be edited",
        )]
    };
    ui.horizontal_wrapped(|ui| {
        for (what, text_of, tip) in ways {
            let button = ui.add_enabled(!text.trim().is_empty(), egui::Button::new(*text_of));
            if button.on_hover_text(*tip).clicked() {
                let path = PathBuf::from(text.trim());
                cx.act(Action::WriteNewFile(*what, path));
            }
        }
    });
}

/// Beside the file, with another name.
fn proposal(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-new.mmdpickle"))
}
