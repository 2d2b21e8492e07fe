//! `vacuum`: what the space of dead entries amounts to, and freeing it.

use super::change::{certain, changed, made};
use super::output::{complain, print_json, print_line};
use super::{CliError, VacuumArgs};
use crate::dataset::text::byte_count;
use crate::mmapdict::{VacuumPlan, VacuumWay, vacuum, vacuum_plan};
use crate::progress::Progress;
use crate::source::Opener;
use serde_json::{Value as Json, json};

pub(super) fn run(args: &VacuumArgs) -> Result<(), CliError> {
    let progress = Progress::new();
    let plan = changed(&args.file, vacuum_plan(&args.file, &progress))?;
    if args.dry_run {
        return show(args, &plan);
    }
    let way = match (&args.output, args.punch, args.in_place) {
        (Some(target), ..) => VacuumWay::To(target.clone()),
        (_, true, _) => VacuumWay::Punch,
        (_, _, true) => VacuumWay::InPlace,
        _ => VacuumWay::Copy,
    };
    if way == VacuumWay::InPlace {
        complain(
            "warning: in place, a crash leaves a broken file, and maps of other programs show other data from now on",
        );
    }
    let done = changed(&args.file, vacuum(&args.file, &way, args.force, &progress))?;
    if args.json {
        let document = json!({
            "file": args.output.as_ref().unwrap_or(&args.file).display().to_string(),
            "did": way_name(&way),
            "entries": done.entries,
            "freed": done.freed,
            "commit": done.commit,
            "doubt": done.doubt.as_ref().map(ToString::to_string),
        });
        made(print_json(&document))?;
        return certain(done.doubt.as_ref(), &args.file);
    }
    if done.entries == 0 && way != VacuumWay::Punch && args.output.is_none() {
        return Ok(print_line(
            "nothing to free: there are no deleted or replaced versions",
        )?);
    }
    let history = match (done.entries, &way) {
        (0, _) => "",
        (_, VacuumWay::To(_)) => "; their history is in the old file only",
        _ => "; their history is gone",
    };
    made(print_line(&format!(
        "{}: {} of {} freed (commit {}){history}",
        way_name(&way),
        byte_count(done.freed),
        dead_entries(done.entries),
        done.commit,
    )))?;
    certain(done.doubt.as_ref(), &args.file)
}

fn dead_entries(count: usize) -> String {
    match count {
        1 => "1 dead entry".to_owned(),
        _ => format!("{count} dead entries"),
    }
}

fn way_name(way: &VacuumWay) -> &'static str {
    match way {
        VacuumWay::Punch => "holes",
        VacuumWay::Copy => "compacted copy",
        VacuumWay::To(_) => "new file",
        VacuumWay::InPlace => "in place",
    }
}

fn show(args: &VacuumArgs, plan: &VacuumPlan) -> Result<(), CliError> {
    if args.json {
        let openers: Vec<Json> = plan
            .openers
            .iter()
            .map(|opener| json!({"pid": opener.pid, "name": opener.name, "writes": opener.writes}))
            .collect();
        return Ok(print_json(&json!({
            "file": args.file.display().to_string(),
            "size": plan.size,
            "entries": plan.dead,
            "copy_frees": plan.dead_bytes,
            "punch_frees": plan.holes,
            "openers": openers,
        }))?);
    }
    print_line(&format!(
        "{}; a compacted copy frees {} of {}, holes (--punch) free {}; the history of what is freed is lost",
        dead_entries(plan.dead),
        byte_count(plan.dead_bytes),
        byte_count(plan.size),
        byte_count(plan.holes),
    ))?;
    for Opener { pid, name, writes } in &plan.openers {
        let how = if *writes { "writing" } else { "reading" };
        print_line(&format!("open for {how} in {name} (process {pid})"))?;
    }
    Ok(())
}
