//! `repair`: what can be saved of a damaged file, and saving it.

use super::output::{json_out, print_line, print_table};
use super::{CliError, RepairArgs};
use crate::dataset::repair::{Assumption, Cut, Kept, RepairError, RepairPlan, Repaired, plan};
use crate::dataset::text::byte_count;
use crate::mmapdict::EditError;
use crate::progress::Progress;
use serde_json::json;
use std::io;
use std::path::Path;

pub(super) fn run(args: &RepairArgs) -> Result<(), CliError> {
    let progress = Progress::new();
    let assumed = args
        .assume
        .iter()
        .map(|text| assumption(text))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = plan(&args.file, &assumed, &progress).map_err(failed(&args.file))?;
    let output = args.output.as_deref().filter(|_| !args.dry_run);
    let written = match output {
        Some(output) => {
            let written = plan.write(output, &progress);
            Some(written.map_err(failed(&args.file))?)
        }
        None => None,
    };
    let said = say(args, output, &plan, written);
    match written {
        Some(_) => said.map_err(CliError::unsaid),
        None => said,
    }
}

fn say(
    args: &RepairArgs,
    output: Option<&Path>,
    plan: &RepairPlan,
    written: Option<Repaired>,
) -> Result<(), CliError> {
    if args.json {
        return Ok(print_document(args, output, plan, written)?);
    }
    print(plan)?;
    match (output, written) {
        (Some(output), Some(done)) => print_line(&format!(
            "wrote {} keys and {} earlier versions, {} (commit {}): {}",
            done.live,
            done.dead,
            byte_count(done.bytes),
            done.commit,
            output.display()
        ))?,
        _ => print_line("nothing was written; -o OUT writes what is kept to a new file")?,
    }
    Ok(())
}

fn failed(path: &Path) -> impl Fn(RepairError) -> CliError {
    let path = path.to_owned();
    move |why| match why {
        // It says which file it is about.
        RepairError::Edit(why @ EditError::TargetExists(_)) => CliError::Usage(why.to_string()),
        why => CliError::Repair {
            why: Box::new(why),
            path: path.clone(),
        },
    }
}

fn assumption(text: &str) -> Result<Assumption, CliError> {
    let parts = text
        .rsplit_once('=')
        .and_then(|(key, rest)| Some((key, rest.rsplit_once(':')?)));
    let parsed = parts.and_then(|(key, (dtype, shape))| {
        let sizes = shape.split(',').map(|size| size.trim().parse().ok());
        Some(Assumption {
            key: key.to_owned(),
            dtype: dtype.to_owned(),
            shape: sizes.collect::<Option<_>>()?,
        })
    });
    parsed.ok_or_else(|| {
        CliError::Usage(format!(
            "--assume {text}: write key, dtype and shape, e.g. cube=uint16:80,88,200"
        ))
    })
}

fn print(plan: &RepairPlan) -> Result<(), CliError> {
    if let Some(header) = &plan.header {
        print_line(&format!(
            "the header is damaged ({header}); the new file gets a new one"
        ))?;
    }
    let kept = plan.kept.iter().map(|kept| {
        vec![
            "keep".to_owned(),
            kept.key.clone(),
            kept.what.clone(),
            if kept.is_live { "" } else { "dead" }.to_owned(),
            format!("at byte {}", kept.offset),
            note(kept),
        ]
    });
    let cut = plan.cut.iter().map(|Cut { range, key, why }| {
        vec![
            "leave out".to_owned(),
            key.clone().unwrap_or_default(),
            byte_count(range.end - range.start),
            String::new(),
            format!("at byte {}", range.start),
            why.clone(),
        ]
    });
    Ok(print_table(kept.chain(cut))?)
}

fn note(kept: &Kept) -> String {
    let renamed = "its key is not UTF-8 and is written with escapes";
    match (&kept.note, kept.is_renamed) {
        (None, false) => String::new(),
        (None, true) => renamed.to_owned(),
        (Some(note), false) => note.clone(),
        (Some(note), true) => format!("{note}; {renamed}"),
    }
}

fn print_document(
    args: &RepairArgs,
    output: Option<&Path>,
    plan: &RepairPlan,
    written: Option<Repaired>,
) -> io::Result<()> {
    let mut out = json_out();
    out.raw("{\"file\":")?;
    out.value(&args.file.display().to_string())?;
    out.raw(",\"output\":")?;
    out.value(&output.map(|output| output.display().to_string()))?;
    out.raw(",\"header\":")?;
    out.value(&plan.header.as_ref().map(ToString::to_string))?;
    out.raw(",\"kept\":")?;
    out.list(plan.kept.iter().map(|kept| {
        json!({
            "key": kept.key,
            "offset": kept.offset,
            "state": if kept.is_live { "live" } else { "dead" },
            "what": kept.what,
            "renamed": kept.is_renamed,
            "note": kept.note,
        })
    }))?;
    out.raw(",\"cut\":")?;
    out.list(plan.cut.iter().map(|cut| {
        json!({
            "start": cut.range.start,
            "end": cut.range.end,
            "key": cut.key,
            "why": cut.why,
        })
    }))?;
    out.raw(",\"commit\":")?;
    out.value(&plan.commit)?;
    out.raw(",\"size\":")?;
    out.value(&written.map(|written| written.bytes))?;
    out.end("}")
}
