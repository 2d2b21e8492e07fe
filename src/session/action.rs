//! What a user did, as a value. Panels make actions, the session carries them out; a test can do the same without a panel.

use super::CopiedKeys;
use super::camera::Camera;
use super::document::{DocumentId, Show};
use super::editing::{Answer, CellsEdit, Change, Leave, NewFile};
use super::history::HistoryTab;
use super::jobs::JobId;
use super::key_list::{KeyOrder, Mark};
use super::level::Visible;
use super::mask_tools::MaskTools;
use super::notice::{NoticeId, NoticeLevel};
use super::opcodes::OpcodeAction;
use super::settings::Theme;
use super::statistics::StatisticsAction;
use super::table::At;
use super::value_faces::ValueFace;
use super::view::{AxisRole, Mode};
use crate::analysis::Values;
use crate::array::Outline;
use crate::mmapdict::VacuumWay;
use crate::pickle::draft::DraftEdit;
use crate::render::{Colormap, MaskedCells, Scale, Shrink, Stretch};
use std::path::PathBuf;

/// See the module. Actions without a document are about the active one, and its selected key.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Open a file, or go to it if it is open.
    Open(PathBuf),
    /// Open a file and show something in it.
    OpenAt(PathBuf, Show),
    /// Close a file.
    Close(DocumentId),
    /// Go to an open file.
    Activate(DocumentId),
    /// Try again what could not be opened or read.
    Retry(DocumentId),

    /// Select a key.
    SelectKey(String),
    /// Select the key so many rows further down.
    MoveSelection(isize),
    /// Choose a key together with others.
    MarkKey(String, Mark),
    /// Choose all keys that are shown.
    MarkAllKeys,
    /// Show only keys that contain a text.
    SetFilter(String),
    /// Order the keys.
    SetOrder(KeyOrder),
    /// Fold or unfold the family of this head.
    ToggleFamily(String),

    /// Show one band or three.
    SetMode(Mode),
    /// Show a band.
    SetBand(usize),
    /// Show the band so many further on; all three, if three are shown.
    StepBand(isize),
    /// Show a band as red (0), green (1) or blue (2).
    SetRgbBand(usize, usize),
    /// Set the first (0) or the last (1) band of a mean.
    SetMeanBand(usize, usize),
    /// Give an axis a role.
    SetAxis(AxisRole, usize),
    /// Set the index of an axis without a role: axis, index.
    SetIndex(usize, usize),
    /// How limits are found; of three bands those of each.
    SetStretch(Stretch),
    /// How the limits of red (0), green (1) or blue (2) are found.
    SetChannelStretch(usize, Stretch),
    /// The curve between the limits.
    SetScale(Scale),
    /// Colours of a single band.
    SetColormap(Colormap),
    /// How masked cells are shown.
    ShowMasked(MaskedCells),
    /// Zoom and position.
    SetCamera(Camera),
    /// What is on the screen now, for the level of detail.
    SetVisible(Visible),

    /// The pointer is over another pixel: column, row.
    Hover([usize; 2]),
    /// Pin a pixel, or take its pin away: column, row.
    TogglePin([usize; 2]),
    /// Take all pins away.
    ClearPins,

    /// Show the cells as a table instead of a picture or curve, or no longer.
    ShowTable(bool),
    /// Cells of the table have the colours of the picture, or not.
    ColourCells(bool),
    /// The cell at the top left of the table.
    ScrollTable(At),
    /// So many rows and columns of the table fit on the screen.
    SetTableWindow([usize; 2]),
    /// Select the range of the table between two cells; the second one is the one to go on from.
    SelectCells(At, At),
    /// Copy the selected cells as text.
    CopyCells,
    /// Write text, cells with tabs and lines between them, from the selected cell on.
    PasteCells(String),
    /// Write cells.
    WriteCells(CellsEdit),

    /// Set the tools for masks.
    SetMaskTools(MaskTools),
    /// Mask (or unmask, as the tools are set) the pixels that were drawn.
    PaintMask(Outline),
    /// The same for the pixels with such values in the shown band.
    MaskValues(Values),
    /// The same for the pixels around one that are like it: column, row.
    MaskSimilar([usize; 2]),
    /// Mask what is not masked in the picture, and the other way round.
    InvertMask,
    /// Give the selected array a mask, or take it away.
    SetMask(bool),

    /// Let the file be changed, or no longer.
    SetEditing(bool),
    /// Change the file.
    Change(Change),
    /// Take the last change back.
    Undo,
    /// Make what was taken back last again.
    Redo,
    /// What to do about a step or change that cannot be made as it is.
    Answer(Answer),
    /// Clean up what an interrupted change left in the file.
    CleanUp,
    /// Take all changes since the opening back.
    BackToOpened,
    /// Edit the draft of the selected value.
    EditValue(Vec<DraftEdit>),
    /// Whether a field shows something that is not in the draft.
    SetUnfinished(bool),
    /// Write the draft.
    ApplyValue,
    /// Write the draft in place of what somebody else wrote meanwhile.
    ApplyOverTheirs,
    /// Give the draft up.
    DiscardValue,
    /// What to do with the draft before going elsewhere.
    Leave(Leave),
    /// Show or hide the panel of versions.
    SetHistory(bool),
    /// What the panel of versions lists.
    SetHistoryTab(HistoryTab),
    /// Look at a version: key and position. `None` at none.
    ShowVersion(Option<(String, u64)>),
    /// Free the space of dead versions.
    FreeSpace(VacuumWay),
    /// Switch the arrays to the spelling that every NumPy loads, or back.
    SwitchSpelling(bool),
    /// Write a new file made of this one, and open it.
    WriteNewFile(NewFile, PathBuf),
    /// Delete the chosen keys.
    DeleteKeys,
    /// Remember the chosen keys for pasting.
    CopyKeys,
    /// Copy the remembered keys into the file.
    PasteKeys,
    /// Copy keys into another open file.
    CopyKeysTo(CopiedKeys, DocumentId),

    /// Statistics and mean spectra.
    Statistics(StatisticsAction),
    /// List the opcodes of the file.
    Opcodes(OpcodeAction),
    /// Look, or no longer, at what could be saved of a file that could not be opened.
    Rescue(bool),
    /// Show the value as a tree, a timeline or a table.
    SetValueFace(ValueFace),

    /// Choose a theme.
    SetTheme(Theme),
    /// Choose what stands for cells that share a pixel of the screen.
    SetZoomedOut(Shrink),
    /// Forget the recent files.
    ClearRecent,
    /// Tell the user something.
    Tell(NoticeLevel, String),
    /// Take a notice away.
    Dismiss(NoticeId),
    /// Stop a job.
    CancelJob(JobId),
}
