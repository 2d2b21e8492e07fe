//! One open file: its state, its list of keys, how each key is looked at, and what there is to show.

use super::action::Action;
use super::ahead::AheadSpec;
use super::cells::{CellBlock, CellsSpec};
use super::cut::Subject;
use super::editing::{Editing, ValueEdit};
use super::feed::Feed;
use super::history::{History, Version, VersionSpec};
use super::key_list::KeyList;
use super::level::Visible;
use super::mask_tools::MaskTools;
use super::opcodes::{IndexSpec, OpcodeBlock, OpcodeIndex, Opcodes, RowsSpec};
use super::picture::{Picture, PictureSpec};
use super::report::{Report, ReportSpec};
use super::rescue::Rescue;
use super::spectrum::{Probe, ProbeSpec, Series, WholeSpec};
use super::statistics::{MeanSpec, MeanSpectrum, Numbers, Statistics, StatsSpec};
use super::table::{At, TableAxes, other_indices};
use super::value_faces::{Comparison, ValueFaces};
use super::view::ViewState;
use crate::dataset::regions::Regions;
use crate::dataset::{AxisRoles, Content, Dataset, Item, Wavelengths};
use crate::pickle::Value;
use crate::pickle::text::printable;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One open file of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId(pub(super) u64);

/// One state of one file; counted over all files of a session, so that results can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub(super) u64);

/// A file at a revision.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Which.
    pub revision: Revision,
    /// What is in it.
    pub dataset: Arc<Dataset>,
}

/// How far the opening of a file is.
#[derive(Debug)]
pub enum DocumentState {
    /// A job is at it.
    Opening,
    /// It could not be opened.
    Failed(Failed),
    /// It is open.
    Open(Snapshot),
}

/// Why a file is not open, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Ready for a user.
    pub why: String,
    /// Whether there are bytes that may be those of a damaged file: to be listed, or to be saved.
    pub has_bytes: bool,
    /// What was read of it since.
    pub(super) revision: Revision,
}

/// Whether changes on disk are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// What is shown is what is on disk.
    Live,
    /// A new state is being read.
    Refreshing,
    /// There is no file any more; the last state is shown.
    Vanished,
}

/// What to show first after opening, if not the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Show {
    /// This key.
    pub key: Option<String>,
    /// This band.
    pub band: Option<usize>,
    /// The band nearest to this wavelength in nanometres.
    pub wavelength_nm: Option<f64>,
    /// These bands as red, green and blue.
    pub rgb: Option<[usize; 3]>,
}

/// Which kind of view shows an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Face {
    /// Two axes or more.
    Picture,
    /// One axis.
    Curve,
    /// A single cell.
    Scalar,
    /// Cells as they are: of arrays that are no plain numbers, and of any other where the user chose it.
    Table,
    /// Anything but an array.
    Value,
    /// Cannot be shown; the text says why.
    Message(String),
}

/// What jobs have brought for the selected key.
#[derive(Debug, Default)]
pub struct Feeds {
    pub(super) picture: Feed<PictureSpec, Picture>,
    pub(super) cursor: Feed<ProbeSpec, Vec<Probe>>,
    pub(super) pins: Feed<ProbeSpec, Vec<Probe>>,
    pub(super) series: Feed<WholeSpec, Series>,
    pub(super) value: Feed<WholeSpec, Arc<Value>>,
    pub(super) version: Feed<VersionSpec, Version>,
    pub(super) report: Feed<ReportSpec, Report>,
    pub(super) cells: Feed<CellsSpec, CellBlock>,
    pub(super) regions: Feed<ReportSpec, Regions>,
    pub(super) opcode_index: Feed<IndexSpec, Arc<OpcodeIndex>>,
    pub(super) opcode_rows: Feed<RowsSpec, OpcodeBlock>,
    pub(super) rescue: Feed<ReportSpec, Rescue>,
    pub(super) faces: Feed<WholeSpec, ValueFaces>,
    pub(super) comparison: Feed<WholeSpec, Comparison>,
    pub(super) statistics: Feed<StatsSpec, Numbers>,
    pub(super) mean: Feed<MeanSpec, MeanSpectrum>,
}

impl Feeds {
    /// The picture; a stand-in while [`Feed::is_waiting`].
    pub fn picture(&self) -> &Feed<PictureSpec, Picture> {
        &self.picture
    }

    /// The pixel under the pointer.
    pub fn cursor(&self) -> &Feed<ProbeSpec, Vec<Probe>> {
        &self.cursor
    }

    /// The pinned pixels.
    pub fn pins(&self) -> &Feed<ProbeSpec, Vec<Probe>> {
        &self.pins
    }

    /// An array of less than two dimensions.
    pub fn series(&self) -> &Feed<WholeSpec, Series> {
        &self.series
    }

    /// What there is to say about the file.
    pub fn report(&self) -> &Feed<ReportSpec, Report> {
        &self.report
    }

    /// What lies where in the file.
    pub fn regions(&self) -> &Feed<ReportSpec, Regions> {
        &self.regions
    }

    /// Where the rows of the opcode listing are, as far as the walk has come.
    pub fn opcode_index(&self) -> &Feed<IndexSpec, Arc<OpcodeIndex>> {
        &self.opcode_index
    }

    /// Rows of the opcode listing: those on the screen, and some around them.
    pub fn opcode_rows(&self) -> &Feed<RowsSpec, OpcodeBlock> {
        &self.opcode_rows
    }

    /// What the value can be shown as, besides a tree.
    pub fn faces(&self) -> &Feed<WholeSpec, ValueFaces> {
        &self.faces
    }

    /// The dict beside those of other scans.
    pub fn comparison(&self) -> &Feed<WholeSpec, Comparison> {
        &self.comparison
    }

    /// Statistics of many cells.
    pub fn statistics(&self) -> &Feed<StatsSpec, Numbers> {
        &self.statistics
    }

    /// The mean spectrum of a region.
    pub fn mean(&self) -> &Feed<MeanSpec, MeanSpectrum> {
        &self.mean
    }

    /// What could be saved of a file that cannot be opened.
    pub fn rescue(&self) -> &Feed<ReportSpec, Rescue> {
        &self.rescue
    }

    /// Cells of the table: those on the screen, and some around them.
    pub fn cells(&self) -> &Feed<CellsSpec, CellBlock> {
        &self.cells
    }

    /// An earlier version.
    pub fn version(&self) -> &Feed<VersionSpec, Version> {
        &self.version
    }

    /// A value that is no array.
    pub fn value(&self) -> &Feed<WholeSpec, Arc<Value>> {
        &self.value
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.picture.is_waiting()
            || self.cursor.is_waiting()
            || self.pins.is_waiting()
            || self.series.is_waiting()
            || self.value.is_waiting()
            || self.version.is_waiting()
            || self.report.is_waiting()
            || self.cells.is_waiting()
            || self.regions.is_waiting()
            || self.opcode_index.is_waiting()
            || self.opcode_rows.is_waiting()
            || self.rescue.is_waiting()
            || self.faces.is_waiting()
            || self.comparison.is_waiting()
            || self.statistics.is_waiting()
            || self.mean.is_waiting()
    }

    pub(super) fn forget_failures(&mut self) {
        self.picture.forget_failure();
        self.cursor.forget_failure();
        self.pins.forget_failure();
        self.series.forget_failure();
        self.value.forget_failure();
        self.version.forget_failure();
        self.report.forget_failure();
        self.cells.forget_failure();
        self.regions.forget_failure();
        self.opcode_index.forget_failure();
        self.opcode_rows.forget_failure();
        self.rescue.forget_failure();
        self.faces.forget_failure();
        self.comparison.forget_failure();
        self.statistics.forget_failure();
        self.mean.forget_failure();
    }
}

/// One open file.
#[derive(Debug)]
pub struct Document {
    id: DocumentId,
    path: PathBuf,
    /// What was told when the changed file could not be read; told once until it can be.
    pub(super) refused: Option<String>,
    pub(super) canonical: Option<PathBuf>,
    pub(super) state: DocumentState,
    pub(super) following: Following,
    pub(super) list: KeyList,
    pub(super) views: BTreeMap<Arc<str>, ViewState>,
    pub(super) feeds: Feeds,
    pub(super) visible: Option<Visible>,
    /// What was read ahead last, or is.
    pub(super) ahead: Option<AheadSpec>,
    /// Rows and columns of the table that fit on the screen.
    pub(super) table_window: Option<[usize; 2]>,
    pub(super) mask_tools: MaskTools,
    /// To be applied when the file is open.
    pub(super) show: Show,
    pub(super) editing: Editing,
    pub(super) history: History,
    pub(super) statistics: Statistics,
    /// The listing of opcodes, where it is shown in place of the view.
    pub(super) opcodes: Option<Opcodes>,
    /// What could be saved of a file that could not be opened is shown.
    pub(super) is_rescuing: bool,
    pub(super) value_edit: Option<ValueEdit>,
    /// What the user wanted to do when a draft would have been lost.
    pub(super) leaving: Option<Action>,
    /// The key to select when the changed file is open again.
    pub(super) select_next: Option<String>,
}

impl Document {
    pub(super) fn new(id: DocumentId, path: PathBuf, show: Show) -> Self {
        Self {
            id,
            path,
            refused: None,
            canonical: None,
            state: DocumentState::Opening,
            following: Following::Live,
            list: KeyList::default(),
            views: BTreeMap::new(),
            feeds: Feeds::default(),
            visible: None,
            ahead: None,
            table_window: None,
            mask_tools: MaskTools::default(),
            show,
            editing: Editing::default(),
            history: History::default(),
            statistics: Statistics::default(),
            opcodes: None,
            is_rescuing: false,
            value_edit: None,
            leaving: None,
            select_next: None,
        }
    }

    /// For actions.
    pub fn id(&self) -> DocumentId {
        self.id
    }

    /// As it was asked for, made absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name, for tabs and messages.
    pub fn name(&self) -> String {
        self.path.file_name().map_or_else(
            || self.path.display().to_string(),
            |name| printable(&name.to_string_lossy()).into_owned(),
        )
    }

    /// How far the opening is.
    pub fn state(&self) -> &DocumentState {
        &self.state
    }

    /// Whether changes on disk are seen.
    pub fn following(&self) -> Following {
        self.following
    }

    /// The keys.
    pub fn list(&self) -> &KeyList {
        &self.list
    }

    /// Whether the file may be changed, and what was.
    pub fn editing(&self) -> &Editing {
        &self.editing
    }

    /// Whether the user is to answer something before anything else is done.
    pub fn is_asking(&self) -> bool {
        self.leaving.is_some() || self.editing.question().is_some()
    }

    /// What the tools for masks are set to.
    pub fn mask_tools(&self) -> &MaskTools {
        &self.mask_tools
    }

    /// What of the picture is on the screen.
    pub fn visible(&self) -> Option<&Visible> {
        self.visible.as_ref()
    }

    /// What there is to show.
    pub fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// The open file.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match &self.state {
            DocumentState::Open(snapshot) => Some(snapshot),
            DocumentState::Opening | DocumentState::Failed(_) => None,
        }
    }

    /// The open file.
    pub fn dataset(&self) -> Option<&Dataset> {
        self.snapshot().map(|snapshot| &*snapshot.dataset)
    }

    /// The selected item; `None` too when its key is no longer in the file.
    pub fn item(&self) -> Option<&Item> {
        self.dataset()?.item(self.list.selected()?)
    }

    /// How the selected key is looked at.
    pub fn view(&self) -> Option<&ViewState> {
        self.views.get(self.list.selected()?)
    }

    pub(super) fn view_mut(&mut self) -> Option<&mut ViewState> {
        self.views.get_mut(self.list.selected()?)
    }

    /// Lengths of the selected array's axes.
    pub fn shape(&self) -> &[u64] {
        self.item()
            .and_then(Item::layout)
            .map_or(&[], |layout| &layout.shape)
    }

    /// Wavelengths along the spectrum axis of the selected array (or along its only axis).
    pub fn wavelengths(&self) -> Option<&Wavelengths> {
        let axis = match self.view()?.axes {
            Some(axes) => axes.band?,
            None => 0,
        };
        self.dataset()?.wavelengths_along(self.item()?, axis)
    }

    /// Why the wavelengths of the file are not used for the selected array, in one line.
    pub fn unused_wavelengths(&self) -> Option<String> {
        self.dataset()?.unused_wavelengths(self.item()?)
    }

    /// Whether pictures, curves and statistics of the selected array are of magnitudes, since its numbers are complex.
    pub fn shows_magnitude(&self) -> bool {
        let layout = self.item().and_then(Item::layout);
        let number = layout.and_then(|layout| layout.dtype.number());
        number.is_some_and(|(number, _)| number.is_complex())
    }

    /// The selected key, for what its values are drawn or counted in: `z (magnitude)` of complex numbers.
    pub fn value_name(&self) -> String {
        let key = self.list.selected().map_or("", |key| &**key);
        match self.shows_magnitude() {
            true => format!("{key} (magnitude)"),
            false => key.to_owned(),
        }
    }

    /// What an axis of the selected array is: `y`, `x`, `band`, or `axis 3`, whatever it is shown as.
    pub fn axis_name(&self, axis: usize) -> String {
        let spectral = self
            .dataset()
            .zip(self.item())
            .and_then(|(dataset, item)| dataset.spectral_axis(item))
            .map(|(axis, _)| axis);
        super::view::axis_name(AxisRoles::guess(self.shape(), spectral), axis)
    }

    /// Number of bands of the selected array.
    pub fn band_count(&self) -> usize {
        let axis = self
            .view()
            .and_then(|view| view.axes)
            .and_then(|axes| axes.band);
        axis.map_or(0, |axis| super::view::length(self.shape(), axis))
    }

    /// The kind of view for the selected item.
    pub fn face(&self) -> Option<Face> {
        self.item().map(|item| self.face_for(item))
    }

    /// The kind of view for the selected item, if the user wants no table.
    pub fn own_face(&self) -> Option<Face> {
        self.item().map(face_of)
    }

    pub(super) fn face_for(&self, item: &Item) -> Face {
        let is_table = self.view().is_some_and(|view| view.table.is_shown);
        match face_of(item) {
            Face::Picture | Face::Curve | Face::Scalar if is_table => Face::Table,
            face => face,
        }
    }

    /// Which axes are the rows and columns of the table of the selected array.
    pub fn table_axes(&self) -> Option<TableAxes> {
        Some(TableAxes::of(self.view()?, self.shape().len()))
    }

    /// Rows and columns of the table of the selected array.
    pub fn table_size(&self) -> [usize; 2] {
        let axes = self.table_axes();
        axes.map_or([0, 0], |axes| axes.size(self.shape()))
    }

    /// Rows and columns of it that fit on the screen; `None` before there was one.
    pub fn table_window(&self) -> Option<[usize; 2]> {
        self.table_window
    }

    /// Rows and columns of the table, to be read.
    pub(super) fn cells_spec(
        &self,
        subject: Subject,
        rows: Range<usize>,
        columns: Range<usize>,
    ) -> Option<CellsSpec> {
        let view = self.view()?;
        let dimensions = self.shape().len();
        Some(CellsSpec {
            subject,
            axes: TableAxes::of(view, dimensions),
            others: other_indices(view, dimensions),
            rows,
            columns,
        })
    }

    /// The full index of a cell of the table.
    pub fn index_of(&self, at: At) -> Vec<usize> {
        let dimensions = self.shape().len();
        let index = self.view().map(|view| {
            let others = other_indices(view, dimensions);
            TableAxes::of(view, dimensions).index_of(&others, at)
        });
        index.unwrap_or_default()
    }
}

/// The kind of view for an item.
#[must_use]
pub fn face_of(item: &Item) -> Face {
    let layout = match &item.content {
        Content::Array(layout) => layout,
        Content::Value { .. } => return Face::Value,
        Content::Unreadable { why, .. } => return Face::Message(why.clone()),
    };
    if layout.dtype.cell_type().is_none() {
        return Face::Message(format!(
            "Cells of type {} are not known",
            layout.dtype.text()
        ));
    }
    if layout.shape.contains(&0) {
        return Face::Message("Empty array".to_owned());
    }
    if layout.dtype.number().is_none() {
        return Face::Table;
    }
    match layout.shape.len() {
        0 => Face::Scalar,
        1 => Face::Curve,
        _ => Face::Picture,
    }
}
