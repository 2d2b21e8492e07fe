//! What files of other formats hold, under a key: by the file's ending. Nothing but `.npy` is larger than memory.

use super::{ImportError, NpyFile, put_npy};
use crate::mmapdict::{ArrayHead, Done, Payload, Piece, Plan, edit};
use crate::pickle::Value;
use crate::progress::Progress;
use std::path::Path;

/// An array in memory.
#[derive(Debug, Clone, PartialEq)]
struct Table {
    dtype: &'static str,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

/// Puts what a file holds under a key: the array of a `.npy` file (with a mask from another one), the numbers of a
/// `.csv`, `.tsv` or `.txt` file, the pixels of a `.png` picture as (y, x) or (y, x, channel), the value of a `.json` file.
///
/// # Errors
/// The file cannot be read as what its ending says; or see [`ImportError`].
pub fn import(
    path: &Path,
    key: &str,
    plan: Plan,
    file: &Path,
    mask: Option<&Path>,
    progress: &Progress,
) -> Result<Done, ImportError> {
    let wrong = |why: String| ImportError::File(why, file.to_owned());
    let ending = file.extension().map(|ending| ending.to_ascii_lowercase());
    let ending = ending.as_deref().and_then(std::ffi::OsStr::to_str);
    let table = match ending {
        Some("npy") => {
            let open = |file: &Path| {
                NpyFile::open(file).map_err(|error| ImportError::Npy(error, file.to_owned()))
            };
            let mask = mask.map(open).transpose()?;
            return put_npy(path, key, plan, &open(file)?, mask.as_ref(), progress);
        }
        Some("json") => {
            let value = json(file).map_err(wrong)?;
            let done = edit(path, progress, |editor| editor.put_value(key, plan, &value));
            return Ok(done?);
        }
        Some("csv" | "tsv" | "txt") => numbers(file).map_err(wrong)?,
        Some("png") => pixels(file).map_err(wrong)?,
        _ => {
            let why = "its ending is none of .npy, .csv, .tsv, .txt, .png, .json";
            return Err(wrong(why.to_owned()));
        }
    };
    let head = ArrayHead {
        dtype: table.dtype,
        shape: &table.shape,
    };
    let payload = Payload::array(head, Piece::Bytes(table.bytes), None)?;
    Ok(edit(path, progress, |editor| {
        editor.put(key, plan, payload)
    })?)
}

fn json(file: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Value::from_json(&json).map_err(|error| error.to_string())
}

/// Rows of numbers, separated by commas, semicolons, tabs or spaces. A first row that holds no number is a heading.
fn numbers(file: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let mut rows: Vec<Vec<&str>> = Vec::new();
    let mut numbers = Vec::new();
    let mut whole = Vec::new();
    for (number, line) in lines {
        let cells = cells(line);
        if rows.is_empty() && numbers.is_empty() && cells.iter().all(|cell| parse(cell).is_none()) {
            // The heading.
            rows.push(cells);
            continue;
        }
        if let Some(first) = rows.last()
            && !numbers.is_empty()
            && first.len() != cells.len()
        {
            let (count, before) = (cells.len(), first.len());
            return Err(format!(
                "line {} has {count} numbers, those before have {before}",
                number + 1
            ));
        }
        for cell in &cells {
            let value =
                parse(cell).ok_or_else(|| format!("line {}: '{cell}' is no number", number + 1))?;
            numbers.push(value);
            whole.extend(cell.parse::<i64>());
        }
        rows.clear();
        rows.push(cells);
    }
    let Some(columns) = rows.last().map(Vec::len).filter(|_| !numbers.is_empty()) else {
        return Err("there are no numbers in it".to_owned());
    };
    let count = numbers.len() / columns.max(1);
    let shape = match columns {
        1 => vec![count as u64],
        _ => vec![count as u64, columns as u64],
    };
    let is_whole = whole.len() == numbers.len();
    Ok(Table {
        dtype: if is_whole { "int64" } else { "float64" },
        shape,
        bytes: if is_whole {
            whole.iter().flat_map(|int| int.to_le_bytes()).collect()
        } else {
            numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect()
        },
    })
}

fn cells(line: &str) -> Vec<&str> {
    let by = |separator: char| line.split(separator).map(str::trim).collect();
    for separator in ['\t', ';', ','] {
        if line.contains(separator) {
            return by(separator);
        }
    }
    line.split_whitespace().collect()
}

/// An empty cell is a gap.
fn parse(cell: &str) -> Option<f64> {
    let cell = cell.trim_matches('"');
    if cell.is_empty() {
        return Some(f64::NAN);
    }
    cell.parse().ok()
}

fn pixels(file: &Path) -> Result<Table, String> {
    use image::DynamicImage as Image;
    let reader = image::ImageReader::open(file).map_err(|error| error.to_string())?;
    let picture = reader.decode().map_err(|error| error.to_string())?;
    let (width, height) = (u64::from(picture.width()), u64::from(picture.height()));
    let channels = u64::from(picture.color().channel_count());
    let words = |words: Vec<u16>| words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let (dtype, bytes): (_, Vec<u8>) = match picture {
        Image::ImageLuma8(pixels) => ("uint8", pixels.into_raw()),
        Image::ImageLumaA8(pixels) => ("uint8", pixels.into_raw()),
        Image::ImageRgb8(pixels) => ("uint8", pixels.into_raw()),
        Image::ImageRgba8(pixels) => ("uint8", pixels.into_raw()),
        Image::ImageLuma16(pixels) => ("uint16", words(pixels.into_raw())),
        Image::ImageLumaA16(pixels) => ("uint16", words(pixels.into_raw())),
        Image::ImageRgb16(pixels) => ("uint16", words(pixels.into_raw())),
        Image::ImageRgba16(pixels) => ("uint16", words(pixels.into_raw())),
        _ => return Err("its pixels are of a kind that is not known here".to_owned()),
    };
    let mut shape = vec![height, width];
    shape.extend((channels > 1).then_some(channels));
    Ok(Table {
        dtype,
        shape,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<(String, Vec<u64>, Vec<f64>), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let found = numbers(file.path())?;
        let word = |bytes: &[u8]| <[u8; 8]>::try_from(bytes).unwrap();
        let numbers = found.bytes.chunks(8).map(|bytes| match found.dtype {
            "int64" => i64::from_le_bytes(word(bytes)) as f64,
            _ => f64::from_le_bytes(word(bytes)),
        });
        Ok((found.dtype.to_owned(), found.shape, numbers.collect()))
    }

    #[test]
    fn tables_of_numbers_are_read() {
        let of = |dtype: &str, shape: &[u64], numbers: &[f64]| {
            Ok((dtype.to_owned(), shape.to_vec(), numbers.to_vec()))
        };
        assert_eq!(
            table("1,2\n3,4\n"),
            of("int64", &[2, 2], &[1.0, 2.0, 3.0, 4.0])
        );
        assert_eq!(
            table("nm;r\n400;0.5\n"),
            of("float64", &[1, 2], &[400.0, 0.5])
        );
        assert_eq!(table("# note\n1\n2.5\n"), of("float64", &[2], &[1.0, 2.5]));
        assert_eq!(table("1 2 3"), of("int64", &[1, 3], &[1.0, 2.0, 3.0]));
        let (dtype, shape, numbers) = table("1,,3\n").unwrap();
        assert_eq!((dtype.as_str(), shape), ("float64", vec![1, 3]));
        assert!(numbers[1].is_nan());
    }

    #[test]
    fn tables_that_do_not_add_up_say_where() {
        assert!(table("1,2\n3\n").unwrap_err().contains("line 2"));
        assert!(
            table("1,2\n3,x\n")
                .unwrap_err()
                .contains("'x' is no number")
        );
        assert!(table("a,b\n").is_err());
        assert!(table("").is_err());
    }

    #[test]
    fn pictures_become_arrays_of_their_pixels() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        let picture = image::RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8, 9]));
        picture.save(&file).unwrap();
        let found = pixels(&file).unwrap();
        assert_eq!((found.dtype, found.shape), ("uint8", vec![2, 3, 3]));
        assert_eq!(found.bytes[3..6], [1, 0, 9]);
        let words = image::ImageBuffer::from_fn(2, 1, |x, _| image::Luma([300 + x as u16]));
        image::DynamicImage::ImageLuma16(words).save(&file).unwrap();
        let found = pixels(&file).unwrap();
        assert_eq!((found.dtype, found.shape), ("uint16", vec![1, 2]));
        assert_eq!(found.bytes, [44, 1, 45, 1]);
    }
}
