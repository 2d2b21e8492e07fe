//! Large cubes to measure on, made through the program's own writer and opened through its own reader.

use cubescope::array::{ArrayLayout, ArrayView};
use cubescope::dataset::Dataset;
use cubescope::exchange::put_empty;
use cubescope::mmapdict::{HEADER_LEN, Plan, TERMINATOR};
use cubescope::progress::Progress;
use cubescope::source::FileMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Rows and columns of every picture.
pub(crate) const ROWS: usize = 1500;
pub(crate) const COLUMNS: usize = 1250;

/// Order of the axes in the file.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Order {
    /// Bands of a pixel side by side.
    Yxl,
    /// One picture after the other.
    Lyx,
    /// One line of each band, then the next line.
    Ylx,
}

impl Order {
    pub(crate) const ALL: [Self; 3] = [Self::Yxl, Self::Lyx, Self::Ylx];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Yxl => "(y, x, l)",
            Self::Lyx => "(l, y, x)",
            Self::Ylx => "(y, l, x)",
        }
    }

    fn shape(self, bands: usize) -> [usize; 3] {
        match self {
            Self::Yxl => [ROWS, COLUMNS, bands],
            Self::Lyx => [bands, ROWS, COLUMNS],
            Self::Ylx => [ROWS, bands, COLUMNS],
        }
    }

    /// Which axes of the file are rows, columns and bands.
    pub(crate) fn axes(self) -> [usize; 3] {
        match self {
            Self::Yxl => [0, 1, 2],
            Self::Lyx => [1, 2, 0],
            Self::Ylx => [0, 2, 1],
        }
    }
}

/// What the cells are.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    U16,
    F32,
    BigF32,
    MaskedF32,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::U16, Self::F32, Self::BigF32, Self::MaskedF32];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::U16 => "uint16",
            Self::F32 => "float32",
            Self::BigF32 => ">f4",
            Self::MaskedF32 => "masked float32",
        }
    }

    fn dtype(self) -> &'static str {
        match self {
            Self::U16 => "uint16",
            Self::F32 | Self::MaskedF32 => "float32",
            Self::BigF32 => ">f4",
        }
    }

    /// 1.5 GB of integers; fewer bands of floats, whose pixels are still several cache lines apart.
    fn bands(self) -> usize {
        match self {
            Self::U16 => 400,
            Self::F32 | Self::BigF32 | Self::MaskedF32 => 100,
        }
    }
}

/// A cube in a file: as the program sees it, and as bytes for the bare loops.
pub(crate) struct Cube {
    pub(crate) kind: Kind,
    pub(crate) order: Order,
    pub(crate) bands: usize,
    /// (y, x, l), whatever the order in the file.
    pub(crate) view: ArrayView,
    pub(crate) layout: ArrayLayout,
    pub(crate) map: FileMap,
    name: String,
    path: PathBuf,
    _folder: Option<TempDir>,
}

impl Cube {
    /// In a folder on the disk, not in memory: the file is mapped as a user's file is.
    pub(crate) fn new(kind: Kind, order: Order) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("cube.mmdpickle");
        let shape = order.shape(kind.bands()).map(|len| len as u64);
        let mut file = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(".to_vec();
        assert_eq!(file.len() as u64, HEADER_LEN);
        file.extend(TERMINATOR);
        fs::write(&path, file).unwrap();
        let masked = kind == Kind::MaskedF32;
        let (dtype, progress) = (kind.dtype(), Progress::new());
        put_empty(&path, "cube", Plan::Any, dtype, &shape, masked, &progress).unwrap();
        let layout = Dataset::open(&path, &progress)
            .unwrap()
            .item("cube")
            .and_then(|item| item.layout().cloned())
            .unwrap();
        fill(&path, &layout, kind);
        let name = format!("{} {}", kind.name(), order.name());
        Self {
            name,
            _folder: Some(folder),
            ..Self::open(&path, kind, order)
        }
    }

    /// The `cube` of a file that is there.
    pub(crate) fn open(path: &Path, kind: Kind, order: Order) -> Self {
        let dataset = Dataset::open(path, &Progress::new()).unwrap();
        let item = dataset.item("cube").unwrap();
        let view = dataset.array(item).unwrap();
        let view = view.permuted(&order.axes()).unwrap();
        let map = FileMap::new(&File::open(path).unwrap()).unwrap();
        Self {
            kind,
            order,
            bands: view.shape()[2],
            view,
            layout: item.layout().unwrap().clone(),
            map,
            name: "given file".to_owned(),
            path: path.to_owned(),
            _folder: None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// One band, (y, x).
    pub(crate) fn band(&self, band: usize) -> ArrayView {
        self.view.index_axis(2, band).unwrap()
    }

    pub(crate) fn data(&self) -> &[u8] {
        let start = self.layout.data_offset as usize;
        &self.map.as_slice()[start..start + self.layout.nbytes as usize]
    }

    pub(crate) fn mask(&self) -> Option<&[u8]> {
        let mask = self.layout.mask.as_ref()?;
        let start = mask.data_offset as usize;
        Some(&self.map.as_slice()[start..start + mask.nbytes as usize])
    }
}

/// Smooth along the file, with noise, so that values repeat neither within a pixel nor between neighbours.
fn fill(path: &Path, layout: &ArrayLayout, kind: Kind) {
    let wave: Vec<u16> = (0..4096)
        .map(|at| 3000 + (1500.0 * (f64::from(at) / 652.0).sin()) as u16)
        .collect();
    let mut state = 1_u64;
    let mut value = |cell: usize| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        wave[(cell / 100) % 4096] + (state >> 55) as u16
    };
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let cells = layout.cells().unwrap() as usize;
    file.seek(SeekFrom::Start(layout.data_offset)).unwrap();
    for start in (0..cells).step_by(1 << 20) {
        let range = start..cells.min(start + (1 << 20));
        let bytes: Vec<u8> = match kind {
            Kind::U16 => range.flat_map(|cell| value(cell).to_le_bytes()).collect(),
            Kind::BigF32 => range
                .flat_map(|cell| (f32::from(value(cell)) / 7.0).to_be_bytes())
                .collect(),
            Kind::F32 | Kind::MaskedF32 => range
                .flat_map(|cell| (f32::from(value(cell)) / 7.0).to_le_bytes())
                .collect(),
        };
        file.write_all(&bytes).unwrap();
    }
    if let Some(mask) = &layout.mask {
        // Every seventh run of 16 pixels or so.
        let bytes: Vec<u8> = (0..cells)
            .map(|cell| u8::from(value(cell) % 7 == 0))
            .collect();
        file.seek(SeekFrom::Start(mask.data_offset)).unwrap();
        file.write_all(&bytes).unwrap();
    }
}
